/* Small comforts on pages that all work without them. */
(function () {
  "use strict";
  const root = document.documentElement;

  function toggleTheme() {
    const system = matchMedia("(prefers-color-scheme: dark)").matches;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : system;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("ocs-theme", root.dataset.theme); } catch (error) { /* for this page only, then */ }
  }

  async function copy(button) {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "copied";
    } catch (error) {
      button.textContent = "select it";
    }
    setTimeout(() => { button.textContent = before; }, 1400);
  }

  /* A verb's page, shown over the page that it belongs to. Whatever goes wrong, the link still leads there. */
  async function openVerb(link) {
    const answer = await fetch(link.href, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || answer.redirected) { location.href = link.href; return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const verb = page.querySelector(".verb");
    if (!verb) { location.href = link.href; return; }
    ocs.dialog(verb, { address: link.href, opener: link });
  }

  function prepareVerb(scope) {
    for (const input of scope.querySelectorAll("input[data-live]")) liveSearch(input);
    harmless(scope);
    for (const input of scope.querySelectorAll("input[data-picks]")) ocs.picks?.(input);
    for (const form of scope.querySelectorAll("form[data-verb]")) {
      form.addEventListener("input", () => preview(form));
      if (form.querySelector("[data-foreseen]")) foresee(form);
      if (form.dataset.deliberate !== undefined) {
        /* What is final or reaches far takes its button or Ctrl+Enter, never an Enter in passing. */
        form.querySelector(".happens button[name=preview]")?.remove();
        form.addEventListener("keydown", (event) => {
          const plain = event.key === "Enter" && !event.ctrlKey && !event.metaKey;
          if (plain && event.target.tagName === "INPUT") event.preventDefault();
        });
      }
      preview(form);
    }
  }

  /* "What will happen" follows what is typed. */
  function preview(form) {
    for (const cell of form.querySelectorAll("[data-preview]")) {
      const field = form.elements[cell.dataset.preview];
      if (!field) continue;
      if (field.tagName === "SELECT") {
        /* "Choose …" is nothing that will happen. */
        cell.textContent = field.value === "" ? "–" : field.selectedOptions[0].text;
        continue;
      }
      cell.textContent = field.value.trim() === "" ? cell.dataset.empty || "–" : field.value;
    }
    /* The button says to how many it will be done, as long as what is below is to be reached. */
    const button = form.querySelector("button[data-below]");
    if (button) button.textContent = form.elements.subordinates?.checked ? button.dataset.below : button.dataset.alone;
  }

  /* What the portal foresees is drawn anew, with its complaints, when what is filled in changes. */
  function foresee(form) {
    let timer = 0;
    let asked = 0;
    async function draw() {
      const mine = ++asked;
      const sent = new FormData(form);
      sent.set("preview", "1");
      const answer = await fetch(form.action, { method: "POST", body: sent, headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected || mine !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-foreseen]");
      if (!fresh) return;
      form.querySelector("[data-foreseen]").replaceChildren(...document.importNode(fresh, true).childNodes);
      form.querySelector("[data-foreseen] button")?.remove();
      redraw(form, page);
      for (const field of form.querySelectorAll(".field")) {
        const label = field.querySelector("label");
        field.querySelector(".errorlist")?.remove();
        const same = page.querySelector(`label[for="${label.htmlFor}"]`);
        const wrong = same?.closest(".field").querySelector(".errorlist");
        if (wrong) label.parentElement.querySelector("input, select, textarea").after(document.importNode(wrong, true));
      }
    }
    form.querySelector("[data-foreseen] button")?.remove();
    form.addEventListener("input", (event) => {
      if (event.target.name === "reason") return;
      clearTimeout(timer);
      timer = setTimeout(draw, 250);
    });
  }

  /* What the button says, and what stands beside fields, may follow what is filled in too. */
  function redraw(form, page) {
    const button = form.querySelector("footer button[type=submit]");
    const fresh = page.querySelector("form[data-verb] footer button[type=submit]");
    if (button && fresh && !button.disabled) button.textContent = fresh.textContent;
    for (const part of form.querySelectorAll("[data-redrawn]")) {
      const anew = page.getElementById(part.id);
      const held = part.contains(document.activeElement) ? document.activeElement : null;
      if (anew) part.replaceChildren(...document.importNode(anew, true).childNodes);
      harmless(part);
      if (held) part.querySelector(`[name="${held.name}"][value="${CSS.escape(held.value)}"]`)?.focus();
    }
  }

  function liveSearch(input) {
    const target = document.getElementById(input.dataset.live);
    let timer = 0;
    let asked = "";
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        asked = input.value;
        const query = new URLSearchParams(new FormData(input.form));
        query.set("part", "hits");
        const answer = await fetch(`${input.form.action}?${query}`);
        if (answer.ok && asked === input.value) target.innerHTML = await answer.text();
      }, 180);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); target.querySelector("a")?.focus(); }
    });
    target.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const hits = [...target.querySelectorAll("a")];
      (hits[hits.indexOf(event.target.closest("a")) + step] || (step < 0 ? input : event.target)).focus();
    });
  }

  /* In an open menu: arrows go on, a letter goes to the next entry that begins with it. */
  function choose(event) {
    const menu = event.target.closest("details.menu[open]");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key] || 0;
    if (!menu || event.ctrlKey || event.metaKey || event.altKey || (!step && !/^\p{L}$/u.test(event.key))) return false;
    const links = [...menu.querySelectorAll("a")];
    const at = links.indexOf(event.target);
    const turned = [...links.slice(at + 1), ...links.slice(0, at + 1)];
    const begins = (link) => link.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase());
    const next = step ? links.at(at < 0 && step < 0 ? -1 : (at + step) % links.length) : turned.find(begins);
    if (!next) return false;
    event.preventDefault();
    next.focus();
    return true;
  }

  /* What is offered beside a field is taken by its button only, never by an Enter in passing. */
  function harmless(scope) {
    for (const button of scope.querySelectorAll("button[data-fill]")) button.type = "button";
  }

  /* What is offered beside a field takes its place there. */
  function fill(button) {
    const form = button.form;
    form.elements.customer_is.value = "EXISTING";
    form.elements.customer.value = button.value;
    form.elements.customer.focus();
    form.elements.customer.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("click", (event) => {
    const offered = event.target.closest("button[data-fill]");
    if (offered) {
      event.preventDefault();
      fill(offered);
      return;
    }
    const button = event.target.closest("[data-copy], [data-theme-toggle], [data-keys]");
    if (button) {
      if (button.dataset.copy !== undefined) copy(button);
      else if (button.dataset.keys !== undefined) keys();
      else toggleTheme();
      return;
    }
    const away = event.target.closest("main > .verb [data-back]");
    if (away && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); back(away); return; }
    const link = event.target.closest("a[data-verb]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && typeof HTMLDialogElement === "function") {
      event.preventDefault();
      openVerb(link);
    }
    for (const open of document.querySelectorAll("details.menu[open], details.me[open]")) {
      if (!open.contains(event.target) || link) open.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      const find = document.querySelector(".big-find input") || document.querySelector(".find input");
      if (find) { event.preventDefault(); find.focus(); find.select(); }
    }
    if (choose(event)) return;
    if (event.key === "v" && !typing && !event.ctrlKey && !event.metaKey && !event.target.closest("[role=treegrid]")) {
      /* From wherever one is to what can be done with what the page is about. */
      const first = document.querySelector(".does .filled") || document.querySelector(".does .button");
      if (first && !document.querySelector("dialog[open]")) { event.preventDefault(); first.focus(); }
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest("form[data-verb]") || document.querySelector("dialog[open] form[data-verb]")
        || document.querySelector("main > .verb form[data-verb]");
      if (form) { event.preventDefault(); form.requestSubmit(); }
    }
    if (event.key === "Escape") {
      for (const open of document.querySelectorAll("details.menu[open], details.me[open]")) open.open = false;
      if (!document.querySelector("dialog[open]")) back(document.querySelector("main > .verb [data-back]"));
    }
    if (event.key === "?" && !typing && !event.ctrlKey && !event.metaKey && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      keys();
    }
  });

  /* Away from a form on a page of its own; what was typed is asked about. */
  function back(link) {
    if (!link) return;
    const form = link.closest("form[method=post]");
    if (form) ocs.leave(form, () => { location.href = link.href; }); else location.href = link.href;
  }

  /* All keys, as one asks for them. */
  function keys() {
    const from = document.activeElement;
    const told = document.getElementById("keys-help").content.querySelector(".verb");
    ocs.dialog(told, { address: "", opener: from === document.body ? null : from });
  }

  /* A task stands for its permissions: ticked, all of them; of some of them it is neither the one nor the other. */
  function prepareTask(task) {
    const whole = task.querySelector("[data-task]");
    const each = [...task.querySelectorAll("[name=permissions]")];
    const told = () => {
      const ticked = each.filter((one) => one.checked).length;
      if (ticked === each.length) whole.checked = true;
      whole.indeterminate = ticked > 0 && ticked < each.length;
    };
    whole.addEventListener("change", () => { for (const one of each) one.checked = whole.checked; });
    for (const one of each) one.addEventListener("change", told);
    told();
  }

  ocs.prepare = prepareVerb;

  document.addEventListener("DOMContentLoaded", () => {
    prepareVerb(document);
    for (const task of document.querySelectorAll(".task")) prepareTask(task);
    if (matchMedia("(max-width: 860px)").matches) document.querySelector(".rail > details")?.removeAttribute("open");
  });
})();

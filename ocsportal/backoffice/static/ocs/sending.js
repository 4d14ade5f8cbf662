/* Forms: what was typed is never lost. They are sent while somebody is logged in, else the login comes in a dialog;
   Escape asks first. */
(function () {
  "use strict";
  const fetched = { "X-Requested-With": "fetch" };
  const FIELDS = "input:not([type=hidden]):not([type=search]), textarea, select";
  let known = "";

  const parse = (text) => new DOMParser().parseFromString(text, "text/html");

  /* Who is logged in, and with them the token for the next form. */
  async function session() {
    const answer = await fetch(document.body.dataset.session, { headers: fetched });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    known = told.token;
    for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = known;
    return told.user;
  }

  /* Whether whose page this is may send: still logged in, or again, by a dialog over the form. */
  async function loggedIn() {
    const mine = document.body.dataset.user;
    let user;
    try { user = await session(); } catch (error) { return true; /* The form itself will tell what is wrong. */ }
    if (user === mine) return true;
    if (!user) return login(mine);
    tell(`This page is ${mine}'s, and you are logged in as ${user} by now. Load it anew to go on.`);
    return false;
  }

  function tell(words) {
    const over = document.querySelector("dialog.over[open] .inside") || document.querySelector("#content");
    const note = document.createElement("div");
    note.className = "note bad";
    note.setAttribute("role", "alert");
    note.textContent = words;
    over.prepend(note);
  }

  /* The login page's own form, in the dialog that is open, else in one of its own: never a dialog over a dialog. */
  async function login(user) {
    const answer = await fetch(document.body.dataset.login, { headers: fetched });
    const form = document.importNode(parse(await answer.text()).querySelector("#login-form"), true);
    const open = document.querySelector("dialog.over[open]");
    const dialog = open || document.createElement("dialog");
    const hidden = open ? [...open.children] : [];
    for (const part of hidden) part.hidden = true;
    const box = frame(form, user);
    dialog.classList.add("over");
    dialog.dataset.login = "";
    dialog.append(box);
    if (!open) { document.body.append(dialog); dialog.showModal(); }
    form.querySelector("[name=password]").focus();
    const done = await new Promise((resolve) => {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        attempt(form, user).then((ok) => ok && resolve(true));
      });
      box.querySelector("[data-later]").addEventListener("click", () => resolve(false));
      dialog.addEventListener("cancel", (event) => { event.preventDefault(); resolve(false); });
      dialog.addEventListener("close", () => resolve(false));
    });
    delete dialog.dataset.login;
    box.remove();
    for (const part of hidden) part.hidden = false;
    if (!open) { dialog.close(); dialog.remove(); }
    return done;
  }

  function frame(form, user) {
    const box = document.createElement("div");
    box.className = "verb again";
    const inside = document.createElement("div");
    inside.className = "inside";
    const title = document.createElement("h1");
    title.textContent = "You were logged out";
    const words = document.createElement("p");
    words.className = "muted";
    words.textContent = "What you wrote stays. Log in, and it is sent.";
    const later = document.createElement("button");
    later.type = "button";
    later.className = "button";
    later.dataset.later = "";
    later.textContent = "Not now";
    const name = form.querySelector("[name=username]");
    name.value = user;
    name.readOnly = true;
    form.action = document.body.dataset.login;
    form.querySelector("button[type=submit]").before(later);
    inside.append(title, words, form);
    box.append(inside);
    return box;
  }

  async function attempt(form, user) {
    form.querySelector(".note")?.remove();
    const sent = new FormData(form);
    sent.set("csrfmiddlewaretoken", known);
    const answer = await fetch(form.action, { method: "POST", body: sent, headers: fetched });
    if (answer.headers.get("X-Location") && (await session()) === user) return true;
    const page = parse(await answer.text());
    const told = page.querySelector(".note.bad, .errorlist, h1");
    const note = document.createElement("div");
    note.className = "note bad";
    note.setAttribute("role", "alert");
    note.textContent = told ? told.textContent.trim() : "That did not work. Try again.";
    form.prepend(note);
    form.querySelector("[name=password]").select();
    return false;
  }

  /* Send a form by script. Where the answer leads elsewhere it is gone to, as `go` says; else its page is returned. */
  async function post(address, sent, go) {
    const answer = await fetch(address, { method: "POST", body: sent, headers: fetched });
    const elsewhere = answer.headers.get("X-Location");
    if (elsewhere) { (go || ((url) => { location.href = url; }))(elsewhere); return new Promise(() => {}); }
    return parse(await answer.text());
  }

  function dirty(form) {
    if (form.dataset.typed !== undefined) return true;
    return [...form.querySelectorAll(FIELDS)].some((field) => {
      if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
      if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
      const first = [...field.options].findIndex((option) => option.defaultSelected);
      return field.selectedIndex !== Math.max(first, 0);
    });
  }

  /* Close what is being filled in; ask first whether what was typed may go. */
  function leave(form, go) {
    if (form.querySelector("[data-drop]")) { keep(form); return; }
    if (!dirty(form)) { go(); return; }
    const footer = form.querySelector("footer");
    const asks = document.createElement("div");
    asks.className = "drops";
    asks.dataset.drop = "";
    asks.setAttribute("role", "alertdialog");
    asks.setAttribute("aria-label", "Drop what you wrote?");
    asks.innerHTML = '<b>Drop what you wrote?</b><button type="button" class="button" data-keep>Keep writing</button>'
      + '<button type="button" class="button danger" data-go>Drop it</button>';
    asks.querySelector("[data-keep]").addEventListener("click", () => keep(form));
    asks.querySelector("[data-go]").addEventListener("click", () => { asks.remove(); go(); });
    form.dataset.was = document.activeElement?.id || "";
    footer.hidden = true;
    footer.after(asks);
    asks.querySelector("[data-keep]").focus();
  }

  function keep(form) {
    form.querySelector("[data-drop]")?.remove();
    form.querySelector("footer").hidden = false;
    (document.getElementById(form.dataset.was) || form.querySelector(FIELDS))?.focus();
  }

  /* Where one was when something was done: there the focus is again after the page was loaded anew. */
  function remember(opener) {
    const row = opener?.closest?.("tr[data-key]");
    const place = row ? `tr[data-key="${row.dataset.key}"]` : "";
    const kept = JSON.stringify({ at: location.pathname, place });
    try { sessionStorage.setItem("ocs-focus", kept); } catch (error) { /* then not */ }
    return Boolean(row);
  }

  function recall() {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem("ocs-focus"));
      sessionStorage.removeItem("ocs-focus");
    } catch (error) { return; }
    if (!kept || kept.at !== location.pathname || !kept.place) return;
    const row = document.querySelector(kept.place);
    if (row) { row.tabIndex = 0; row.focus(); row.scrollIntoView({ block: "nearest" }); }
  }

  /* A verb's page over the page it belongs to: it stays until it is done, with whatever was refused. */
  function dialog(verb, { address, opener, done }) {
    const over = document.createElement("dialog");
    over.className = "over";
    const from = () => (typeof opener === "function" ? opener() : opener);
    /* One step leads to the next in its place: never a dialog over a dialog. */
    for (const open of document.querySelectorAll("dialog.over[open]")) open.close();
    over.addEventListener("close", () => { over.remove(); if (from()?.isConnected) from().focus(); });
    over.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || over.dataset.login !== undefined || event.defaultPrevented) return;
      const form = over.querySelector("form[method=post]");
      event.preventDefault();
      event.stopPropagation();
      if (form) leave(form, () => over.close()); else over.close();
    });
    document.body.append(over);
    fill(over, verb, { address, from, done });
    over.showModal();
    focusFirst(over);
    return over;
  }

  function focusFirst(over) {
    const first = over.querySelector("[autofocus]") || over.querySelector(FIELDS)
      || over.querySelector("input[type=search], [data-back]");
    if (first) first.focus();
  }

  function fill(over, verb, { address, from, done }) {
    over.replaceChildren(document.importNode(verb, true));
    const title = over.querySelector("h1");
    title.id = "verb-title";
    over.setAttribute("aria-labelledby", title.id);
    over.querySelector("[data-back]")?.addEventListener("click", (event) => {
      event.preventDefault();
      const form = over.querySelector("form[method=post]");
      if (form) leave(form, () => over.close()); else over.close();
    });
    for (const form of over.querySelectorAll("form[method=post]")) {
      form.action = address;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const submitter = event.submitter || form.querySelector("footer button[type=submit]");
        send(over, form, submitter, { address, from, done }).catch(() => {
          ready(submitter);
          tell("It could not be sent. Try again.");
        });
      });
    }
    ocs.prepare?.(over);
  }

  function busy(button) {
    if (!button) return;
    button.dataset.words = button.textContent;
    button.disabled = true;
    button.textContent = "Working …";
  }

  function ready(button) {
    if (!button) return;
    button.disabled = false;
    button.textContent = button.dataset.words || button.textContent;
  }

  async function send(over, form, button, { address, from, done }) {
    if (!(await loggedIn())) return;
    const sent = new FormData(form, button);
    busy(button);
    const page = await post(form.action, sent, (url) => {
      if (remember(from())) location.reload(); else location.href = url;
    });
    const verb = page.querySelector("main > .verb");
    if (verb) {
      fill(over, verb, { address, from, done });
      const again = over.querySelector("form[method=post]");
      if (again) again.dataset.typed = "";
      focusFirst(over);
    } else if (done) {
      over.close();
      done(page);
    } else {
      ready(button);
      tell(page.querySelector("main")?.textContent.trim() || "It could not be sent. Try again.");
    }
  }

  /* A form on a page of its own is sent as ever, once somebody is logged in. */
  function guard(form) {
    let sure = false;
    form.addEventListener("submit", async (event) => {
      if (event.defaultPrevented || sure) return;
      event.preventDefault();
      const button = event.submitter;
      if (!(await loggedIn())) return;
      sure = true;
      form.requestSubmit(button || undefined);
      sure = false;
      const shown = button || form.querySelector("footer button[type=submit]");
      if (form.dataset.verb !== undefined) setTimeout(() => busy(shown), 0);
    });
  }

  /* What is said to who hears the page. */
  function say(words) {
    let ear = document.getElementById("ocs-ear");
    if (!ear) {
      ear = document.createElement("div");
      ear.id = "ocs-ear";
      ear.className = "hidden-text";
      ear.setAttribute("aria-live", "polite");
      document.body.append(ear);
    }
    ear.textContent = words.replace(/\s+/g, " ").trim();
  }

  window.ocs = { loggedIn, token: () => known, post, dialog, say, leave, dirty };

  document.addEventListener("DOMContentLoaded", () => {
    recall();
    if (!document.body.dataset.user) return;
    for (const form of document.querySelectorAll("main form[method=post]:not([data-queue-form])")) guard(form);
  });
})();

/* A queue by keyboard and by ticks: whatever is decided, the page stays, and the next row has the focus. */
(function () {
  "use strict";
  const LEVELS = { account: ["account", "accounts"], subscriber: ["subscriber", "subscribers"],
    subscription: ["subscription", "subscriptions"] };
  const PLANS = { DEACTIVATED: "deactivation", SUSPENDED: "suspension", ACTIVE: "activation" };
  let queue = null;
  let last = null;
  let plain = false;

  const rows = () => [...queue.querySelectorAll("tr[data-row]")];
  const box = (row) => row.querySelector("input[name=row]");
  const ticked = () => [...queue.querySelectorAll("input[name=row]:checked")];

  function mark(row) {
    for (const other of queue.querySelectorAll("tr[tabindex='0']")) other.tabIndex = -1;
    if (row) row.tabIndex = 0;
  }

  function focus(row) {
    if (!row) return;
    mark(row);
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  }

  function counted(number, words) {
    return `${number.toLocaleString("en")} ${words[number === 1 ? 0 : 1]}`;
  }

  /* What the ticked rows add up to: what becomes of how many, how much they reach, and mostly whose it is. */
  function sums(those) {
    const states = {};
    const reached = {};
    let most = 0;
    let whose = "";
    for (const row of those) {
      const becomes = PLANS[row.dataset.becomes] || "bill cycle";
      states[becomes] = (states[becomes] || 0) + 1;
      let own = 0;
      for (const level of Object.keys(LEVELS)) {
        const number = Number(row.getAttribute(`data-reach-${level}`) || 0);
        if (number) reached[level] = (reached[level] || 0) + number;
        own += number;
      }
      if (own > most) { most = own; whose = row.dataset.top; }
    }
    if (Object.keys(reached).length > 1) delete reached.account;
    const told = Object.entries(states).map(([word, number]) => counted(number, [word, `${word}s`])).join(", ");
    const below = Object.entries(reached).map(([level, number]) => counted(number, LEVELS[level])).join(" and ");
    const mostly = those.length > 1 && whose ? `, most of them of ${whose}` : "";
    const reaches = below ? ` · reaches ${below} below${mostly}` : "";
    return `${told}${reaches} · each is decided on its own: one refusal stops no other`;
  }

  function tell() {
    const bar = queue.querySelector("[data-bar]");
    if (!bar) return;
    const those = ticked().map((one) => one.closest("tr"));
    bar.querySelector("[data-selected]").textContent = those.length ? `${those.length} selected` : "Nothing selected";
    bar.querySelector("[data-sums]").textContent = those.length ? sums(those)
      : "Tick plans to decide on all of them with one reason; or decide on the row that has the focus.";
    bar.classList.toggle("some", those.length > 0);
    bar.querySelector("[data-tick-none]").hidden = !those.length;
    for (const button of bar.querySelectorAll("button[name=decide]")) {
      const able = those.filter((row) => offers(row, button.value)).length;
      button.disabled = !able;
      button.textContent = able ? `${button.dataset.word} ${able} …` : `${button.dataset.word} …`;
    }
    const all = queue.querySelector("[data-tick-all]");
    const boxes = rows().map(box).filter(Boolean);
    if (all) {
      all.checked = boxes.length > 0 && those.length === boxes.length;
      all.indeterminate = those.length > 0 && !all.checked;
    }
  }

  function offers(row, slug) {
    return [...row.querySelectorAll("button[name=one]")].some((one) => one.value.startsWith(`${slug} `));
  }

  function tick(row, on) {
    const one = row && box(row);
    if (one) one.checked = on === undefined ? !one.checked : on;
    tell();
  }

  /* Everything from the row that was ticked last up to this one. */
  function upTo(row) {
    const all = rows();
    const [from, to] = [all.indexOf(last && last.isConnected ? last : row), all.indexOf(row)].sort((a, b) => a - b);
    for (const one of all.slice(Math.max(0, from), to + 1)) tick(one, true);
  }

  /* Ask, in a dialog, what the form would ask on a page of its own; then show what came of it in place. */
  async function decide(button) {
    const form = queue.querySelector("[data-queue-form]");
    const sent = new FormData(form, button);
    const from = button.closest("tr[data-row]") || document.activeElement.closest?.("tr[data-row]");
    if (!(await ocs.loggedIn())) return;
    sent.set("csrfmiddlewaretoken", ocs.token());
    const page = await ocs.post(location.href, sent);
    const verb = page.querySelector("main > .verb");
    if (!verb) { show(page); return; }
    ocs.dialog(verb, {
      address: location.href,
      opener: () => from || rows()[0],
      done: (answer) => show(answer),
    });
  }

  /* Without the dialog: the page asks by itself. */
  function plainly(button) {
    plain = true;
    button.form.requestSubmit(button);
  }

  /* The queue as it is now, with what came of it; and the numbers in the rail. */
  function show(page) {
    const fresh = page.querySelector("[data-queue]");
    if (!fresh) { location.reload(); return; }
    queue.replaceWith(document.importNode(fresh, true));
    queue = document.querySelector("[data-queue]");
    const summary = page.querySelector("main .head .muted");
    if (summary) document.querySelector("main .head .muted").textContent = summary.textContent;
    const rail = page.querySelector(".rail nav");
    if (rail) document.querySelector(".rail nav").replaceWith(document.importNode(rail, true));
    prepare();
    focus(queue.querySelector("tr[data-focused]") || rows()[0]);
    ocs.say([...queue.querySelectorAll(".decided td, .problem .said")].map((one) => one.textContent).join(" "));
  }

  function pressed(event) {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const all = rows();
    const row = event.target.closest?.("tr[data-row]") || queue.querySelector("tr[tabindex='0']");
    const at = all.indexOf(row);
    const inside = event.target.closest?.("tr[data-row]");
    const does = {
      j: () => focus(all[inside ? at + 1 : Math.max(at, 0)] || row),
      k: () => focus(all[at - 1] || row),
      ArrowDown: inside && (() => focus(all[at + 1])),
      ArrowUp: inside && (() => focus(all[at - 1])),
      x: () => { tick(row); last = row; },
      X: () => upTo(row),
      Enter: event.target === row && (() => row.querySelector(".row-link").click()),
      f: () => queue.querySelector("[data-queue-find]").focus(),
    }[event.key] || by(event.key, row);
    if (!does) return;
    event.preventDefault();
    does();
  }

  /* A decision by its key: on what is ticked, else on the row that has the focus. */
  function by(key, row) {
    const where = ticked().length ? queue.querySelector("[data-bar]") : row;
    const button = where?.querySelector(`button[data-key="${CSS.escape(key)}"]:not(:disabled)`);
    return button ? () => decide(button).catch(() => plainly(button)) : null;
  }

  function prepare() {
    const form = queue.querySelector("[data-queue-form]");
    for (const row of rows()) row.tabIndex = -1;
    mark(queue.querySelector("tr[data-focused]") || rows()[0]);
    const all = queue.querySelector("[data-tick-all]");
    if (all) {
      all.hidden = false;
      all.addEventListener("change", () => { for (const row of rows()) tick(row, all.checked); });
    }
    queue.querySelector("[data-tick-none]")?.addEventListener("click", () => {
      for (const row of rows()) tick(row, false);
    });
    queue.addEventListener("change", (event) => {
      if (event.target.name === "row") { last = event.target.closest("tr"); tell(); }
    });
    queue.addEventListener("focusin", (event) => {
      const row = event.target.closest("tr[data-row]");
      if (row) mark(row);
    });
    form.addEventListener("submit", (event) => {
      if (plain) return;
      event.preventDefault();
      if (event.submitter?.name) decide(event.submitter).catch(() => plainly(event.submitter));
    });
    for (const input of queue.querySelectorAll("[data-picks]")) ocs.picks?.(input);
    tell();
  }

  document.addEventListener("DOMContentLoaded", () => {
    queue = document.querySelector("[data-queue]");
    if (!queue) return;
    prepare();
    document.addEventListener("keydown", pressed);
    if (document.activeElement === document.body || queue.contains(document.activeElement)) {
      focus(queue.querySelector("tr[data-focused]") || rows()[0]);
    }
  });
})();

/* The tree of a customer: branches that open in place, chips, a search within it, and the whole of it by keyboard. */
(function () {
  "use strict";

  const fetched = { headers: { "X-Requested-With": "fetch" } };

  function rowsOf(tree) {
    return [...tree.querySelectorAll("tr[data-key]")].filter((row) => !row.hidden);
  }

  function level(row) {
    return Number(row.getAttribute("aria-level"));
  }

  /* All rows below one, whether they show or not. */
  function below(row) {
    const found = [];
    let next = row.nextElementSibling;
    while (next && level(next) > level(row)) {
      found.push(next);
      next = next.nextElementSibling;
    }
    return found;
  }

  /* One row can be reached by Tab: the last one that was. */
  function mark(tree, row) {
    for (const other of tree.querySelectorAll("tr[tabindex='0']")) other.tabIndex = -1;
    if (row) row.tabIndex = 0;
  }

  function focus(tree, row) {
    if (!row) return;
    mark(tree, row);
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  }

  async function ask(address) {
    const answer = await fetch(address, fetched);
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  async function read(address) {
    const page = await ask(address);
    return [...page.querySelectorAll("tr")].map((row) => document.importNode(row, true));
  }

  function failed(row, again) {
    const told = document.createElement("tr");
    told.className = "rest failed";
    told.setAttribute("role", "row");
    told.setAttribute("aria-level", String(level(row) + 1));
    const cell = told.insertCell();
    cell.colSpan = 4;
    cell.setAttribute("role", "gridcell");
    cell.append("Could not be read. ");
    const link = document.createElement("a");
    link.href = "#everything";
    link.textContent = "Try again";
    link.addEventListener("click", (event) => { event.preventDefault(); told.remove(); again(); });
    cell.append(link);
    row.after(told);
  }

  function branchAddress(tree, row) {
    const query = new URLSearchParams({ depth: String(level(row)) });
    if (tree.dataset.gone !== undefined) query.set("gone", "1");
    return `${tree.dataset.tree.replace(/[^/]+\/$/, "")}${row.dataset.key}/?${query}`;
  }

  function expanded(row, open) {
    row.setAttribute("aria-expanded", String(open));
    const twist = row.querySelector("[data-twist]");
    twist.setAttribute("aria-label", twist.getAttribute("aria-label").replace(/^\w+/, open ? "Fold" : "Open"));
  }

  function fold(row) {
    for (const inner of below(row)) inner.hidden = true;
    expanded(row, false);
  }

  /* What was read once is shown again as it was left. */
  function unfold(row) {
    expanded(row, true);
    let closed = Infinity;
    for (const inner of below(row)) {
      if (level(inner) <= closed) {
        inner.hidden = false;
        closed = inner.getAttribute("aria-expanded") === "false" ? level(inner) : Infinity;
      }
    }
  }

  async function open(tree, row) {
    if (below(row).length) { unfold(row); return; }
    row.classList.add("working");
    try {
      const rows = await read(branchAddress(tree, row));
      row.after(...rows);
      expanded(row, true);
    } catch (error) {
      failed(row, () => open(tree, row));
    }
    row.classList.remove("working");
  }

  function toggle(tree, row) {
    if (!row.hasAttribute("aria-expanded")) return;
    if (row.getAttribute("aria-expanded") === "true") fold(row); else open(tree, row);
  }

  async function more(tree, row) {
    const link = row.querySelector("[data-rest]");
    if (!link) return;
    try {
      const rows = await read(link.href);
      row.replaceWith(...rows);
      focus(tree, rows[0]);
    } catch (error) {
      failed(row, () => more(tree, row));
    }
  }

  /* Chips and what is typed narrow the tree in its place; the address follows, so that it can be sent on. */
  async function narrow(tree, parameters) {
    const query = new URLSearchParams(parameters);
    for (const [name, value] of [...query]) if (!value) query.delete(name);
    if (tree.dataset.gone !== undefined) query.set("gone", "1");
    const asked = tree.asked = (tree.asked || 0) + 1;
    const rows = await read(`${tree.dataset.tree}?${query}`);
    if (asked !== tree.asked) return;
    tree.querySelector("[data-tree-rows]").replaceChildren(...rows);
    const show = query.get("show") || "";
    for (const chip of tree.querySelectorAll(".chips [data-show]")) {
      const on = chip.dataset.show === show && !(show === "" && query.get("find"));
      chip.classList.toggle("on", on);
      if (on) chip.setAttribute("aria-current", "true"); else chip.removeAttribute("aria-current");
    }
    history.replaceState(null, "", `${location.pathname}?${query}`);
    mark(tree, rowsOf(tree)[0]);
  }

  async function menu(tree, link) {
    closeMenus(tree);
    tree.waits = true;
    try {
      const page = await ask(link.dataset.verbs);
      const drop = document.importNode(page.querySelector(".row-drop"), true);
      link.closest(".left-or-verbs").append(drop);
      drop.querySelector("a")?.focus();
    } catch (error) {
      location.href = link.href;
    }
    tree.waits = false;
  }

  function closeMenus(tree) {
    let closed = false;
    for (const drop of tree.querySelectorAll(".row-drop")) { drop.remove(); closed = true; }
    return closed;
  }

  function inMenu(event) {
    const links = [...event.target.closest(".row-drop").querySelectorAll("a")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    (links[links.indexOf(event.target) + step] || event.target).focus();
  }

  function parent(rows, row) {
    return rows.slice(0, rows.indexOf(row)).reverse().find((other) => level(other) < level(row));
  }

  function pressed(tree, event) {
    const row = event.target.closest("tr[data-key]");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    /* Who types faster than the verbs come means one of them, not the row. */
    if (tree.waits) { event.preventDefault(); return; }
    if (event.key === "Escape" && closeMenus(tree)) { event.stopPropagation(); focus(tree, row); return; }
    if (event.target.closest(".row-drop")) { inMenu(event); return; }
    const rows = rowsOf(tree);
    const place = rows.indexOf(row);
    const opens = row.getAttribute("aria-expanded");
    const does = {
      ArrowDown: () => focus(tree, rows[place + 1]),
      ArrowUp: () => focus(tree, rows[place - 1]),
      Home: () => focus(tree, rows[0]),
      End: () => focus(tree, rows[rows.length - 1]),
      ArrowRight: () => { if (opens === "false") open(tree, row); else if (opens) focus(tree, rows[place + 1]); },
      ArrowLeft: () => { if (opens === "true") fold(row); else focus(tree, parent(rows, row)); },
      Enter: () => {
        if (row.querySelector("[data-rest]")) more(tree, row); else row.querySelector(".row-link").click();
      },
      v: () => { const link = row.querySelector("[data-verbs]"); if (link) menu(tree, link); },
    }[event.key];
    if (!does || (event.target !== row && event.key === "Enter")) return;
    event.preventDefault();
    does();
  }

  function clicked(tree, event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a");
    if (!event.target.closest(".row-drop")) closeMenus(tree);
    if (!link) return;
    const row = link.closest("tr");
    const does = link.dataset.twist !== undefined ? () => { focus(tree, row); toggle(tree, row); }
      : link.dataset.rest !== undefined ? () => more(tree, row)
      : link.dataset.verbs !== undefined ? () => menu(tree, link)
      : link.dataset.show !== undefined ? () => {
        const find = tree.querySelector("[data-tree-find]");
        if (find) find.value = "";
        narrow(tree, { show: link.dataset.show }).catch(() => { location.href = link.href; });
      } : null;
    if (does) { event.preventDefault(); does(); }
  }

  function live(tree, find) {
    let timer = 0;
    find.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => narrow(tree, { find: find.value.trim() }).catch(() => {}), 200);
    });
    find.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); focus(tree, rowsOf(tree)[0]); }
      if (event.key === "Escape" && find.value) {
        event.stopPropagation();
        find.value = "";
        narrow(tree, {}).catch(() => {});
      }
    });
    document.addEventListener("keydown", (event) => {
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
      if (event.key !== "f" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector("dialog[open]")) return;
      event.preventDefault();
      find.focus();
      find.select();
    });
  }

  /* A chip of the timeline changes the card in its place. */
  async function beside(card, link) {
    const address = new URL(link.href);
    address.searchParams.set("part", "beside");
    const page = await ask(address);
    const words = link.textContent;
    card.replaceChildren(...[...page.body.childNodes].map((node) => document.importNode(node, true)));
    [...card.querySelectorAll("[data-beside]")].find((chip) => chip.textContent === words)?.focus();
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const card of document.querySelectorAll("[data-timeline]")) {
      card.addEventListener("click", (event) => {
        const link = event.target.closest("[data-beside]");
        if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        beside(card, link).catch(() => { location.href = link.href; });
      });
    }
    for (const tree of document.querySelectorAll("[data-tree]")) {
      tree.addEventListener("keydown", (event) => pressed(tree, event));
      tree.addEventListener("click", (event) => clicked(tree, event));
      tree.addEventListener("focusin", (event) => {
        const row = event.target.closest("tr[data-key]");
        if (row) mark(tree, row);
      });
      const find = tree.querySelector("[data-tree-find]");
      if (find) live(tree, find);
      const rows = rowsOf(tree);
      const at = tree.querySelector("[data-tree-rows]")?.dataset.at;
      const asked = at && rows.find((row) => row.dataset.key === at);
      if (asked) focus(tree, asked); else mark(tree, rows[0]);
    }
  });
})();

/* The search box, the same on every page: hits while one types, Enter opens the marked one.
   Without a script it is a form. */
(function () {
  "use strict";

  function prepare(form) {
    const input = form.querySelector("input[type=search]");
    const panel = form.querySelector(".found");
    const stays = panel.dataset.stays !== undefined;
    let timer = 0;
    let asked = 0;
    /* The text that the panel answers, null before it answers any. */
    let answered = null;
    let marked = -1;
    let opening = false;

    const hits = () => [...panel.querySelectorAll("a.hit")];

    function show(visible) {
      panel.hidden = !visible;
      input.setAttribute("aria-expanded", String(visible));
      if (!visible) input.removeAttribute("aria-activedescendant");
    }

    function mark(place) {
      const all = hits();
      marked = all.length ? Math.max(-1, Math.min(place, all.length - 1)) : -1;
      all.forEach((hit, number) => {
        hit.id = `${panel.id}-${number}`;
        hit.setAttribute("role", "option");
        hit.setAttribute("aria-selected", String(number === marked));
        hit.classList.toggle("marked", number === marked);
      });
      if (marked < 0) { input.removeAttribute("aria-activedescendant"); return; }
      input.setAttribute("aria-activedescendant", all[marked].id);
      all[marked].scrollIntoView({ block: "nearest" });
    }

    function open() {
      opening = false;
      const hit = hits()[marked];
      if (hit) location.href = hit.href; else form.submit();
    }

    async function ask() {
      clearTimeout(timer);
      const mine = ++asked;
      const text = input.value;
      try {
        const answer = await fetch(`${form.action}?${new URLSearchParams({ q: text, part: "hits" })}`);
        const found = answer.ok && !answer.redirected ? await answer.text() : null;
        if (mine !== asked) return;
        if (found === null) { if (opening) form.submit(); return; }
        panel.innerHTML = found;
      } catch (error) {
        if (mine === asked && opening) form.submit();
        return;
      }
      answered = text;
      panel.setAttribute("role", "listbox");
      show(panel.childElementCount > 0 && (stays || document.activeElement === input));
      mark(text.trim() ? 0 : -1);
      if (opening) open();
    }

    function onKey(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (answered !== input.value || panel.hidden) { ask(); return; }
        mark(marked + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter") {
        event.preventDefault();
        if (answered === input.value) { open(); return; }
        opening = true;
        ask();
      } else if (event.key === "Escape" && !stays && !panel.hidden) {
        event.preventDefault();
        event.stopPropagation();
        show(false);
      }
    }

    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", panel.id],
      ["aria-expanded", "false"], ["aria-haspopup", "listbox"]]) input.setAttribute(name, value);
    input.addEventListener("input", () => {
      opening = false;
      clearTimeout(timer);
      timer = setTimeout(ask, 150);
    });
    input.addEventListener("keydown", onKey);
    input.addEventListener("focus", () => { if (!input.value) ask(); });
    form.addEventListener("submit", () => show(stays));
    document.addEventListener("pointerdown", (event) => { if (!stays && !form.contains(event.target)) show(false); });
    form.addEventListener("focusout", (event) => {
      if (!stays && !form.contains(event.relatedTarget)) show(false);
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form[data-find]")) prepare(form);
  });
})();

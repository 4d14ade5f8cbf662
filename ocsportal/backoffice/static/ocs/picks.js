/* A customer, an account or a subscriber in a form: typed by any part of its name, and taken from what was found. */
(function () {
  "use strict";
  let number = 0;

  function prepare(input) {
    if (input.dataset.ready !== undefined) return;
    input.dataset.ready = "";
    const list = document.createElement("div");
    list.className = "picks";
    list.id = `picks-${++number}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "What was found");
    list.hidden = true;
    const taken = document.createElement("div");
    taken.className = "help picked";
    taken.setAttribute("aria-live", "polite");
    const place = document.createElement("div");
    place.className = "pick-place";
    input.before(place);
    place.append(input, list, taken);
    input.removeAttribute("list");
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"],
      ["aria-controls", list.id], ["autocomplete", "off"]]) input.setAttribute(name, value);
    let timer = 0;
    let asked = 0;
    let marked = -1;
    const all = () => [...list.children];

    function show(on) {
      list.hidden = !on;
      input.setAttribute("aria-expanded", String(on));
      if (!on) input.removeAttribute("aria-activedescendant");
    }

    function mark(at) {
      const picks = all();
      marked = picks.length ? Math.max(0, Math.min(at, picks.length - 1)) : -1;
      picks.forEach((pick, place) => {
        pick.classList.toggle("marked", place === marked);
        pick.setAttribute("aria-selected", String(place === marked));
      });
      if (marked < 0) return;
      input.setAttribute("aria-activedescendant", picks[marked].id);
      picks[marked].scrollIntoView({ block: "nearest" });
    }

    function take(pick) {
      input.value = pick.dataset.value;
      taken.textContent = pick.dataset.title;
      show(false);
      input.dispatchEvent(new Event("input", { bubbles: true }));
      clearTimeout(timer);
      input.focus();
    }

    async function ask() {
      const mine = ++asked;
      const term = input.value.trim();
      if (!term) { show(false); return; }
      const query = new URLSearchParams({ q: term, whose: input.dataset.whose || "" });
      const answer = await fetch(`${input.dataset.picks}?${query}`);
      if (!answer.ok || answer.redirected || mine !== asked) return;
      const found = (await answer.json()).picks;
      list.replaceChildren(...found.map((one, place) => option(one, place)));
      show(found.length > 0 && document.activeElement === input);
      mark(0);
    }

    function option(one, place) {
      const pick = document.createElement("div");
      pick.id = `${list.id}-${place}`;
      pick.setAttribute("role", "option");
      pick.dataset.value = one.value;
      pick.dataset.title = [one.title, one.where].filter(Boolean).join(" · ");
      const title = document.createElement("b");
      title.textContent = one.title;
      const where = document.createElement("span");
      where.className = "muted small";
      where.textContent = [one.where, one.state].filter(Boolean).join(" · ");
      pick.append(title, where);
      pick.addEventListener("pointerdown", (event) => { event.preventDefault(); take(pick); });
      return pick;
    }

    input.addEventListener("input", (event) => {
      if (!event.isTrusted) return;
      taken.textContent = "";
      clearTimeout(timer);
      timer = setTimeout(() => ask().catch(() => {}), 180);
    });
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && !list.hidden) { event.preventDefault(); mark(marked + step); }
      if (step && list.hidden && input.value) { event.preventDefault(); ask().catch(() => {}); }
      if (event.key === "Enter" && !list.hidden && marked >= 0 && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        event.stopPropagation();
        take(all()[marked]);
      }
      if (event.key === "Escape" && !list.hidden) { event.preventDefault(); event.stopPropagation(); show(false); }
    });
    input.addEventListener("blur", () => show(false));
  }

  ocs.picks = prepare;
  document.addEventListener("DOMContentLoaded", () => {
    for (const input of document.querySelectorAll("input[data-picks]")) prepare(input);
  });
})();

/* Says beside a field what is understood of what is typed. Without it, the form says so once it was sent. */
(function () {
  "use strict";
  const wait = 250;
  let timer = 0;

  function kindOf(input) {
    if (!input.dataset.kinds) return input.dataset.kind || "";
    const chooser = input.form && input.form.elements[input.dataset.kindBy];
    return JSON.parse(input.dataset.kinds)[chooser ? chooser.value : ""] || "";
  }

  function say(place, words, refused) {
    const text = document.createElement("bdi");
    text.textContent = words;
    place.replaceChildren(...(words ? [text] : []));
    place.classList.toggle("refused", refused);
  }

  /* While one types, only what is understood is said; what isn't, when one leaves the field. */
  async function tell(input, leaving) {
    const field = input.closest(".field");
    const place = field && field.querySelector("[data-understood]");
    const typed = input.value;
    if (!place) return;
    const kind = kindOf(input);
    if (!kind || !typed.trim()) { say(place, "", false); return; }
    const query = new URLSearchParams({ kind: kind, text: typed });
    try {
      const answer = await fetch(`${place.dataset.understood}?${query}`, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected || input.value !== typed) return;
      const found = await answer.json();
      if (found.understood || leaving) say(place, found.understood || found.refused, !found.understood);
      else say(place, "", false);
    } catch (error) { /* it will be said once the form was sent */ }
  }

  const isAsked = (element) => element.matches && element.matches("[data-kind], [data-kinds]");

  document.addEventListener("input", (event) => {
    if (!isAsked(event.target)) return;
    clearTimeout(timer);
    timer = setTimeout(() => tell(event.target, false), wait);
  });
  document.addEventListener("change", (event) => {
    if (isAsked(event.target)) { clearTimeout(timer); tell(event.target, true); return; }
    /* Another type was chosen. */
    const form = event.target.form;
    const input = form && form.querySelector(`[data-kind-by="${event.target.name}"]`);
    if (input) tell(input, true);
  });
})();

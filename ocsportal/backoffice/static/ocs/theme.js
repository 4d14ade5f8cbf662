/* Runs before anything is painted, so that a chosen theme does not flash. */
(function () {
  "use strict";
  try {
    var chosen = localStorage.getItem("ocs-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch (error) { /* without storage the system's theme holds */ }
})();

// As on the map: what was chosen there, else what the system says.
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("jdzfire-theme"); } catch (refused) { /* not kept, then */ }
  const day = chosen ? chosen === "day" : window.matchMedia("(prefers-color-scheme: light)").matches;
  document.documentElement.classList.toggle("day", day);
})();

// Everything by keyboard: j/k or arrows walk the list, Enter flies there, Esc comes back.
let byKeyboard = false;

function rows() {
  return [...document.querySelectorAll(".list:not([hidden]) .item")];
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const here = all.indexOf(document.activeElement.closest ? document.activeElement.closest(".item") : null);
  const last = here < 0 ? all.findIndex((item) => item.classList.contains("is-chosen")) : here;
  const next = all[Math.max(0, Math.min(all.length - 1, last < 0 ? 0 : last + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function listenToKeys(map) {
  window.addEventListener("pointerdown", () => { byKeyboard = false; });
  window.addEventListener("keydown", (event) => {
    byKeyboard = true;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (event.key === "Escape") { leave(map); return; }
    if (target.closest("input, select, textarea")) return;
    const inMap = Boolean(target.closest(".leaflet-container"));
    if (event.key === "j" || (event.key === "ArrowDown" && !inMap)) step(1);
    else if (event.key === "k" || (event.key === "ArrowUp" && !inMap)) step(-1);
    else if (event.key === "/") document.querySelector("#search input").focus();
    else return;
    event.preventDefault();
  });
}

function leave(map) {
  const chosen = document.querySelector(".list:not([hidden]) .item.is-chosen");
  const wasOpen = map._popup && map._popup.isOpen();
  map.closePopup();
  if (wasOpen && chosen && byKeyboard) chosen.focus();
}

// Tabs as screen readers and arrow keys know them.
function tabKeys(bar) {
  bar.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const tabs = [...bar.children];
    const next = tabs[(tabs.indexOf(event.target) + by + tabs.length) % tabs.length];
    next.focus();
    next.click();
    event.preventDefault();
  });
}

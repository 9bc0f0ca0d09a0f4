// Inside the desk the map shows what is chosen there, tells what is chosen here, and leaves out
// what was closed since it was drawn. It listens to the page around it alone, of the same server.
function joinDesk(map) {
  if (window.parent === window || !location.protocol.startsWith("http")) return;
  const tell = (message) => window.parent.postMessage({ jdzfire: message }, location.origin);
  document.body.classList.add("is-folded", "in-desk");
  map.invalidateSize({ animate: false });
  window.addEventListener("message", ({ origin, source, data: given }) => {
    const said = origin === location.origin && source === window.parent && given ? given.jdzfire : null;
    if (!said) return;
    const chosen = data.events.find((event) => event.id === said.show);
    if (chosen && !chosen.gone) showEvent(map, chosen, true);
    if (Array.isArray(said.ended)) {
      const ended = new Set(said.ended);
      for (const event of data.events) event.gone = event.group === "open" && ended.has(event.id);
      if (map._popup && map._popup.isOpen()) map.closePopup();
      choose({}, false);
    }
  });
  map.on("popupopen", ({ popup }) => {
    const shown = data.events.find((event) => popup.getLatLng().equals(event.at));
    if (shown) tell({ chosen: shown.id });
  });
  tell({ ready: true });
}

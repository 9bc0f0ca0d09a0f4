// Hotspots, footprints and the signs of events.
const FRESH = [[360, "--spot-1"], [1440, "--spot-2"], [4320, "--spot-3"], [Infinity, "--spot-4"]];
const MOST_GLOWING = 10;
let measuring = false;

function tell(layer, content) {
  layer.on("click", (event) => {
    if (measuring) return;
    L.DomEvent.stopPropagation(event);
    const map = layer._map;
    L.popup(popupOptions(map)).setLatLng(layer.getLatLng ? layer.getLatLng() : event.latlng)
      .setContent(content()).openOn(map);
  });
  return layer;
}

// An explained event whose case is still open stays among those to be checked.
function layerKey(event) {
  if (event.group === "closed") return "closed";
  if (event.verdict === "permit_violation") return "violation";
  return event.group === "open" ? "unresolved" : event.verdict;
}

function drawFires(map, layers) {
  let rank = 0;
  for (const event of data.events) {
    event.rank = event.group === "open" ? (rank += 1) : 0;
    event.key = layerKey(event);
    event.home = layers[event.key];
  }
  for (const event of [...data.events].reverse()) {
    const open = event.group === "open";
    const colour = open ? "--level-" + event.level : "--" + event.key.replace("_", "-");
    const shape = paint(L.polygon(rings(event.shape)), () => ({
      weight: open ? 2 : 1, color: css(colour), opacity: open ? 0.95 : 0.5,
      dashArray: event.verdict === "permit_violation" ? "6 4" : null,
      fillColor: css(colour), fillOpacity: open ? 0.22 : 0.08 }));
    tell(shape.addTo(event.home), () => eventPopup(event));
    const size = open ? [0, 38, 32, 28][event.level] : 20;
    event.marker = divMarker([event.lat, event.lon], signOf(event, open ? size : 30), size,
      { zIndexOffset: open ? 1000 + 10 * event.priority : 0, title: placeName(event) });
    if (open && event.level === 1 && event.rank <= MOST_GLOWING) event.marker.options.icon.options.html.classList.add("hot");
    event.marker.on("click", () => { if (!measuring) showEvent(map, event, false); });
    event.marker.addTo(event.home);
    event.area = shape;
  }
  drawHotspots(layers.hotspots);
}

function drawHotspots(group) {
  const h = data.hotspots;
  for (let i = 0; i < h.x.length; i += 1) {
    const colour = FRESH.find(([most]) => h.t[i] <= most)[1];
    const dot = L.circleMarker([h.y[i] / 1e5, h.x[i] / 1e5], { radius: 3.2 });
    paint(dot, () => ({ weight: 1, color: css("--spot-line"), opacity: 0.8, fillColor: css(colour), fillOpacity: 0.95 }));
    tell(dot.addTo(group), () => hotspotPopup(i));
  }
}

function showEvent(map, event, move) {
  if (!map.hasLayer(event.home)) map.addLayer(event.home);
  if (!move) { openEvent(map, event); return; }
  foldSheet();
  map.closePopup();
  const shape = event.area.getBounds();
  const zoom = shape.isValid() ? Math.min(13.5, map.getBoundsZoom(shape.pad(3))) : 13;
  const size = map.getSize();
  const spot = map.project([event.lat, event.lon], zoom).subtract([0, size.y * 0.3]);
  const landed = once(() => openEvent(map, event));
  map.once("moveend", landed);
  map.flyTo(map.unproject(spot, zoom), zoom, { duration: 0.6 });
  setTimeout(landed, 1500);
}

function once(act) {
  let done = false;
  return () => { if (!done) { done = true; act(); } };
}

function openEvent(map, event) {
  L.popup({ ...popupOptions(map), offset: [0, -12] }).setLatLng([event.lat, event.lon])
    .setContent(eventPopup(event)).openOn(map);
  for (const item of document.querySelectorAll(".item")) {
    item.classList.toggle("is-chosen", item.dataset.id === event.id);
  }
}

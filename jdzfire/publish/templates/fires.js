// Signs and footprints of events: the urgent ones stand, those too near join them far out.
const SPLIT_ZOOM = 13;
const SHAPE_ZOOM = 10.75;
const GAP_PX = 30;
const MOST_SIGNS = 160;
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
  for (const event of data.events) {
    event.key = layerKey(event);
    event.home = layers[event.key];
    event.at = L.latLng(event.lat, event.lon);
  }
  const shapes = L.layerGroup().addTo(map), signs = L.layerGroup().addTo(map);
  const redraw = () => {
    const visible = data.events.filter((event) => map.hasLayer(event.home) && isShown(event));
    placeSigns(map, signs, visible);
    placeShapes(map, shapes, visible);
  };
  map.on("moveend", redraw);
  map.on("overlayadd overlayremove", redraw);
  onChoice(redraw);
  redraw();
  drawHotspots(map, layers.hotspots);
}

// Sorted as the list is: an event too near to one before it joins it. Nothing urgent is hidden
// behind something less so; explained ones never hide behind open ones.
function gather(map, events, gap) {
  const hosts = [], cells = new Map();
  for (const event of events) {
    const p = map.latLngToLayerPoint(event.at), kind = event.group === "open" ? "o" : "q";
    const cx = Math.floor(p.x / gap), cy = Math.floor(p.y / gap);
    let host = null;
    for (let dx = -1; dx <= 1 && gap && !host; dx += 1) {
      for (let dy = -1; dy <= 1 && !host; dy += 1) {
        host = (cells.get(`${kind}${cx + dx},${cy + dy}`) || [])
          .find((h) => Math.hypot(h.p.x - p.x, h.p.y - p.y) < gap);
      }
    }
    if (host) { host.more.push(event); continue; }
    const made = { event, p, more: [] }, cell = `${kind}${cx},${cy}`;
    hosts.push(made);
    if (gap) cells.set(cell, [...(cells.get(cell) || []), made]);
  }
  return hosts;
}

function placeSigns(map, group, visible) {
  const view = map.getBounds().pad(0.1), near = visible.filter((event) => view.contains(event.at));
  let gap = map.getZoom() >= SPLIT_ZOOM ? 0 : GAP_PX, hosts = gather(map, near, gap);
  while (hosts.length > MOST_SIGNS) hosts = gather(map, near, gap = Math.max(GAP_PX, gap * 1.6));
  const wanted = new Map(hosts.map((host) => [host.event.order, host]));
  group.eachLayer((marker) => { if (!wanted.has(marker.order)) group.removeLayer(marker); });
  for (const { event, more } of hosts) {
    event.more = more;
    if (!event.marker) makeSign(map, event);
    setBadge(event);
    if (!group.hasLayer(event.marker)) group.addLayer(event.marker);
  }
}

function makeSign(map, event) {
  const open = event.group === "open", size = open ? [0, 38, 32, 28][event.level] : 20;
  const box = el("div", "sign-box", signOf(event, open ? size : 30));
  if (open && event.level === 1 && event.rank <= MOST_GLOWING) box.classList.add("hot");
  if (open && event.isNew) box.classList.add("new");
  event.box = box;
  event.marker = L.marker(event.at, { keyboard: false, title: placeName(event),
    zIndexOffset: open ? 1000 + 10 * event.priority : 0,
    icon: L.divIcon({ html: box, className: "board-icon", iconSize: [size, size] }) });
  event.marker.order = event.order;
  event.marker.on("click", () => {
    if (measuring) return;
    if (event.more.length && map.getZoom() < SPLIT_ZOOM) {
      map.flyToBounds(L.latLngBounds([event, ...event.more].map((e) => e.at)).pad(0.2), { duration: 0.5, maxZoom: SPLIT_ZOOM });
    } else showEvent(map, event, false);
  });
}

function setBadge(event) {
  const old = event.box.querySelector(".more-badge");
  if (old) old.remove();
  if (event.more.length) event.box.append(el("span", "more-badge", "+" + event.more.length));
}

function placeShapes(map, group, visible) {
  group.clearLayers();
  if (map.getZoom() < SHAPE_ZOOM) return;
  const view = map.getBounds().pad(0.1);
  for (const event of visible) if (view.contains(event.at)) group.addLayer(shapeOf(event));
}

function shapeOf(event) {
  if (event.area) return event.area;
  const open = event.group === "open", colour = open ? "--level-" + event.level : "--" + event.key.replace("_", "-");
  event.area = paint(L.polygon(rings(event.shape)), () => ({
    weight: open ? 2 : 1, color: css(colour), opacity: open ? 0.95 : 0.5,
    dashArray: event.verdict === "permit_violation" ? "6 4" : null,
    fillColor: css(colour), fillOpacity: open ? 0.16 : 0.08 }));
  return tell(event.area, () => eventPopup(event));
}

function showEvent(map, event, move) {
  if (!map.hasLayer(event.home)) map.addLayer(event.home);
  if (!move) { openEvent(map, event); return; }
  foldSheet();
  map.closePopup();
  const shape = shapeOf(event).getBounds();
  const zoom = shape.isValid() ? Math.min(13.5, map.getBoundsZoom(shape.pad(3))) : 13;
  const spot = map.project(event.at, zoom).subtract([0, map.getSize().y * 0.3]);
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
  const popup = L.popup({ ...popupOptions(map), offset: [0, -12] }).setLatLng(event.at)
    .setContent(eventPopup(event)).openOn(map);
  const box = popup.getElement();
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", placeName(event));
  box.tabIndex = -1;
  if (byKeyboard) box.focus({ preventScroll: true });
  for (const item of document.querySelectorAll(".item")) {
    item.classList.toggle("is-chosen", item.dataset.id === event.id);
  }
}

function drawHotspots(map, group) {
  const h = data.hotspots;
  const dots = new Dots(h, (i) => h.e[i] < 0 ? !isFiltered() : isShown(data.events[h.e[i]]));
  group.addLayer(dots);
  map.on("click", (event) => {
    if (measuring || !map.hasLayer(dots)) return;
    const i = dots.find(event.containerPoint);
    if (i >= 0) L.popup(popupOptions(map)).setLatLng([h.y[i] / 1e5, h.x[i] / 1e5]).setContent(hotspotPopup(i)).openOn(map);
  });
  onChoice(() => dots.redraw());
  repainters.push(() => dots.redraw());
}

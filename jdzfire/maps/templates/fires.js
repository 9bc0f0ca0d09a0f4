// Events on the map: the urgent ones stand, those too near join them far out.
const SPLIT_ZOOM = 13;
const GAP_PX = 30;
const MOST_SIGNS = 160;
let measuring = false;

const board = { signs: null, areas: null, dots: null };

// A click on ground that an event's sign stands on is a click on the sign.
function tell(layer, content) {
  layer.on("click", (event) => {
    if (measuring) return;
    L.DomEvent.stopPropagation(event);
    const map = layer._map;
    if (event.containerPoint && clickSign(map, event.containerPoint)) return;
    L.popup(popupOptions(map)).setLatLng(layer.getLatLng ? layer.getLatLng() : event.latlng)
      .setContent(content()).openOn(map);
  });
  return layer;
}

function clickSign(map, point) {
  const sign = board.signs.find(point);
  if (!sign) return false;
  if (sign.more.length && map.getZoom() < SPLIT_ZOOM) {
    map.flyToBounds(L.latLngBounds([sign.event, ...sign.more].map((e) => e.at)).pad(0.2), { duration: 0.5, maxZoom: SPLIT_ZOOM });
  } else showEvent(map, sign.event, false);
  return true;
}

function clickMap(map, { containerPoint, latlng }) {
  if (measuring || clickSign(map, containerPoint)) return;
  const h = data.hotspots, i = map.hasLayer(board.dots) ? board.dots.find(containerPoint) : -1;
  const popup = () => L.popup(popupOptions(map));
  if (i >= 0) { popup().setLatLng([h.y[i] / 1e5, h.x[i] / 1e5]).setContent(hotspotPopup(i)).openOn(map); return; }
  const event = board.areas.find(latlng);
  if (event) popup().setLatLng(latlng).setContent(eventPopup(event)).openOn(map);
}

// What is under the pointer is named, and shown to be something to click.
function pointAt(map, { containerPoint: point, latlng }) {
  const sign = measuring ? null : board.signs.find(point), box = map.getContainer();
  const name = sign ? placeName(sign.event) : "";
  if (box.title !== name) box.title = name;
  box.classList.toggle("on-sign", Boolean(sign) || (!measuring && Boolean(board.areas.find(latlng))));
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
    event.wx = worldX(event.x);
    event.wy = worldY(event.y);
  }
  board.areas = new Areas().addTo(map);
  board.signs = new Signs().addTo(map);
  board.dots = new Dots(data.hotspots, (i, back) => {
    const owner = data.hotspots.e[i];
    return owner < 0 ? !isFiltered() : isShown(data.events[owner], back);
  });
  let visible = [];
  const place = () => board.signs.show(gatherSigns(map, visible));
  const choice = () => {
    const back = shownBack();
    visible = data.events.filter((event) => map.hasLayer(event.home) && isShown(event, back));
    board.areas.show(visible);
    place();
  };
  map.on("moveend", place);
  map.on("overlayadd overlayremove", choice);
  onChoice(() => { choice(); board.dots.redraw(); });
  repainters.push(() => { for (const sheet of Object.values(board)) sheet.redraw(); });
  choice();
  layers.hotspots.addLayer(board.dots);
  map.on("click", (event) => clickMap(map, event));
  map.on("mousemove", (event) => pointAt(map, event));
}

// Sorted as the list is: an event too near to one before it joins it. Nothing urgent is hidden
// behind something less so; explained ones never hide behind open ones.
function gather(events, scale, gap) {
  const hosts = [], cells = new Map();
  for (const event of events) {
    const x = event.wx * scale, y = event.wy * scale, kind = event.group === "open" ? 0 : 1;
    const cx = Math.floor(x / gap), cy = Math.floor(y / gap);
    let host = null;
    for (let dx = -1; dx <= 1 && !host; dx += 1) {
      for (let dy = -1; dy <= 1 && !host; dy += 1) {
        const there = cells.get(((cx + dx) * 4194304 + cy + dy) * 2 + kind);
        host = there && there.find((one) => Math.hypot(one.x - x, one.y - y) < gap);
      }
    }
    if (host) { host.more.push(event); continue; }
    const made = { event, x, y, more: [] }, cell = (cx * 4194304 + cy) * 2 + kind, there = cells.get(cell);
    hosts.push(made);
    if (there) there.push(made); else cells.set(cell, [made]);
  }
  return hosts;
}

function gatherSigns(map, visible) {
  const view = map.getBounds().pad(0.1), scale = map.options.crs.scale(map.getZoom());
  const [west, east] = [view.getWest(), view.getEast()], [south, north] = [view.getSouth(), view.getNorth()];
  const near = visible.filter(({ lon, lat }) => lon > west && lon < east && lat > south && lat < north);
  let gap = GAP_PX;
  if (map.getZoom() >= SPLIT_ZOOM && near.length <= MOST_SIGNS) return near.map((event) => ({ event, more: [] }));
  let hosts = gather(near, scale, gap);
  while (hosts.length > MOST_SIGNS) hosts = gather(near, scale, gap *= Math.max(1.2, Math.sqrt(hosts.length / MOST_SIGNS)));
  return hosts;
}

function showEvent(map, event, move) {
  if (!map.hasLayer(event.home)) map.addLayer(event.home);
  if (!move) { openEvent(map, event); return; }
  foldSheet();
  map.closePopup();
  const shape = L.latLngBounds(rings(event.shape).flat(2));
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
  showWays(map, event);
  popup.on("remove", hideWays);
  const box = popup.getElement();
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", placeName(event));
  box.tabIndex = -1;
  if (byKeyboard) box.focus({ preventScroll: true });
  for (const item of document.querySelectorAll(".item")) {
    item.classList.toggle("is-chosen", item.dataset.id === event.id);
  }
}

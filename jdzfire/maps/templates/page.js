// Puts the page together once Folium has made the map and its layers.
function addControls(map, bounds) {
  const Bar = L.Control.extend({
    options: { position: "topright" },
    onAdd() {
      const box = el("div", "leaflet-bar tool-bar",
        button("tool", W.zoom_in, () => map.zoomIn(), icon("M12 5v14M5 12h14")),
        button("tool", W.zoom_out, () => map.zoomOut(), icon("M5 12h14")),
        button("tool", W.home, () => map.flyToBounds(bounds, { duration: 0.6 }), icon("M4 11l8-7 8 7M6 9.500V20h12V9.500")),
        measureTool(map));
      L.DomEvent.disableClickPropagation(box);
      return box;
    },
  });
  new Bar().addTo(map);
  L.control.scale({ imperial: false, maxWidth: 140, position: "bottomright" }).addTo(map);
  new (L.Control.extend({ options: { position: "bottomleft" }, onAdd: legend }))().addTo(map);
}

function legendRow(sign, text) {
  return el("div", "legend-row", el("span", "key", sign), text);
}

function swatch(className) {
  return el("i", "swatch " + className);
}

function legend() {
  const event = (level, verdict) => ({ level, verdict, group: "open" });
  const box = el("details", "legend", el("summary", "", W.legend));
  box.open = window.innerWidth >= 1500;  // narrower, it would lie on the time slider
  box.append(
    el("div", "legend-grid",
      legendRow(openSign(event(1, "unresolved"), "1", 24), `${W.level_1} ≥ 70`),
      legendRow(openSign(event(2, "unresolved"), "2", 24), `${W.level_2} 40–69`),
      legendRow(openSign(event(3, "unresolved"), "3", 24), `${W.level_3} < 40`),
      legendRow(openSign(event(2, "permit_violation"), "4", 24), W.violation),
      legendRow(openSign({ ...event(2, "unresolved"), growing: true }, "5", 24), W.growing),
      legendRow(openSign({ ...event(3, "unresolved"), provisional: true }, "6", 24), W.provisional),
      legendRow(quietSign("permitted", 18), W.layer_permitted),
      legendRow(quietSign("heat_source", 18), W.layer_heat_source),
      legendRow(quietSign("outside_forest", 18), W.layer_outside_forest),
      legendRow(teamSign({ available: true }), W.layer_teams),
      legendRow(swatch("footprint"), W.legend_footprint),
      legendRow(swatch("spot"), W.legend_hotspot),
      legendRow(swatch("permit"), W.layer_permits),
      legendRow(swatch("zone"), W.layer_zones)),
    el("div", "legend-looks", W.legend_looks, swatch("look-1"), "≤6h", swatch("look-2"), "≤12h",
      swatch("look-3"), "≤24h", swatch("look-4"), ">24h"),
    el("div", "legend-looks", el("span", "more-badge inline", "+3"), W.legend_more));
  L.DomEvent.disableClickPropagation(box);
  L.DomEvent.disableScrollPropagation(box);
  return box;
}

function dressLayerControl(map) {
  const control = map.getContainer().querySelector(".leaflet-control-layers");
  if (!control) return;
  if (LANG !== data.lang) translateLayers(control);
  const knob = button("tool layers-knob", W.layers, () => control.classList.toggle("is-shut"),
    icon("M12 3 2.500 8 12 13l9.500-5ZM3 12.500l9 4.700 9-4.700M3 16.800l9 4.700 9-4.700"), el("span", "", W.layers));
  control.prepend(knob);
  control.classList.toggle("is-shut", window.innerWidth < 1280);
  L.DomEvent.disableScrollPropagation(control);
}

// An open popup needs the room of the legend and, on a phone, of the buttons.
function clearTheWay(map) {
  const box = map.getContainer().querySelector(".legend");
  let wasOpen = false;
  map.on("popupopen", () => {
    if (document.body.classList.contains("has-popup")) return;
    document.body.classList.add("has-popup");
    wasOpen = box.open;
    box.open = false;
  });
  map.on("popupclose", () => setTimeout(() => {
    if (map._popup && map._popup.isOpen()) return;
    document.body.classList.remove("has-popup");
    box.open = wasOpen;
  }, 0));
}

function viewText(map) {
  const at = map.getCenter();
  return [map.getZoom(), at.lat.toFixed(4), at.lng.toFixed(4)].join("/");
}

function lookAsBefore(map) {
  const [zoom, lat, lng] = state.view.split("/").map(Number);
  if (!state.view || ![zoom, lat, lng].every(Number.isFinite)) return false;
  map.setView([lat, lng], zoom, { animate: false });
  return true;
}

// Folium wrote the layers in the page's first language.
function translateLayers(control) {
  const from = data.texts[data.lang].words;
  const to = new Map(Object.keys(from).filter((key) => /^(layer|group)_/.test(key)).map((key) => [from[key], W[key]]));
  const walk = document.createTreeWalker(control, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim();
    if (to.has(text)) walk.currentNode.data = " " + to.get(text);
  }
}

function start(map, layers) {
  const root = document.documentElement;
  dress();
  markNew();
  const [west, south, east, north] = data.bounds;
  const bounds = L.latLngBounds([[south, west], [north, east]]).pad(0.02);
  for (const pane of ["labels", "ground", "areas", "signs"]) map.getPane(pane).style.pointerEvents = "none";
  map.getPane("relief").classList.add("relief-pane");
  fillBar(map);
  map.invalidateSize({ animate: false });
  if (!lookAsBefore(map)) map.fitBounds(bounds, { animate: false });
  fillPanel(map);
  fillFilters();
  drawGround(map, layers);
  drawFires(map, layers);
  fillSearch(map);
  addControls(map, bounds);
  dressLayerControl(map);
  if (!data.events.some((event) => event.group === "open")) {
    map.getContainer().append(el("div", "calm " + calm().tone, icon(calm().path, 24), el("b", "", W.empty_title), el("span", "", calm().tone ? calm().note : W.blind)));
  }
  const far = () => map.getContainer().classList.toggle("is-far", map.getZoom() < 10.75);
  map.on("zoomend", far);
  far();
  map.on("moveend", () => soon(() => choose({ view: viewText(map) }, true)));
  fillTimebar(map);
  clearTheWay(map);
  listenToKeys(map);
  startClock();
  watchForNewer(map);
  joinDesk(map);
  new ResizeObserver(() => map.invalidateSize()).observe(map.getContainer());
  root.classList.add("is-ready");
}

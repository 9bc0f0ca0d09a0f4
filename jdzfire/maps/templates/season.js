// A season on one canvas: until which day, how many days of it, coloured by age or by satellite.
const W = data.words;
const season = {
  x: data.x.map((step) => step + data.corner[0]), y: data.y.map((step) => step + data.corner[1]), t: [], s: data.s };
let minutes = 0;
for (const step of data.t) season.t.push(minutes += step);
const MADE = Date.parse(data.now);
const DAY = 1440;
const KINDS = 8;
const AGES = [[DAY, "--spot-1"], [7 * DAY, "--spot-2"], [30 * DAY, "--spot-3"], [Infinity, "--spot-4"]];
const chosen = { back: 0, window: Infinity, by: "age", hidden: new Set() };
const shownBack = () => chosen.back;
const isSeen = (i) => !chosen.hidden.has(season.s[i]);
const inWindow = (i) => season.t[i] - chosen.back <= chosen.window && isSeen(i);
const days = Math.max(1, Math.ceil((season.t[0] || 0) / DAY));
// Beyond seven the rarer satellites share the last colour.
const kindColour = (s) => `--kind-${Math.min(s, KINDS - 1) + 1}`;
const colourNames = () => (chosen.by === "age" ? AGES.map(([, name]) => name)
  : Array.from({ length: KINDS }, (_, k) => kindColour(k)));
const colourOf = (i, back) => (chosen.by === "age" ? AGES.findIndex(([most]) => season.t[i] - back <= most)
  : Math.min(season.s[i], KINDS - 1));

const beijing = (back) => new Date(MADE - back * 60000 + 8 * 3600000).toISOString();
const beijingDay = (back, end) => beijing(back).slice(0, end).replace("T", " ");
const count = (n) => n.toLocaleString("en-US").replace(/,/g, " ");

function drawAreas(map, again) {
  const isLand = !data.relief;
  const style = (area) => () => ({ color: css("--border"), weight: area.level === "township" ? 0.5 : area.level === "county" ? 1.5 : 2.2,
    opacity: area.level === "township" ? 0.4 : 0.9, dashArray: area.level === "township" ? "3 4" : null,
    fill: isLand && area.level === "county", fillColor: css("--land"), fillOpacity: 1 });
  for (const area of data.admin) paint(L.polygon(rings(area.shape), { interactive: false }), style(area)).addTo(map);
  if (data.admin.length) document.documentElement.classList.add("has-land");
  const names = L.layerGroup().addTo(map);
  const name = () => {
    names.clearLayers();
    const zoom = map.getZoom();
    const taken = [];
    const named = { county: zoom >= 7.5 && zoom < 11.5, township: zoom >= 10.5 };
    for (const area of data.admin.filter((a) => named[a.level] && a.at)) {
      const at = map.latLngToLayerPoint(latLng(area.at)), wide = area.name.length * (area.level === "county" ? 23 : 13) + 8;
      if (taken.some((t) => Math.abs(t.at.x - at.x) < (t.wide + wide) / 2 && Math.abs(t.at.y - at.y) < 20)) continue;
      taken.push({ at, wide });
      names.addLayer(L.marker(latLng(area.at), { pane: "labels", interactive: false, keyboard: false,
        icon: L.divIcon({ html: el("div", "season-name " + area.level, area.name), className: "", iconSize: [0, 0] }) }));
    }
  };
  map.on("zoomend", name);
  name();
  repainters.push(again);
}

function hotspotCard(i) {
  const rows = [[W.when, `${beijingDay(season.t[i], 16)} ${W.beijing}`], [W.filter_county, data.counties[data.k[i]]],
    [W.frp, data.frp[i] === null ? null : `${data.frp[i]} MW`], [W.confidence, data.confidences[data.c[i]]],
    [W.wgs84, `${(season.x[i] / 1e5).toFixed(5)}, ${(season.y[i] / 1e5).toFixed(5)}`]];
  return el("div", "", el("h2", "", data.satellites[season.s[i]]),
    el("dl", "", rows.filter((row) => row[1]).flatMap(([name, told]) => [el("dt", "", name), el("dd", "", told)])));
}

function start(map) {
  document.title = data.title;
  dress();
  const [west, south, east, north] = data.bounds;
  const bounds = L.latLngBounds([[south, west], [north, east]]);
  map.getPane("labels").style.pointerEvents = "none";
  map.getPane("relief").classList.add("relief-pane");
  const dots = new Dots(season, inWindow, colourNames, colourOf);
  const told = el("output", "");
  const box = seasonBox(map, () => show());
  const bar = timeBar(() => show());
  const show = () => {
    const found = { all: 0, by: colourNames().map(() => 0), satellites: data.satellites.map(() => 0), counties: data.counties.map(() => 0) };
    for (let i = 0; i < season.t.length; i += 1) {
      if (season.t[i] < chosen.back || season.t[i] - chosen.back > chosen.window) continue;
      found.satellites[season.s[i]] += 1;
      if (!isSeen(i)) continue;
      found.all += 1;
      found.by[colourOf(i, chosen.back)] += 1;
      if (data.k[i] >= 0) found.counties[data.k[i]] += 1;
    }
    told.replaceChildren(el("b", "", count(found.all)), " " + W.season_unit + " · " + fill("season_until", { at: beijingDay(chosen.back, 10) }));
    dots.redraw();
    box.show(found);
    bar.show();
  };
  const sun = "M12 4V2M12 22v-2M4 12H2m20 0h-2M6 6 4.600 4.600M19.400 19.400 18 18M6 18l-1.400 1.400M19.400 4.600 18 6M12 7.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9Z";
  const theme = button("tool", W.theme, () => { document.documentElement.classList.toggle("day"); repaint(); show(); }, icon(sun));
  document.body.prepend(el("header", "season-head", el("h1", "", data.title), data.edition ? el("span", "edition", data.edition) : null,
    told, el("span", "gap"), el("small", "", W.blind), theme));
  document.body.append(bar.node);
  map.invalidateSize({ animate: false });
  map.fitBounds(bounds, { animate: false });
  drawAreas(map, () => dots.redraw());
  dots.addTo(map);
  map.on("click", (event) => {
    const i = dots.find(event.containerPoint);
    if (i >= 0) L.popup().setLatLng([season.y[i] / 1e5, season.x[i] / 1e5]).setContent(hotspotCard(i)).openOn(map);
  });
  if (isPhone()) map.on("popupopen", () => { box.node.open = false; });
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  new (L.Control.extend({ options: { position: "bottomleft" }, onAdd: () => box.node }))().addTo(map);
  new ResizeObserver(() => { map.invalidateSize(); bar.show(); }).observe(map.getContainer());
  show();
  document.documentElement.classList.add("is-ready");
}

function dress() {
  document.documentElement.classList.toggle("day", window.matchMedia("(prefers-color-scheme: light)").matches);
  colours.clear();
}

// A season on one canvas: until which day, how many days of it, and what a dot was.
const W = data.words;
const season = {
  x: data.x.map((step) => step + data.corner[0]), y: data.y.map((step) => step + data.corner[1]), t: [], s: data.s };
let minutes = 0;
for (const step of data.t) season.t.push(minutes += step);
const MADE = Date.parse(data.now);
const chosen = { back: 0, window: Infinity };
const shownBack = () => chosen.back;
const inWindow = (i) => season.t[i] - chosen.back <= chosen.window;

const beijingDay = (back, end) => new Date(MADE - back * 60000 + 8 * 3600000).toISOString().slice(0, end).replace("T", " ");

function start(map) {
  document.title = W.season_map;
  const [west, south, east, north] = data.bounds;
  map.fitBounds([[south, west], [north, east]], { animate: false });
  for (const area of data.admin) {
    L.polygon(rings(area.shape), { fill: false, interactive: false, color: "#8fa3b0", weight: area.level === "township" ? 0.5 : 1.4 }).addTo(map);
  }
  const dots = new Dots(season, inWindow).addTo(map);
  const days = Math.max(1, Math.ceil((season.t[0] || 0) / 1440));
  const slider = el("input", "");
  Object.assign(slider, { type: "range", min: -days, max: 0, step: 1, value: 0 });
  slider.setAttribute("aria-label", W.time_slider);
  const span = el("select", "");
  span.setAttribute("aria-label", W.season_window);
  for (const n of [0, 1, 7, 30, 90]) {
    const option = el("option", "", n ? fill("within_d", { n }) : W.window_all);
    option.value = n;
    span.append(option);
  }
  const told = el("output", "", "");
  const show = () => {
    chosen.back = -slider.value * 1440;
    chosen.window = Number(span.value) ? span.value * 1440 : Infinity;
    dots.redraw();
    let n = 0;
    for (let i = 0; i < season.t.length; i += 1) if (season.t[i] >= chosen.back && inWindow(i)) n += 1;
    told.textContent = `${fill("season_until", { at: beijingDay(chosen.back, 10) })} · ${fill("season_count", { n })}`;
  };
  slider.addEventListener("input", show);
  span.addEventListener("change", show);
  const bar = el("div", "season-bar", el("b", "", W.season_map), slider, span, told, el("small", "", W.blind));
  L.DomEvent.disableClickPropagation(bar);
  map.getContainer().append(bar);
  map.on("click", (event) => {
    const i = dots.find(event.containerPoint);
    if (i < 0) return;
    const lines = [`${W.when} ${beijingDay(season.t[i], 16)} ${W.beijing}`, data.frp[i] === null ? null : `${W.frp} ${data.frp[i]} MW`,
      data.c[i] < 0 ? null : `${W.confidence} ${data.confidences[data.c[i]]}`,
      `${W.wgs84} ${(season.x[i] / 1e5).toFixed(5)}, ${(season.y[i] / 1e5).toFixed(5)}`];
    L.popup().setLatLng([season.y[i] / 1e5, season.x[i] / 1e5])
      .setContent(el("div", "", el("b", "", data.satellites[data.s[i]]), lines.filter(Boolean).map((line) => el("div", "", line)))).openOn(map);
  });
  L.control.scale({ imperial: false }).addTo(map);
  show();
  document.documentElement.classList.add("is-ready");
}

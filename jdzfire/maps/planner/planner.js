// The planner's page: two layouts beside each other, what they reach in time, and what changes.
const D = JSON.parse(document.getElementById("plan-data").textContent);
const STEPS = [20, 30, 45, 60];
const COLOURS = ["#1a6fb5", "#74b3d8", "#f4b26a", "#d9603b", "#8f1d2c"];
const NONE = 255;
let lang = D.lang, within = D.within, weight = D.weight, second = false;

const T = () => D.texts[lang];
const fill = (name, values) => T()[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
const percent = (share) => (Number.isFinite(share) ? `${(100 * share).toFixed(1)}%` : "–");
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function el(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const child of children.flat()) if (child !== null && child !== undefined) node.append(child);
  return node;
}

for (const layout of D.layouts) {
  layout.first = bytes(layout.first);
  layout.second = bytes(layout.second);
}

const B = D.blocks;
const at = B.lon.map((lon, i) => L.latLng(B.lat[i] / 1e5, lon / 1e5));
const weights = () => B[weight];
const minutesOf = (layout) => (second ? layout.second : layout.first);

function classOf(minutes) {
  const place = STEPS.findIndex((most) => minutes <= most);
  return place < 0 ? STEPS.length : place;
}

// Squares of the blocks on one canvas, coloured by minutes.
const Blocks = L.Layer.extend({
  onAdd(map) {
    this._map = map;
    this.sheet = L.DomUtil.create("canvas", "blocks", map.getPane("overlayPane"));
    map.on("moveend zoomend resize", this.draw, this);
    this.draw();
  },
  show(layout) { this.layout = layout; if (this._map) this.draw(); },
  draw() {
    const map = this._map, size = map.getSize(), ratio = window.devicePixelRatio || 1;
    const sheet = this.sheet, pen = sheet.getContext("2d");
    L.DomUtil.setPosition(sheet, map.containerPointToLayerPoint([0, 0]));
    sheet.width = size.x * ratio; sheet.height = size.y * ratio;
    sheet.style.width = `${size.x}px`; sheet.style.height = `${size.y}px`;
    pen.scale(ratio, ratio);
    if (!this.layout) return;
    const middle = map.getCenter(), metre = L.latLng(middle.lat + D.block_m / 111320, middle.lng);
    const side = Math.abs(map.latLngToContainerPoint(metre).y - map.latLngToContainerPoint(middle).y);
    const minutes = minutesOf(this.layout), view = map.getBounds().pad(0.05), half = side / 2;
    for (let i = 0; i < at.length; i += 1) {
      if (!view.contains(at[i])) continue;
      const point = map.latLngToContainerPoint(at[i]);
      pen.fillStyle = COLOURS[classOf(minutes[i])];
      pen.globalAlpha = weights()[i] > 0 ? (minutes[i] <= within ? 0.85 : 0.5) : 0.15;
      // whole pixels, so that neighbours neither overlap nor leave a gap
      const x = Math.round(point.x - half), y = Math.round(point.y - half);
      pen.fillRect(x, y, Math.round(point.x + half) - x, Math.round(point.y + half) - y);
    }
  },
});

function sums(layout) {
  const minutes = minutesOf(layout), values = weights();
  const found = D.counties.map(() => ({ total: 0, reached: 0 })), all = { total: 0, reached: 0 };
  for (let i = 0; i < values.length; i += 1) {
    for (const box of [all, found[B.county[i]]]) {
      if (!box) continue;
      box.total += values[i];
      if (minutes[i] <= within) box.reached += values[i];
    }
  }
  return { all, counties: found };
}

const share = (box) => (box.total > 0 ? box.reached / box.total : NaN);

class Side {
  constructor(map, box, layout) {
    this.map = map;
    this.box = box;
    this.layout = layout;
    this.blocks = new Blocks().addTo(map);
    this.marks = L.layerGroup().addTo(map);
    for (const lines of D.borders) {
      L.polyline(lines.map(([x, y]) => [y / 1e5, x / 1e5]), { color: "#333c44", weight: 1.4, interactive: false }).addTo(map);
    }
    map.on("click", ({ latlng }) => this.tell(latlng));
  }
  choose(place) { this.layout = place; drawAll(); }
  name() { return layoutName(D.layouts[this.layout]); }
  tell(latlng) {
    let best = -1, least = D.block_m;
    at.forEach((one, i) => { const off = one.distanceTo(latlng); if (off < least) { least = off; best = i; } });
    if (best < 0) return;
    const minutes = (layout, which) => (layout[which][best] === NONE ? T().never : `${layout[which][best]} ${T().min}`);
    const rows = sides.map((side) => el("p", "", `${side.name()}: ${minutes(D.layouts[side.layout], "first")}, ${T().second} ${minutes(D.layouts[side.layout], "second")}`));
    L.popup().setLatLng(latlng).setContent(el("div", "", el("b", "", D.counties[B.county[best]] || ""), ...rows)).openOn(this.map);
  }
  draw() {
    const layout = D.layouts[this.layout];
    this.blocks.show(layout);
    this.marks.clearLayers();
    const today = new Set(D.layouts[0].sites);
    for (const place of layout.sites) {
      const site = D.sites[place], isNew = !today.has(place);
      L.circleMarker([site.y / 1e5, site.x / 1e5], { radius: isNew ? 7 : 4, color: "#fff", weight: 1.5,
        fillColor: isNew ? "#7b2fa0" : "#1b242b", fillOpacity: 1 }).bindTooltip(site.name).addTo(this.marks);
    }
    for (const step of layout.steps) {
      if (step.team < 0) continue;
      const [a, b] = [D.sites[step.team], D.sites[step.site]];
      L.polyline([[a.y / 1e5, a.x / 1e5], [b.y / 1e5, b.x / 1e5]], { color: "#7b2fa0", weight: 2, dashArray: "5 5", interactive: false }).addTo(this.marks);
    }
    this.write(layout);
  }
  write(layout) {
    const { all, counties } = sums(layout), before = sums(D.layouts[0]);
    const select = el("select", "");
    D.layouts.forEach((one, i) => {
      const option = el("option", "", layoutName(one));
      option.value = String(i);
      option.selected = i === this.layout;
      select.append(option);
    });
    select.setAttribute("aria-label", T().layout);
    select.addEventListener("change", () => this.choose(Number(select.value)));
    const gain = share(all) - share(before.all);
    const row = (name, now, old) => el("tr", "", el("td", "", name), el("td", "n", percent(share(now))),
      el("td", "n", change(share(now) - share(old))));
    this.box.replaceChildren(...[
      el("div", "pick", select, el("b", "share", percent(share(all))), el("small", "", gain ? change(gain) : "")),
      el("table", "", el("tr", "", el("th", "", T().county), el("th", "n", fill("reached", { n: within })), el("th", "n", T().change)),
        D.counties.map((name, i) => row(name, counties[i], before.counties[i]))),
      layout.steps.length ? el("ol", "steps", layout.steps.map((step) => this.stepRow(step))) : null,
      layout.proof ? el("p", "proof", fill(layout.proof.optimal ? "proven" : "bounded", { gap: percent(layout.proof.gap), n: layout.within })) : null,
    ].filter(Boolean));
  }
  stepRow(step) {
    const site = D.sites[step.site], total = D.totals[D.plan_weight];
    const values = { team: step.team < 0 ? "" : D.sites[step.team].name, site: site.name,
      gain: percent(step.gain / total), lost: percent(step.lost / total) };
    return el("li", "", fill(step.team < 0 ? "step_add" : "step_move", values));
  }
}

const change = (value) => (Math.abs(value) < 5e-4 ? "0" : `${value > 0 ? "+" : "−"}${(100 * Math.abs(value)).toFixed(1)}`);

function layoutName(layout) {
  if (!layout.proof) return T().today;
  const parts = [];
  if (layout.moves) parts.push(fill("plan_moves", { n: layout.steps.filter((step) => step.team >= 0).length }));
  if (layout.add) parts.push(fill("plan_add", { n: layout.steps.filter((step) => step.team < 0).length }));
  return `${T().plan} ${parts.join(" · ")} (${layout.within} ${T().min})`;
}

function slider(name, value, least, most, step, act, text = String) {
  const input = el("input", "");
  Object.assign(input, { type: "range", min: least, max: most, step, value });
  const shown = el("output", "", text(value));
  input.setAttribute("aria-label", name);
  input.addEventListener("input", () => { shown.textContent = text(Number(input.value)); act(Number(input.value)); });
  return el("label", "", el("span", "", name), input, shown);
}

function choice(name, options, value, act) {
  const select = el("select", "");
  for (const [key, text] of options) {
    const option = el("option", "", text);
    option.value = key;
    option.selected = key === value;
    select.append(option);
  }
  select.addEventListener("change", () => act(select.value));
  return el("label", "", el("span", "", name), select);
}

let sides = [];

function writeBar() {
  const nearest = D.layouts.map((_, i) => i);
  const swap = el("button", "", T().other);
  swap.addEventListener("click", () => { lang = lang === "zh" ? "en" : "zh"; writeBar(); drawAll(); });
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.title = T().title;
  document.getElementById("bar").replaceChildren(
    el("h1", "", T().title),
    slider(T().minutes, within, 10, 90, 5, (value) => { within = value; drawAll(); }),
    slider(T().teams_moved, Math.max(nearest.indexOf(sides[1].layout), 0), 0, nearest.length - 1, 1, (value) => sides[1].choose(nearest[value]),
      (value) => String(D.layouts[nearest[value]].steps.length)),
    choice(T().weight, Object.keys(D.totals).map((key) => [key, T()[key]]), weight, (value) => { weight = value; drawAll(); }),
    choice(T().team, [["1", T().first_team], ["2", T().second]], second ? "2" : "1", (value) => { second = value === "2"; drawAll(); }),
    swap);
  document.getElementById("key").replaceChildren(
    ...COLOURS.map((colour, i) => {
      const sign = el("i", "");
      sign.style.background = colour;
      return el("span", "", sign, i < STEPS.length ? `≤ ${STEPS[i]} ${T().min}` : `> ${STEPS[STEPS.length - 1]} ${T().min}`);
    }),
    el("small", "", T().note), 
    ...(lang === "en" ? D.notes : D.notes.length ? [fill("notes", { n: D.notes.length })] : []).map((note) => el("small", "warn", note)));
}

function drawAll() {
  for (const side of sides) side.draw();
}

function start() {
  const left = window[D.map];
  const options = { zoomSnap: 0.25, attributionControl: false, preferCanvas: true, minZoom: 6, maxZoom: 16 };
  const right = L.map("right", options);
  const bounds = L.latLngBounds([D.bounds[1], D.bounds[0]], [D.bounds[3], D.bounds[2]]);
  for (const map of [left, right]) map.fitBounds(bounds);
  let busy = false;
  const follow = (from, to) => from.on("move", () => {
    if (busy) return;
    busy = true;
    to.setView(from.getCenter(), from.getZoom(), { animate: false });
    busy = false;
  });
  follow(left, right);
  follow(right, left);
  sides = [new Side(left, document.getElementById("left-box"), 0),
    new Side(right, document.getElementById("right-box"), D.layouts.length - 1)];
  L.control.scale({ imperial: false }).addTo(right);
  writeBar();
  drawAll();
  // the boxes below have their height now
  for (const map of [left, right]) { map.invalidateSize(); map.fitBounds(bounds); }
  document.body.classList.add("is-ready");
}

// Folium writes its own map after this script.
window.addEventListener("load", start);

// The page's one document, in the language asked for: plain rows for everything after it.

// Private windows and some intranet policies refuse to keep anything.
function recall(name) {
  try { return localStorage.getItem("jdzfire-" + name); } catch (refused) { return null; }
}

function keep(name, value) {
  try { localStorage.setItem("jdzfire-" + name, value); } catch (refused) { /* not kept, then */ }
}

// A cycle without news brings only this part of a page up to date; see maps/renewed.py.
const renewed = JSON.parse(document.getElementById("renewed").textContent);
const CHECKED = Date.parse(renewed.at);
for (const row of [...renewed.feeds, ...renewed.looks]) {
  if (row.age_min !== null) row.age_min -= (CHECKED - Date.parse(data.now)) / 60000;
}
Object.assign(data, renewed);

const asked = new URLSearchParams(location.hash.slice(1));
const LANG = [asked.get("lang"), recall("lang")].find((lang) => lang in data.texts) || data.lang;
const T = data.texts[LANG];
const W = T.words;
document.documentElement.lang = LANG === "zh" ? "zh-CN" : "en";
document.title = T.title;

function unpack(columns, count) {
  const rows = Array.from({ length: count }, () => ({}));
  for (const [key, column] of Object.entries(columns)) {
    if (column.length !== undefined) column.forEach((value, i) => { rows[i][key] = value; });
    else if ("all" in column) for (const row of rows) row[key] = column.all;
    else column.at.forEach((place, i) => { rows[i][key] = place < 0 ? null : column.pool[place]; });
  }
  return rows;
}

// Where each run of so many begins, and where the last one ends.
function ends(counts) {
  const found = new Int32Array(counts.length + 1);
  counts.forEach((count, i) => { found[i + 1] = found[i] + count; });
  return found;
}

// The polygons of the i-th of many shapes, as lists of rings of steps.
function shapeReader({ steps, ring, polygon, n }) {
  const ofRing = ends(ring), ofPolygon = ends(polygon), ofShape = ends(n);
  const range = (of, i, read) => Array.from({ length: of[i + 1] - of[i] }, (_, k) => read(of[i] + k));
  return (i) => range(ofShape, i, (p) => range(ofPolygon, p, (r) => steps.subarray(ofRing[r], ofRing[r + 1])));
}

// The rows that belong to the i-th event.
function rowReader({ n, ...columns }) {
  const of = ends(n), valueAt = (column, k) => (column.length !== undefined ? column[k]
    : "all" in column ? column.all : column.at[k] < 0 ? null : column.pool[column.at[k]]);
  return (i) => Array.from({ length: n[i] }, (_, k) =>
    Object.fromEntries(Object.entries(columns).map(([key, column]) => [key, valueAt(column, of[i] + k)])));
}

function readCase(e) {
  if (e.case_status === null) return null;
  const team = teamOf.get(e.case_team_id);
  return { status: e.case_status, label: C.case[e.case_status] || e.case_status,
    category: e.case_category && (C.category[e.case_category] || e.case_category),
    team: team ? team.name : e.case_team_id, affected: e.affected_ha, answer: e.answer, result: e.result };
}

function verdictName(e) {
  const name = C.verdict[e.verdict] || e.verdict;
  return e.provisional ? fill("to_confirm", { name }) : name;
}

// What people report is no pixel.
function unitOf(reported) {
  if (reported.every(Boolean)) return "reports";
  return reported.some(Boolean) ? "spots" : "pixels";
}

function readParts(parts) {
  return Object.entries(parts).filter(([, points]) => Math.round(points))
    .sort(([a, p], [b, q]) => q - p || (a < b ? -1 : 1))
    .map(([name, points]) => [C.part[name] || name, Math.round(points)]);
}

const C = T.codes;
const { nearest, routes, nearby, outlooks, send, passes, shape, parts, reasons } = data.events;
const shapeAt = shapeReader(shape), teamsAt = rowReader(nearest), passesAt = rowReader(passes), routesAt = rowReader(routes), nearbyAt = rowReader(nearby), outlooksAt = rowReader(outlooks);
const teamOf = new Map(data.teams.map((team) => [team.id, team]));
const zoneOf = new Map(data.zones.map((zone) => [zone.id, zone]));
const lookOf = new Map(data.looks.map((look) => [look.name, look]));

// What only its card, its list or a close look needs is read when it is asked for.
class FireEvent {
  constructor(row, order) {
    Object.assign(this, row);
    this.order = order;
    this.lon = row.x / 1e5;
    this.lat = row.y / 1e5;
    this.causes = row.escalation ? row.escalation.split(",") : [];
    this.growing = this.causes.includes("growth") || parts[order].growth > 0;
    this.case = readCase(row);
    this.confidence = {};
    this.feeds = new Set();
  }
  get gcj() { return [(this.x + this.gx) / 1e5, (this.y + this.gy) / 1e5]; }
  get bd() { return [(this.x + this.bx) / 1e5, (this.y + this.by) / 1e5]; }
  get verdictName() { return verdictName(this); }
  get shape() { return shapeAt(this.order); }
  get passes() { return passesAt(this.order); }
  get reasons() { return reasons(this.order); }
  get parts() { return readParts(parts[this.order]); }
  get unit() { return unitOf(this.satellites.split(",").map((name) => name in C.reporter)); }
  get seenBy() { return this.satellites.split(",").map((name) => C.satellite[name] || name); }
  get nearest() { return teamsAt(this.order).map((one) => ({ name: one.team, ...teamOf.get(one.team), ...one })); }
  get nearby() { return nearbyAt(this.order); }
  get outlooks() { return outlooksAt(this.order); }
  get send() { return send[this.order]; }
  get routes() { return routesAt(this.order); }
  get zone() {
    const zone = zoneOf.get(this.zone_id);
    return zone ? [...new Set([zone.name, zone.forest_farm, zone.species].filter(Boolean))] : [];
  }
  get looked() {
    const look = lookOf.get(this.township);
    return look && look.at ? [look.at, look.feed] : null;
  }
}

function readEvents() {
  const found = unpack(data.events.columns, data.events.n).map((row, i) => new FireEvent(row, i));
  let rank = 0;
  for (const event of found) event.rank = event.group === "open" ? (rank += 1) : 0;
  return found;
}

data.events = readEvents();
data.hotspots.e.forEach((owner, i) => {
  if (owner < 0) return;
  const h = data.hotspots, { feeds, confidence } = data.events[owner];
  feeds.add(h.feeds[h.f[i]]);
  if (h.c[i] >= 0) confidence[h.confidences[h.c[i]]] = (confidence[h.confidences[h.c[i]]] || 0) + 1;
  if (h.pct[i] !== null) confidence.pct_max = Math.max(confidence.pct_max || 0, Math.round(h.pct[i]));
});
for (const feed of data.feeds) feed.title = T.feeds[feed.feed] || feed.feed;
for (const permit of data.permits) permit.status = T.codes.permit[permit.status] || permit.status;
for (const team of data.teams) team.kind = T.codes.team[team.kind] || team.kind;

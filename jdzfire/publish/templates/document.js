// The page's one document, in the language asked for: plain rows for everything after it.

// Private windows and some intranet policies refuse to keep anything.
function recall(name) {
  try { return localStorage.getItem("jdzfire-" + name); } catch (refused) { return null; }
}

function keep(name, value) {
  try { localStorage.setItem("jdzfire-" + name, value); } catch (refused) { /* not kept, then */ }
}

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

// Values in runs of so many each.
function runs(values, counts) {
  let from = 0;
  return Array.from(counts, (count) => values.slice(from, from += count));
}

const readShapes = ({ steps, ring, polygon, n }) => runs(runs(runs(steps, ring), polygon), n);

function readMany({ n, ...columns }) {
  return runs(unpack(columns, n.reduce((sum, count) => sum + count, 0)), n);
}

function readCase(e) {
  if (e.case_status === null) return null;
  const team = data.teams.find((one) => one.id === e.case_team_id);
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

function readEvents() {
  const teams = new Map(data.teams.map((team) => [team.id, team]));
  const zones = new Map(data.zones.map((zone) => [zone.id, zone]));
  const looks = new Map(data.looks.map((look) => [look.name, look]));
  const { n, columns, nearest, passes, shape } = data.events;
  const shapes = readShapes(shape), teamsOf = readMany(nearest), passesOf = readMany(passes);
  let rank = 0;
  return unpack(columns, n).map((e, i) => {
    const at = (dx, dy) => [(e.x + dx) / 1e5, (e.y + dy) / 1e5];
    const causes = e.escalation ? e.escalation.split(",") : [];
    const zone = zones.get(e.zone_id), look = looks.get(e.township);
    return { ...e, order: i, rank: e.group === "open" ? (rank += 1) : 0,
      lon: e.x / 1e5, lat: e.y / 1e5, gcj: at(e.gx, e.gy), bd: at(e.bx, e.by),
      verdict_name: verdictName(e), causes, shape: shapes[i], passes: passesOf[i],
      growing: causes.includes("growth") || data.parts[i].growth > 0,
      parts: readParts(data.parts[i]), reasons: data.reasons[i],
      unit: unitOf(e.satellites.split(",").map((name) => name in C.reporter)),
      satellites: e.satellites.split(",").map((name) => C.satellite[name] || name),
      zone: zone ? [...new Set([zone.name, zone.forest_farm, zone.species].filter(Boolean))] : [],
      looked: look && look.at ? [look.at, look.feed] : null,
      nearest: teamsOf[i].map((one) => ({ name: one.team, ...teams.get(one.team), ...one })),
      case: readCase(e), confidence: {}, feeds: new Set() };
  });
}

const C = T.codes;
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

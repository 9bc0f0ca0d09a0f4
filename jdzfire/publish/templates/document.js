// The page's one document, in the language asked for: plain rows for everything after it.
const data = JSON.parse(document.getElementById("board-data").textContent);

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

function unpack(table) {
  const rows = Array.from({ length: table.n }, () => ({}));
  for (const [key, column] of Object.entries(table.columns)) {
    if (Array.isArray(column)) column.forEach((value, i) => { rows[i][key] = value; });
    else if ("all" in column) for (const row of rows) row[key] = column.all;
    else column.at.forEach((place, i) => { rows[i][key] = column.pool[place]; });
  }
  return rows;
}

function readEvents() {
  const teams = new Map(data.teams.map((team) => [team.id, team]));
  const reasons = T.events.reasons.map(([outcome, text, measured, threshold]) => ({ outcome, text, measured, threshold }));
  const said = unpack(T.events.rows);
  let rank = 0;
  return unpack(data.events).map((event, i) => {
    const [gx, gy, bx, by] = event.shifts;
    const at = (dx, dy) => [(event.x + dx) / 1e5, (event.y + dy) / 1e5];
    return { ...event, ...said[i], order: i,
      rank: event.group === "open" ? (rank += 1) : 0,
      lon: event.x / 1e5, lat: event.y / 1e5, gcj: at(gx, gy), bd: at(bx, by),
      reasons: said[i].reasons.map((place) => reasons[place]),
      nearest: event.nearest.map(([id, km, deg, min, method = "straight_line"]) => ({ name: id, ...teams.get(id), km, deg, min, method })),
      case: event.case && { status: event.case[0], team: event.case[1],
        affected: event.case[2], answer: event.case[3], result: event.case[4],
        label: said[i].case_label, category: said[i].case_category },
      feeds: new Set() };
  });
}

data.events = readEvents();
data.hotspots.e.forEach((owner, i) => {
  if (owner >= 0) data.events[owner].feeds.add(data.hotspots.feeds[data.hotspots.f[i]]);
});
for (const feed of data.feeds) feed.title = T.feeds[feed.feed] || feed.feed;
for (const permit of data.permits) permit.status = T.codes.permit[permit.status] || permit.status;
for (const team of data.teams) team.kind = T.codes.team[team.kind] || team.kind;

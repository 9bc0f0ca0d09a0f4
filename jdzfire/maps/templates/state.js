// What the viewer chose, kept in the address so that a reload and a sent link show the same.
const state = { county: "", verdict: "", age: "", feed: "", at: "", tab: "", view: "" };
const listeners = [];

for (const key of Object.keys(state)) state[key] = asked.get(key) || "";

function writeHash() {
  const found = new URLSearchParams();
  if (LANG !== data.lang) found.set("lang", LANG);
  for (const [key, value] of Object.entries(state)) if (value) found.set(key, value);
  const hash = "#" + found.toString();
  try { history.replaceState(null, "", hash); } catch (refused) { location.replace(hash); }
}

// Quiet changes (where the map looks) are kept and redraw nothing.
function choose(changes, quietly = false) {
  Object.assign(state, changes);
  writeHash();
  if (!quietly) for (const act of listeners) act();
}

const onChoice = (act) => listeners.push(act);

const isFiltered = () => Boolean(state.county || state.verdict || state.age || state.feed);

// Minutes before the page's moment that are shown: 0 is the newest.
function shownBack() {
  const at = Date.parse(state.at);
  return Number.isNaN(at) ? 0 : Math.max(0, Math.round((MADE - at) / 60000));
}

const AGES_H = { 6: 360, 24: 1440, 72: 4320, 168: 10080 };
const VERDICTS = {
  unresolved: (e) => e.group === "open" && e.verdict === "unresolved",
  permit_violation: (e) => e.verdict === "permit_violation",
  provisional: (e) => e.provisional,
  permitted: (e) => e.verdict === "permitted",
  heat_source: (e) => e.verdict === "heat_source",
  outside_forest: (e) => e.verdict === "outside_forest",
  closed: (e) => e.group === "closed",
};

function isShown(event, back = shownBack()) {
  return !event.gone && event.first >= back &&
    (!state.county || event.county === state.county) &&
    (!VERDICTS[state.verdict] || VERDICTS[state.verdict](event)) &&
    (!AGES_H[state.age] || event.last - back <= AGES_H[state.age]) &&
    (!state.feed || event.feeds.has(state.feed));
}

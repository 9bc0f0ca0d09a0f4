// Filters by county, verdict, age and feed: on the list and on the map, never on the counts above.
function filterBox(name, title, options) {
  const box = el("select", "");
  box.setAttribute("aria-label", title);
  box.dataset.filter = name;
  box.append(...[["", title], ...options].map(([value, text]) => {
    const option = el("option", "", text);
    option.value = value;
    return option;
  }));
  box.value = state[name];
  if (box.value !== state[name]) { box.value = ""; state[name] = ""; }
  box.addEventListener("change", () => choose({ [name]: box.value }));
  return box;
}

function fillFilters() {
  const present = (key) => [...new Set(data.events.map((event) => event[key]).filter(Boolean))].sort();
  const verdicts = Object.entries(VERDICTS).filter(([, holds]) => data.events.some(holds));
  const names = { unresolved: W.unresolved, permit_violation: W.layer_violation, provisional: W.provisional, closed: W.closed };
  const boxes = [
    filterBox("county", W.filter_county, present("county").map((name) => [name, name])),
    filterBox("verdict", W.filter_verdict, verdicts.map(([key]) => [key, names[key] || W["layer_" + key]])),
    filterBox("age", W.filter_age, Object.keys(AGES_H).map((h) => [h, h < 72 ? fill("within_h", { n: h }) : fill("within_d", { n: h / 24 })])),
    filterBox("feed", W.filter_feed, data.hotspots.feeds.map((feed) => [feed, T.feeds[feed] || feed])),
  ];
  const told = el("span", "told", "");
  const clear = button("clear", W.filter_clear, () => choose({ county: "", verdict: "", age: "", feed: "" }), W.filter_clear);
  const row = el("div", "filtered", told, clear);
  document.getElementById("filters").append(...boxes, row);
  const show = () => {
    for (const box of boxes) {
      box.value = state[box.dataset.filter];
      box.classList.toggle("on", box.value !== "");
    }
    row.hidden = !isFiltered() && !state.at;
    told.textContent = fill("filtered", { n: data.events.filter((e) => isShown(e)).length, all: data.events.length });
    clear.hidden = !isFiltered();
  };
  onChoice(show);
  show();
}

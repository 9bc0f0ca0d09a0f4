// Search over everything with a name: events, places, townships, zones, teams, permits.
const MOST_FOUND = 40;

function searchIndex(map) {
  const go = (at, zoom) => () => { foldSheet(); map.flyTo(at, zoom, { duration: 0.6 }); };
  const then = (layer) => () => { foldSheet(); map.flyTo(layer.getLatLng ? layer.getLatLng() : layer.getBounds().getCenter(), 13, { duration: 0.6 }); map.once("moveend", () => layer.fire("click", { latlng: layer.getLatLng ? layer.getLatLng() : layer.getBounds().getCenter() })); };
  const entry = (kind, name, more, act) => ({ kind, name, more, act, text: `${name} ${more}`.toLowerCase() });
  return [
    ...data.events.map((e) => entry(W.kind_event, placeName(e), [e.id, e.verdictName, e.county, e.township, ...e.zone].filter(Boolean).join(" "), () => showEvent(map, e, true))),
    ...data.admin.filter((a) => a.at && a.level !== "province").map((a) => entry(W.kind_township, a.name, "", go(latLng(a.at), a.level === "township" ? 12 : 10.5))),
    ...data.places.map((p) => entry(W.kind_place, p[0], p[4] || "", go([p[3], p[2]], 13.5))),
    ...data.zones.filter((z) => z.at).map((z) => entry(W.kind_zone, z.name || z.id, z.forest_farm || "", go(latLng(z.at), 12.5))),
    ...data.teams.map((t) => entry(W.team, t.name, t.township || "", then(t.layer))),
    ...data.permits.filter((p) => p.layer).map((p) => entry(W.permit, p.id, p.place || "", then(p.layer))),
  ];
}

function fillSearch(map) {
  const entries = searchIndex(map);
  const input = el("input", "");
  input.type = "search";
  input.placeholder = W.search;
  input.setAttribute("aria-label", W.search);
  input.autocomplete = "off";
  const found = document.getElementById("found");
  const clear = () => { input.value = ""; look(); };
  const look = () => {
    const words = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    found.hidden = !words.length;
    document.body.classList.toggle("is-searching", !!words.length);
    if (!words.length) return;
    if (isPhone()) document.body.classList.add("sheet-up");
    const hits = entries.filter((entry) => words.every((word) => entry.text.includes(word))).slice(0, MOST_FOUND);
    found.replaceChildren(...hits.map((hit) => button("hit", hit.name, () => { clear(); hit.act(); },
      el("span", "kind", hit.kind), el("b", "", hit.name), el("span", "muted clip", hit.more))));
    if (!hits.length) found.append(el("p", "muted pad", fill("search_none", { q: input.value.trim() })));
  };
  input.addEventListener("input", look);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear();
    if (event.key === "Enter" && found.firstElementChild && !found.hidden) found.firstElementChild.click();
  });
  document.getElementById("search").append(icon("M21 21l-4.300-4.300M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13Z", 18), input);
}

// Side panel: what is open, what is explained, how old the data are.
const SHOWN_AT_FIRST = 60;
const SHOWN_MORE = 300;

function fillPanel(map) {
  const bar = document.getElementById("tabs");
  for (const [name, title] of [["open", W.tab_open], ["explained", W.tab_explained], ["watch", W.tab_watch]]) {
    const tab = button("tab", title, () => { chooseTab(name); choose({ tab: name === "open" ? "" : name }, true); },
      title, name === "watch" ? null : el("span", "n", ""));
    tab.dataset.tab = name;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", "list-" + name);
    bar.append(tab);
  }
  tabKeys(bar);
  fillWatch();
  const refill = () => fillLists(map);
  refill();
  onChoice(refill);
  chooseTab(["explained", "watch"].includes(state.tab) ? state.tab : "open");
}

function chooseTab(name) {
  for (const tab of document.querySelectorAll(".tab")) {
    tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
    tab.tabIndex = tab.dataset.tab === name ? 0 : -1;
  }
  for (const key of ["open", "explained", "watch"]) document.getElementById("list-" + key).hidden = key !== name;
}

function fillLists(map) {
  const shown = data.events.filter((event) => isShown(event));
  const none = data.events.some((event) => event.group === "open")
    ? el("p", "muted pad", W.filter_none)
    : el("div", "empty " + calm().tone, icon(calm().path, 40), el("h2", "", W.empty_title), el("p", "", calm().note));
  fillList("open", shown.filter((event) => event.group === "open"), map, none);
  fillList("explained", shown.filter((event) => event.group !== "open"), map, el("p", "muted pad", W.empty_explained));
}

function fillList(name, events, map, empty) {
  const list = document.getElementById("list-" + name);
  document.querySelector(`.tab[data-tab="${name}"] .n`).textContent = String(events.length);
  list.replaceChildren();
  if (!events.length) { list.append(empty); return; }
  const add = (from, to) => {
    list.append(...events.slice(from, to).map((event) => (event.group === "open" ? openItem(event, map) : quietItem(event, map))));
    if (to >= events.length) return;
    const more = button("more", W.panel, () => { more.remove(); add(to, to + SHOWN_MORE); }, fill("show_more", { n: events.length - to }));
    list.append(more);
  };
  add(0, SHOWN_AT_FIRST);
}

function itemButton(event, map, className, ...children) {
  const item = button("item " + className, placeName(event), () => showEvent(map, event, true), ...children);
  item.dataset.id = event.id;
  return item;
}

// The day is said once when first and last are of the same.
function sameDay(event) {
  const first = beijing(event.first), last = beijing(event.last);
  return first.slice(0, 5) === last.slice(0, 5) ? last.slice(6) : last;
}

function openItem(event, map) {
  const team = event.nearest[0];
  return itemButton(event, map, "level-" + event.level,
    signOf(event, 36),
    el("div", "body",
      el("div", "line", el("b", "place", placeName(event)), el("span", "priority", W["level_" + event.level], el("b", "", String(event.priority)))),
      el("div", "line", el("span", "time", event.first === event.last ? beijing(event.last) : `${beijing(event.first)} → ${sameDay(event)}`), ageText(event.last)),
      el("div", "line", el("span", "muted clip", seenBy(event)),
        event.frp === null ? null : el("span", "frp", `${event.frp} MW`)),
      el("div", "line chips",
        badges(event),
        event.verdict === "unresolved" || event.provisional ? null : chip(event.verdictName, event.verdict === "permit_violation" ? "violation" : event.verdict),
        chip(event.case ? event.case.label : W.case_none, "plain"),
        dueText(event),
        event.township || !event.place ? null : el("span", "muted fix", `${event.lat.toFixed(3)}°N ${event.lon.toFixed(3)}°E`),
        team ? el("span", "muted clip", `${team.name} ${fill("km", { n: team.km })}`) : null)));
}

function quietItem(event, map) {
  const last = event.reasons.at(-1), reason = last ? reasonText(last) : "";
  return itemButton(event, map, "quiet",
    signOf(event, 34),
    el("div", "body",
      el("div", "line", el("b", "place", placeName(event)), el("span", "muted", beijing(event.last))),
      el("div", "line", el("span", "muted", event.group === "closed" ? W.closed : event.verdictName),
        event.explained_by ? el("span", "muted clip", event.explained_by) : null),
      reason ? el("div", "line muted why", reason) : null));
}

function fillWatch() {
  const list = document.getElementById("list-watch");
  list.append(el("p", "blind", el("b", "", W.blind), W.blind_note));
  list.append(el("h3", "", W.feeds));
  const feeds = el("div", "table feeds-table");
  for (const feed of data.feeds) {
    feeds.append(el("div", "row", el("span", "feed " + feed.state, el("i", ""), el("b", "", feed.title)),
      el("span", "", W["feed_" + feed.state]), el("span", "muted", `${W.last_data} ${feed.last_data || W.no_data}`),
      feed.detail ? el("small", "muted wide", feed.detail) : null));
  }
  list.append(data.feeds.length ? feeds : el("p", "muted pad", W.feeds_none));
  if (data.rejected) list.append(el("p", "pad", fill("rejected", { n: data.rejected })));
  list.append(el("h3", "", W.looks, el("small", "", W.looks_order)));
  if (data.next_pass[LANG]) list.append(el("p", "pad", data.next_pass[LANG]));
  const looks = el("div", "table");
  for (const look of data.looks) {
    const age = look.age_min === null ? Infinity : look.age_min;
    const step = LOOK_STEPS.findIndex(([most]) => age <= most) + 1;
    looks.append(el("div", "row look-" + step, el("b", "", look.name), el("span", "muted", look.feed),
      el("span", "", look.at || W.no_data), look.age_min === null ? el("span", "gap", W.no_data) : el("span", "gap", ago(look.age_min + sinceMade()))));
  }
  list.append(data.looks.length ? looks : el("p", "muted pad", W.looks_none));
}

// Head line and side panel: what is open, what is explained, how old the data are.
const SHOWN_AT_FIRST = 60;

function fillBar(map) {
  document.getElementById("mark").append(svg("svg", { viewBox: "0 0 24 24", width: 26, height: 26 },
    svg("path", { d: "M12.4 1.8c.6 3.6 5.8 6 5.8 12.1A6.3 6.3 0 0 1 12 20.4a6.3 6.3 0 0 1-6.2-6.5c0-3.3 1.7-5 2.7-7 .8 1.2 1 2 1.1 3 1.600-2 2.600-4.600 2.800-8.100Z" })));
  document.getElementById("title").textContent = data.title;
  document.getElementById("edition").textContent = W[data.edition];
  document.getElementById("edition").className = data.edition;
  const open = data.events.filter((event) => event.group === "open");
  const count = (word, n, tone) => el("div", "count " + (n ? tone : "zero"), el("b", "", String(n)), el("span", "", W[word]));
  document.getElementById("counts").append(
    count("unresolved", open.length, "warm"),
    count("violation", open.filter((event) => event.verdict === "permit_violation").length, "warm"),
    count("overdue", open.filter((event) => event.case && event.case.overdue).length, "bad"));
  const feeds = document.getElementById("feeds");
  for (const feed of data.feeds) {
    const box = el("span", "feed " + feed.state, el("i", ""), el("b", "", feed.title),
      feed.age_min === null ? null : el("span", "", ago(feed.age_min)),
      feed.state === "ok" ? null : el("em", "", W["feed_" + feed.state]));
    box.title = [W["feed_" + feed.state], `${W.last_data} ${feed.last_data || W.no_data}`, feed.detail].filter(Boolean).join(" · ");
    feeds.append(box);
  }
  if (data.danger && data.danger.danger_grade !== null) {
    const grade = Math.round(data.danger.danger_grade);
    const more = [data.danger.wind_force === null ? null : fill("wind_force", { n: data.danger.wind_force }),
      data.danger.rh_pct === null ? null : fill("humidity", { n: data.danger.rh_pct })].filter(Boolean).join(" · ");
    feeds.append(el("span", "danger grade-" + grade, el("b", "", `${W.danger} ${fill("grade", { n: grade })}`), el("span", "", more)));
  }
  document.getElementById("times").append(
    el("div", "", el("span", "", W.data_time), el("b", "", data.data_time || W.no_data)),
    el("div", "", el("span", "", W.generated), el("b", "", data.generated.slice(5)), el("small", "", W.beijing)));
  fillTools(map);
  document.getElementById("foot").append(...el("div", "", el("b", "", W.blind), el("span", "", W.blind_note), el("span", "grow"),
    data.rejected ? el("span", "", fill("rejected", { n: data.rejected })) : null,
    el("span", "", data.tiles ? W.tile_note : data.relief || data.admin.length ? W.relief_note : W.bare_note)).childNodes);
  watchAge();
}

// Silence is only good news when somebody was looking.
function calm() {
  const looking = data.feeds.filter((feed) => feed.state === "ok").length;
  if (!data.data_time || !looking) return { tone: "blindfold", path: "M12 8v5m0 3.500v.5M12 3 2.500 20h19Z", note: W.calm_blind };
  if (looking < data.feeds.length) return { tone: "partial", path: "M12 8v5m0 3.500v.5M12 3 2.500 20h19Z", note: W.calm_partial };
  return { tone: "", path: "M20 6 9 17l-5-5", note: W.empty_note };
}

function fillTools(map) {
  const sun = "M12 4V2M12 22v-2M4 12H2m20 0h-2M6 6 4.600 4.600M19.400 19.400 18 18M6 18l-1.400 1.400M19.400 4.600 18 6M12 7.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9Z";
  document.getElementById("tools").append(button("tool", W.theme, () => {
    const day = document.documentElement.classList.toggle("day");
    try { localStorage.setItem("jdzfire-theme", day ? "day" : "night"); } catch (refused) { /* private window */ }
    repaint();
  }, icon(sun)));
  const fold = document.getElementById("fold");
  fold.title = W.panel;
  fold.setAttribute("aria-label", W.panel);
  fold.append(icon("M15 5l-7 7 7 7", 18));
  fold.addEventListener("click", () => {
    document.body.classList.toggle("is-folded");
    map.invalidateSize();
  });
  const grip = document.getElementById("grip");
  grip.title = W.panel;
  grip.setAttribute("aria-label", W.panel);
  grip.addEventListener("click", () => document.body.classList.toggle("sheet-up"));
}

function foldSheet() {
  document.body.classList.remove("sheet-up");
}

// A page left open must say so itself: its maker may have died.
function watchAge() {
  const notice = document.getElementById("notice");
  const made = Date.parse(data.now);
  const check = () => {
    const minutes = (Date.now() - made) / 60000;
    const old = minutes > 60, archive = minutes > 14 * 1440;
    notice.hidden = !old;
    notice.className = archive ? "archive" : "";
    notice.textContent = archive ? `${W.page_archive} · ${data.generated}` : fill("page_old", { age: ago(minutes) });
  };
  check();
  setInterval(check, 60000);
}

function fillPanel(map) {
  const open = data.events.filter((event) => event.group === "open");
  const quiet = data.events.filter((event) => event.group !== "open");
  const tabs = [["open", W.tab_open, open.length], ["explained", W.tab_explained, quiet.length], ["watch", W.tab_watch, null]];
  const bar = document.getElementById("tabs");
  for (const [name, title, n] of tabs) {
    const tab = button("tab", title, () => chooseTab(name), title, n === null ? null : el("span", "n", String(n)));
    tab.dataset.tab = name;
    tab.setAttribute("role", "tab");
    bar.append(tab);
  }
  fillList("open", open, map, el("div", "empty " + calm().tone, icon(calm().path, 40), el("h2", "", W.empty_title), el("p", "", calm().note)));
  fillList("explained", quiet, map, el("p", "muted pad", W.empty_explained));
  fillWatch();
  chooseTab("open");
}

function chooseTab(name) {
  for (const tab of document.querySelectorAll(".tab")) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
  for (const key of ["open", "explained", "watch"]) document.getElementById("list-" + key).hidden = key !== name;
}

function fillList(name, events, map, empty) {
  const list = document.getElementById("list-" + name);
  if (!events.length) { list.append(empty); return; }
  const add = (some) => list.append(...some.map((event) => (event.group === "open" ? openItem(event, map) : quietItem(event, map))));
  add(events.slice(0, SHOWN_AT_FIRST));
  if (events.length > SHOWN_AT_FIRST) {
    const more = button("more", W.panel, () => { more.remove(); add(events.slice(SHOWN_AT_FIRST)); }, fill("show_all", { n: events.length }));
    list.append(more);
  }
}

function itemButton(event, map, className, ...children) {
  const item = button("item " + className, placeName(event), () => showEvent(map, event, true), ...children);
  item.dataset.id = event.id;
  return item;
}

function openItem(event, map) {
  const team = event.nearest[0];
  return itemButton(event, map, "level-" + event.level,
    signOf(event, 36),
    el("div", "body",
      el("div", "line", el("b", "place", placeName(event)), el("span", "priority", W["level_" + event.level], el("b", "", String(event.priority)))),
      el("div", "line", el("span", "time", `${event.first} → ${event.last}`), el("span", "muted", ago(event.age_min))),
      el("div", "line", el("span", "muted clip", `${event.satellites.join("、")} · ${fill("pixels", { n: event.count })}`),
        event.frp === null ? null : el("span", "frp", `${event.frp} MW`)),
      el("div", "line chips",
        event.verdict === "unresolved" ? null : chip(event.verdict_name, event.verdict === "permit_violation" ? "violation" : event.verdict),
        chip(event.case ? event.case.label : W.case_none, "plain"),
        event.case && event.case.overdue ? chip(W.overdue, "bad") : null,
        event.township || !event.place ? null : el("span", "muted fix", `${event.lat.toFixed(3)}°N ${event.lon.toFixed(3)}°E`),
        team ? el("span", "muted clip", `${team.name} ${fill("km", { n: team.km })}`) : null)));
}

function quietItem(event, map) {
  const reason = event.reasons.length ? event.reasons[event.reasons.length - 1].text : "";
  return itemButton(event, map, "quiet",
    signOf(event, 34),
    el("div", "body",
      el("div", "line", el("b", "place", placeName(event)), el("span", "muted", event.last)),
      el("div", "line", el("span", "muted", event.group === "closed" ? W.closed : event.verdict_name),
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
  if (data.next_pass) list.append(el("p", "pad", data.next_pass));
  const looks = el("div", "table");
  for (const look of data.looks) {
    const age = look.age_min === null ? Infinity : look.age_min;
    const step = LOOK_STEPS.findIndex(([most]) => age <= most) + 1;
    looks.append(el("div", "row look-" + step, el("b", "", look.name), el("span", "muted", look.feed),
      el("span", "", look.at || W.no_data), el("span", "gap", ago(look.age_min))));
  }
  list.append(data.looks.length ? looks : el("p", "muted pad", W.looks_none));
}

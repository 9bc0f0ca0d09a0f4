// Head line: how much is open, how old the data are, day or night, which language.
function fillBar(map) {
  document.getElementById("mark").append(svg("svg", { viewBox: "0 0 24 24", width: 26, height: 26 },
    svg("path", { d: "M12.4 1.8c.6 3.6 5.8 6 5.8 12.1A6.3 6.3 0 0 1 12 20.4a6.3 6.3 0 0 1-6.2-6.5c0-3.3 1.7-5 2.7-7 .8 1.2 1 2 1.1 3 1.600-2 2.600-4.600 2.800-8.100Z" })));
  document.getElementById("title").textContent = T.title;
  document.getElementById("edition").textContent = W[data.edition];
  document.getElementById("edition").className = data.edition;
  const open = data.events.filter((event) => event.group === "open");
  const count = (word, n, tone) => el("div", "count " + (n ? tone : "zero"), el("b", "", String(n)), el("span", "", W[word]));
  document.getElementById("counts").append(
    count("unresolved", open.length, "warm"),
    count("violation", open.filter((event) => event.verdict === "permit_violation").length, "warm"),
    count("overdue", open.filter(isOverdue).length, "bad overdue"));
  const feeds = document.getElementById("feeds");
  for (const feed of data.feeds) {
    const box = el("span", "feed " + feed.state, el("i", ""), el("b", "", feed.title),
      feed.age_min === null ? null : ageNow(feed.age_min),
      feed.state === "ok" ? null : el("em", "", W["feed_" + feed.state]));
    box.title = [W["feed_" + feed.state], `${W.last_data} ${feed.last_data || W.no_data}`, feed.detail].filter(Boolean).join(" · ");
    feeds.append(box);
  }
  if (dangerText()) {
    const grade = Math.round(data.danger.danger_grade), [first, ...more] = dangerText().split(" · ");
    feeds.append(el("span", "danger grade-" + grade, el("b", "", `${W.danger} ${first}`), el("span", "", more.join(" · "))));
  }
  if (data.next_pass[LANG]) feeds.append(el("span", "next", data.next_pass[LANG]));
  document.getElementById("times").append(
    el("div", "", el("span", "", W.data_time), el("b", "", data.data_time || W.no_data)),
    el("div", "", el("span", "", W.generated), el("b", "", data.generated.slice(5)), el("small", "", W.beijing)));
  fillTools(map);
  document.getElementById("foot").append(...el("div", "", el("b", "", W.blind), el("span", "", W.blind_note), el("span", "grow"),
    data.rejected ? el("span", "", fill("rejected", { n: data.rejected })) : null,
    el("span", "keys", W.keys_note),
    el("span", "", data.tiles ? [data.credit, data.tiles === "local" ? W.local_note : W.tile_note].filter(Boolean).join(" ") : data.relief || data.admin.length ? W.relief_note : W.bare_note)).childNodes);
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
  const tools = document.getElementById("tools");
  const other = Object.keys(data.texts).find((lang) => lang !== LANG);
  if (other) {
    tools.append(button("tool lang", other === "en" ? "English" : "中文", () => speak(other), other === "en" ? "EN" : "中"));
  }
  tools.append(button("tool", W.theme, () => {
    keep("theme", document.documentElement.classList.contains("day") ? "night" : "day");
    dress();
  }, icon(sun)));
  window.matchMedia("(prefers-color-scheme: light)").addEventListener("change", dress);
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

// The language is part of the address, so that a sent link speaks as its sender read.
function speak(lang) {
  keep("lang", lang);
  const chosen = new URLSearchParams(location.hash.slice(1));
  chosen.set("lang", lang);
  location.hash = chosen.toString();
  location.reload();
}

// Day or night: what the viewer chose, else what the system wants.
function dress() {
  const chosen = recall("theme");
  const day = chosen ? chosen === "day" : window.matchMedia("(prefers-color-scheme: light)").matches;
  document.documentElement.classList.toggle("day", day);
  repaint();
}

// Ages of feeds are of now, whatever moment the slider shows.
function ageNow(minutes) {
  return el("span", "", ago(minutes + sinceMade()));
}

function foldSheet() {
  document.body.classList.remove("sheet-up");
}

// What stands around the map of a season: legend and counts, and the bar of days.
function seasonRow(colour, text, n, act, pressed) {
  const sign = el("i", "");
  if (colour) sign.style.background = `var(${colour})`;
  const parts = [colour ? sign : null, el("span", "", text), el("b", "", count(n))];
  if (!act) return el("div", "season-row", parts);
  const row = button("season-row", text, act, parts);
  if (pressed !== undefined) row.setAttribute("aria-pressed", String(pressed));
  return row;
}

// Legend with the number of each class in the window, and the counties, the most first.
function seasonBox(map, changed) {
  const by = el("select", "", el("option", "", W.season_by_age), el("option", "", W.season_by_satellite));
  by.options[0].value = "age";
  by.options[1].value = "satellite";
  by.setAttribute("aria-label", W.season_colour);
  by.addEventListener("change", () => { chosen.by = by.value; changed(); });
  const classes = el("div", ""), counties = el("div", "");
  const places = data.counties.length ? el("div", "", el("h2", "", W.filter_county), counties) : null;
  const node = el("details", "season-box", el("summary", "", W.legend), el("h2", "", W.season_colour, by), classes, places);
  node.open = !isPhone();
  L.DomEvent.disableClickPropagation(node);
  L.DomEvent.disableScrollPropagation(node);
  const toggle = (s) => {
    if (!chosen.hidden.delete(s)) chosen.hidden.add(s);
    changed();
    classes.querySelectorAll("button")[s].focus();
  };
  const flyTo = (name) => {
    const area = data.admin.find((a) => a.level === "county" && a.name === name);
    if (area && area.shape.length) map.flyToBounds(L.polygon(rings(area.shape)).getBounds(), { duration: 0.6 });
  };
  const ages = [W.season_day, ...[7, 30].map((n) => fill("within_d", { n })), W.season_older];
  const show = (found) => {
    classes.replaceChildren(...(chosen.by === "age"
      ? ages.map((text, k) => seasonRow(AGES[k][1], text, found.by[k]))
      : data.satellites.map((name, s) => seasonRow(kindColour(s), name, found.satellites[s], () => toggle(s), !chosen.hidden.has(s)))));
    counties.replaceChildren(...data.counties.map((name, k) => [name, found.counties[k]])
      .sort((a, b) => b[1] - a[1]).map(([name, n]) => seasonRow("", name, n, () => flyTo(name))));
  };
  return { node, show };
}

// Hotspots of each day as columns over the slider; what is in the window is lit.
function timeBar(changed) {
  const canvas = el("canvas", "season-days");
  const slider = el("input", "");
  Object.assign(slider, { type: "range", min: -days, max: 0, step: 1, value: 0 });
  slider.setAttribute("aria-label", W.time_slider);
  const span = el("select", "");
  span.setAttribute("aria-label", W.season_window);
  for (const n of [0, 1, 7, 30, 90]) {
    const option = el("option", "", n ? fill("season_span", { n }) : W.window_all);
    option.value = n;
    span.append(option);
  }
  let timer = 0;
  const take = () => {
    chosen.back = -slider.value * DAY;
    chosen.window = Number(span.value) ? span.value * DAY : Infinity;
    changed();
  };
  const stop = () => { clearInterval(timer); timer = 0; play.classList.remove("on"); };
  const step = () => { if (Number(slider.value) >= 0) { stop(); return; } slider.value = Number(slider.value) + 1; take(); };
  const play = button("tool", W.time_play, () => {
    if (timer) { stop(); return; }
    if (Number(slider.value) >= 0) slider.value = -days;
    play.classList.add("on");
    timer = setInterval(step, 120);
  }, icon("M8 5.500v13l11-6.500Z"));
  slider.addEventListener("input", () => { stop(); take(); });
  span.addEventListener("change", take);
  canvas.addEventListener("click", (event) => {
    stop();
    slider.value = Math.round((event.offsetX / canvas.clientWidth) * days) - days;
    take();
  });
  const node = el("div", "season-time", play, canvas, slider, span);
  return { node, show: () => drawDays(canvas) };
}

function drawDays(canvas) {
  const perDay = new Array(days + 1).fill(0);
  for (let i = 0; i < season.t.length; i += 1) if (isSeen(i)) perDay[days - Math.floor(season.t[i] / DAY)] += 1;
  const most = Math.max(1, ...perDay), ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight, axis = 15;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const wide = width / (days + 1), last = days - chosen.back / DAY, first = last - chosen.window / DAY;
  perDay.forEach((n, day) => {
    if (!n) return;
    pen.fillStyle = css(day <= last && day > first ? "--accent" : "--line");
    const tall = Math.max(1.5, (n / most) * (height - axis - 12));
    pen.fillRect(day * wide, height - axis - tall, Math.max(1, wide - (wide > 3 ? 1 : 0)), tall);
  });
  pen.fillStyle = css("--muted");
  pen.font = "11px " + getComputedStyle(document.body).fontFamily;
  pen.fillText(fill("season_most", { n: count(most) }), 2, 10);
  let free = 0;
  for (let day = 0; day <= days; day += 1) {
    const at = beijing((days - day) * DAY);
    if (at.slice(8, 10) !== "01" && day) continue;
    const label = at.slice(8, 10) === "01" && at.slice(5, 7) !== "01" ? at.slice(5, 7) : at.slice(0, 7);
    const x = day * wide;
    pen.fillRect(x, height - axis, 1, 4);
    if (x < free || x + pen.measureText(label).width > width) continue;
    pen.fillText(label, x + 3, height - 3);
    free = x + pen.measureText(label).width + 12;
  }
}

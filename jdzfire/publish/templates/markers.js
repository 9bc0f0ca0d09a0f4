// Signs of events: shape and number carry the meaning, colour only repeats it.
const SIGN = { permitted: ["报", "P"], heat_source: ["热", "H"], outside_forest: ["外", "O"], closed: ["✓", "✓"] };
const TEXT = { "text-anchor": "middle", "dominant-baseline": "central", x: 20, y: 20.5 };

function outline(level) {
  if (level === 1) return svg("path", { d: "M20 2.5 37.5 20 20 37.5 2.5 20Z" });
  if (level === 2) return svg("rect", { x: 6, y: 6, width: 28, height: 28, rx: 6 });
  return svg("circle", { cx: 20, cy: 20, r: 14.5 });
}

function openSign(event, rank, size) {
  const label = svg("text", TEXT);
  label.textContent = rank > 99 ? "·" : String(rank);
  const sign = svg("svg", { viewBox: "0 0 40 40", width: size, height: size,
    class: `sign level-${event.level}` }, outline(event.level), label);
  if (event.verdict === "permit_violation") {
    const mark = svg("text", { ...TEXT, x: 32, y: 8.5, class: "flag-text" });
    mark.textContent = LANG === "zh" ? "违" : "V";
    sign.append(svg("circle", { cx: 32, cy: 8, r: 7.6, class: "flag" }), mark);
  }
  if (event.provisional) sign.classList.add("provisional");
  if (event.growing) sign.append(svg("circle", { cx: 8, cy: 8, r: 7.6, class: "grow" }), svg("path", { d: "M5 11l6-6M6.500 5H11v4.500", class: "grow-arrow" }));
  return sign;
}

function quietSign(kind, size) {
  const label = svg("text", TEXT);
  label.textContent = SIGN[kind][LANG === "zh" ? 0 : 1];
  const frame = kind === "outside_forest" || kind === "closed"
    ? svg("circle", { cx: 20, cy: 20, r: 16 })
    : svg("rect", { x: 4, y: 4, width: 32, height: 32, rx: kind === "permitted" ? 9 : 1 });
  return svg("svg", { viewBox: "0 0 40 40", width: size, height: size,
    class: `sign quiet ${kind}` }, frame, label);
}

function signOf(event, size) {
  if (event.group === "open") return openSign(event, event.rank, size);
  return quietSign(event.group === "closed" ? "closed" : event.verdict, size * 0.66);
}

function teamSign(team) {
  return svg("svg", { viewBox: "0 0 24 24", width: 16, height: 16,
    class: "team-sign" + (team.available ? "" : " off") },
  svg("path", { d: "M12 1.8 21 5v6.4c0 5.2-3.7 9-9 10.8-5.3-1.8-9-5.6-9-10.8V5Z" }));
}

function divMarker(at, sign, size, options) {
  const html = el("div", "sign-box", sign);
  return L.marker(at, { icon: L.divIcon({ html, className: "board-icon", iconSize: [size, size] }),
    keyboard: false, ...options });
}

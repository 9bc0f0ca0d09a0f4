// Signs of events: shape and number carry the meaning, colour only repeats it.
const SIGN = { permitted: ["报", "P"], heat_source: ["热", "H"], outside_forest: ["外", "O"], closed: ["✓", "✓"] };
const TEXT = { "text-anchor": "middle", "dominant-baseline": "central", x: 20, y: 20.5 };

const OUTLINES = { 1: "M20 2.5 37.5 20 20 37.5 2.5 20Z", 2: boxPath(6, 28, 6), 3: circlePath(14.5) };
const QUIET_OUTLINES = { permitted: boxPath(4, 32, 9), heat_source: boxPath(4, 32, 1), outside_forest: circlePath(16), closed: circlePath(16) };
const FLAG = { zh: "违", en: "V" };
const FLAG_COLOUR = "#6b3fd4";
const GROW_ARROW = "M5 11l6-6M6.500 5H11v4.500";

function boxPath(at, size, r) {
  const side = size - 2 * r, arc = (dx, dy) => `a${r} ${r} 0 0 1 ${dx} ${dy}`;
  return `M${at + r} ${at}h${side}${arc(r, r)}v${side}${arc(-r, r)}h${-side}${arc(-r, -r)}v${-side}${arc(r, -r)}Z`;
}

function circlePath(r) {
  return `M${20 - r} 20a${r} ${r} 0 1 1 ${2 * r} 0a${r} ${r} 0 1 1 ${-2 * r} 0Z`;
}

const rankText = (rank) => (rank > 99 ? "·" : String(rank));

function openSign(event, rank, size) {
  const label = svg("text", TEXT);
  label.textContent = rankText(rank);
  const sign = svg("svg", { viewBox: "0 0 40 40", width: size, height: size,
    class: `sign level-${event.level}` }, svg("path", { class: "outline", d: OUTLINES[event.level] }), label);
  if (event.verdict === "permit_violation") {
    const mark = svg("text", { ...TEXT, x: 32, y: 8.5, class: "flag-text" });
    mark.textContent = FLAG[LANG];
    sign.append(svg("circle", { cx: 32, cy: 8, r: 7.6, class: "flag", fill: FLAG_COLOUR }), mark);
  }
  if (event.provisional) sign.classList.add("provisional");
  if (event.growing) sign.append(svg("circle", { cx: 8, cy: 8, r: 7.6, class: "grow" }), svg("path", { d: GROW_ARROW, class: "grow-arrow" }));
  return sign;
}

function quietSign(kind, size) {
  const label = svg("text", TEXT);
  label.textContent = SIGN[kind][LANG === "zh" ? 0 : 1];
  return svg("svg", { viewBox: "0 0 40 40", width: size, height: size,
    class: `sign quiet ${kind}` }, svg("path", { class: "outline", d: QUIET_OUTLINES[kind] }), label);
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

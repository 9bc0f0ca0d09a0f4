// What a click tells. Built of elements, so that text from outside stays text.
function section(title, note, ...children) {
  return el("section", "", el("h3", "", title, note ? el("small", "", note) : null), ...children);
}

function facts(pairs) {
  const list = el("dl", "facts");
  for (const [name, value] of pairs) {
    if (value === null || value === undefined || value === "") continue;
    list.append(el("dt", "", name), el("dd", "", value));
  }
  return list;
}

function confidenceText(event) {
  const parts = ["high", "nominal", "low"]
    .filter((name) => event.confidence[name])
    .map((name) => `${W["conf_" + name]} ${event.confidence[name]}`);
  if (event.confidence.pct_max !== undefined) parts.push(`≤ ${event.confidence.pct_max}%`);
  return parts.length ? parts.join(" · ") : W.conf_none;
}

// A key carries its unit as a suffix; as board/wording.py writes it in the papers.
function measuredText([key, value]) {
  const { names, units } = T.measures, cut = key.lastIndexOf("_");
  const unit = key in names || cut < 1 ? "" : units[key.slice(cut + 1)] || "";
  const stem = unit ? key.slice(0, cut) : key;
  return `${names[stem] || stem.replaceAll("_", " ")} ${measuredValue(key, value, unit)}`;
}

function measuredValue(key, value, unit) {
  if (typeof value === "boolean") return value ? "✓" : "✗";
  if (typeof value === "number") {
    if (key.endsWith("share") && value >= 0 && value <= 1) return `${Math.round(100 * value)}%`;
    return `${Number(value.toFixed(Math.abs(value) < 10 ? 2 : 1))} ${unit}`.trim();
  }
  if (/_at$|^valid_(from|to)$/.test(key)) {
    const at = Date.parse(value);
    return Number.isNaN(at) ? value : beijingAt(at);
  }
  return value;
}

function measured(values) {
  return Object.entries(values).filter(([, value]) => value !== null).map(measuredText).join(", ");
}

function reasonText(reason) {
  return reason["text_" + LANG];
}

function reasonItem(reason) {
  const mark = { met: "✓", failed: "✗", unknown: "?" }[reason.outcome] || "·";
  const numbers = [["measured", measured(reason.measured)], ["threshold", measured(reason.threshold)]]
    .filter(([, text]) => text).map(([word, text]) => `${W[word]} ${text}`);
  const item = el("li", "reason " + reason.outcome,
    el("span", "outcome", mark),
    el("div", "", reasonText(reason), numbers.length ? el("small", "", numbers.join(" ｜ ")) : null));
  item.title = W[reason.outcome] || reason.outcome;
  return item;
}

function wind(degree) {
  return W.winds.split(",")[Math.round(degree / 45) % 8];
}

// Minutes with their range and parts by road and on foot; from a straight line they are a guess.
function reachText(team) {
  if (team.method === "straight_line") return fill("about_min", { n: team.min });
  return fill("by_road", { n: team.min, a: team.quick, b: team.late, out: team.out, drive: team.drive, walk: team.walk });
}

// When a team stands there if it is sent now; runs with the clock.
function arrivalText(team) {
  const node = el("span", "arrive", "");
  node.dataset.arrive = team.min;
  tickOne(node);
  return node;
}

function wayText(ways) {
  const road = ways.find((way) => way.part === "road"), foot = ways.find((way) => way.part === "foot");
  return [road ? fill("way_road", { n: (road.m / 1000).toFixed(1) }) : null,
    foot ? fill("way_foot", { n: foot.m, up: foot.climb, deg: foot.steep }) : null].filter(Boolean).join(" · ");
}

function waysButton() {
  return button("see-ways", W.see_ways, () => lookAtWays(board.areas._map), W.see_ways);
}

// How many go first, and what is near; the commander decides.
function sendText([count, ...reasons]) {
  const why = reasons.map((name) => W["send_" + name]).join(LANG === "zh" ? "、" : ", ");
  return fill("send_first", { n: count }) + (why ? ` (${why})` : "");
}

// What a simple model foresees; an outlook, no order.
function outlookBox(event) {
  const rows = event.outlooks.map((one) => el("li", "", el("span", "", fill("outlook_at", { n: one.later })),
    el("b", "", fill("outlook_ha", { n: one.ha, a: one.low, b: one.high }))));
  const note = event.outlooks[0].wind ? W.outlook_note : `${W.outlook_note} ${W.outlook_no_wind}`;
  return section(W.outlook, null, el("ul", "teams", rows), el("small", "", note));
}

function nearbyRow(one) {
  return el("li", "", el("span", "", W["near_" + one.kind]), el("b", "", one.name),
    el("span", "", `${wind(one.deg)} ${fill("km", { n: one.km })}`), one.phone ? phoneLink(one.phone) : null);
}

function teamRow(team, event) {
  const ways = event.routes.filter((way) => way.team === team.team);
  return el("li", "",
    el("b", "", team.name), team.busy ? chip(team.busy === "off_duty" ? W.off_duty : fill("busy_with", { n: team.busy }), "bad") : null,
    el("span", "", `${wind(team.deg)} ${fill("km", { n: team.km })}`),
    el("span", "", reachText(team)), arrivalText(team),
    ways.length ? el("span", "", wayText(ways)) : null,
    team.leave ? el("span", "", W.leave_point, " ", ...wayLinks(team.leave, `${placeName(event)} ${W.leave_point}`)) : null,
    team.people === null || team.people === undefined ? null : el("span", "", fill("people", { n: team.people })),
    team.equipment ? el("span", "", team.equipment) : null,
    team.leader ? el("span", "", team.leader) : null,
    team.phone ? phoneLink(team.phone) : null);
}

function caseText(event) {
  const found = event.case;
  if (!found) return W.case_none;
  const box = el("span", "", chip(found.label, "plain"), dueText(event));
  if (found.category) box.append(" ", found.category);
  if (found.team) box.append(` ${W.case_team} ${found.team}`);
  const due = nextDue(event);
  if (due) box.append(el("small", "", ` ${W["due_" + due[0]]} ${beijing(-due[1])}`));
  return box;
}

function satelliteName(place) {
  const name = data.hotspots.satellites[place] || "–";
  return C.satellite[name] || name;
}

function passTable(event) {
  const head = ["pass_time", "pass_satellite", "pass_pixels", "pass_frp", "pass_area", "pass_new"].map((word) => el("th", "", W[word]));
  const number = (value) => el("td", "n", value === null ? "–" : String(value));
  const line = ({ t, s, count, frp, area, fresh }, i) => el("tr", "",
    el("td", "", beijing(t)), el("td", "", satelliteName(s)),
    number(count), number(frp), number(area),
    el("td", "n" + (i && fresh > 0 ? " fresh" : ""), i && fresh > 0 ? `+${fresh}` : i ? "0" : "–"));
  return el("table", "passes", el("thead", "", el("tr", "", head)), el("tbody", "", event.passes.map(line)));
}

function seenBy(event) {
  return `${event.seenBy.join(LANG === "zh" ? "、" : ", ")} · ${fill(event.unit, { n: event.count })}`;
}

function badges(event) {
  return [event.isNew ? chip(W.fresh, "fresh") : null, event.growing ? chip(W.growing, "growing") : null,
    event.provisional ? chip(W.provisional, "provisional") : null];
}

function dangerText() {
  const d = data.danger;
  if (!d || d.danger_grade === null) return null;
  return [fill("grade", { n: Math.round(d.danger_grade) }), d.wind_force === null ? null : fill("wind_force", { n: d.wind_force }),
    d.rh_pct === null ? null : fill("humidity", { n: d.rh_pct })].filter(Boolean).join(" · ");
}

function chip(text, tone) {
  return el("span", "chip " + (tone || ""), text);
}

function eventPopup(event) {
  const open = event.group === "open";
  const head = el("header", "",
    signOf(event, 34),
    el("div", "", el("h2", "", placeName(event)),
      el("p", "", chip(event.verdictName, open ? "level-" + event.level : event.verdict), badges(event),
        event.explained_by ? `${event.explained_by} ` : "", el("code", "", event.id))));
  const body = el("div", "event-popup", head);
  if (open) {
    const meter = el("i", "level-" + event.level), parts = el("div", "parts");
    meter.style.width = event.priority + "%";
    for (const [name, points] of event.parts) parts.append(el("span", "", name, el("b", "", String(points))));
    body.append(el("div", "meter", el("span", "", W.priority), el("div", "track", meter), el("b", "", String(event.priority))), parts);
  }
  if (event.causes.length) {
    body.append(el("p", "causes", el("b", "", W.report_now), event.causes.map((name) => chip(W["cause_" + name] || name, "bad"))));
  }
  const heat = event.frp === null ? null : `${W.frp_max} ${event.frp} MW`;
  const seen = el("span", "", `${beijing(event.last, true)} · `, ageText(event.last));
  body.append(
    section(W.how_sure, W.beijing, facts([
      [W.first_seen, beijing(event.first, true)], [W.last_seen, seen],
      [event.unit === "reports" ? W.reported_by : W.satellites, seenBy(event)],
      [W.confidence, event.unit === "reports" ? null : [confidenceText(event), heat].filter(Boolean).join(" ｜ ")]]),
    event.passes.length ? passTable(event) : null),
    section(W.why, null, event.reasons.length
      ? el("ol", "reasons", event.reasons.map(reasonItem)) : el("p", "muted", W.why_none)),
    section(W.teams, event.nearest.some((t) => t.method === "straight_line") ? W.straight_estimate : null, event.nearest.length
      ? el("ul", "teams", event.nearest.map((team) => teamRow(team, event))) : el("p", "muted", W.teams_none),
    event.routes.length ? waysButton() : null,
    open ? el("p", "", sendText(event.send)) : null,
    event.nearby.length ? el("ul", "teams", event.nearby.map(nearbyRow)) : null),
    event.outlooks.length ? outlookBox(event) : null,
    section(W.case, null, el("p", "", caseText(event))),
    section(W.where, null, facts([
      [W.township, [event.county, event.township].filter(Boolean).join(" ")],
      [W.zone, event.zone.length ? event.zone.join(" · ") : W.zone_none],
      [W.danger, event.grade === null ? dangerText() : fill("grade_there", { n: event.grade })],
      ["", event.forest_pct === null ? null : fill("forest_share", { n: event.forest_pct })],
      ["", fill("footprint", { ha: event.ha, mu: Math.round(event.ha * 15) })],
      [W.looked, event.looked ? event.looked.join(" · ") : null]]),
    navigationLinks(event), copyRows(event)));
  return body;
}

function smallPopup(title, tag, pairs) {
  return el("div", "small-popup", el("h2", "", title, tag ? chip(tag, "plain") : null), facts(pairs));
}

function areaText(ha, mu) {
  return ha === null ? null : fill("area_value", { ha, mu });
}

function permitPopup(permit) {
  return smallPopup(`${W.permit} ${permit.id}`, W["permit_" + permit.phase], [
    [W.purpose, permit.purpose], [W.place, permit.place],
    [W.township, [permit.county, permit.township].filter(Boolean).join(" ")],
    [W.area, areaText(permit.ha, permit.mu)], [W.valid, `${permit.from} – ${permit.to}`],
    [W.status, permit.status], [W.applicant, permit.applicant], [W.contact, permit.contact],
    [W.phone, permit.phone ? phoneLink(permit.phone) : null]]);
}

function sourcePopup(source) {
  return smallPopup(source.name || source.id, W.source, [
    [W.kind, source.kind], [W.radius, fill("m", { n: source.radius_m })],
    [W.evidence, source.evidence], [W.status, W[source.valid ? "permit_now" : "permit_past"]],
    ["", source.id]]);
}

function teamPopup(team) {
  return smallPopup(team.name, W[team.available ? "available" : "unavailable"], [
    [W.kind, team.kind], [W.township, [team.county, team.township].filter(Boolean).join(" ")],
    ["", [team.people === null ? null : fill("people", { n: team.people }),
      team.vehicles === null ? null : fill("vehicles", { n: team.vehicles })].filter(Boolean).join(" · ")],
    [W.duty_hours, team.duty_hours], [W.equipment, team.equipment],
    [W.leader, team.leader], [W.phone, team.phone ? phoneLink(team.phone) : null]]);
}

function hotspotPopup(i) {
  const h = data.hotspots;
  const level = h.c[i] < 0 ? null : W["conf_" + h.confidences[h.c[i]]];
  return smallPopup(satelliteName(h.s[i]), W.hotspot, [
    [W.when, el("span", "", `${beijing(h.t[i])} · `, ageText(h.t[i]))], [W.frp, h.frp[i] === null ? null : `${h.frp[i]} MW`],
    [W.confidence, [level, h.pct[i] === null ? null : h.pct[i] + "%"].filter(Boolean).join(" ")],
    ["", h.scan[i] === null ? null : fill("pixel", { scan: h.scan[i], track: h.track[i] })],
    ["", h.k[i] === null ? null : fill("brightness", { n: h.k[i] })],
    [W.remark, h.note[i] || null], [W.wgs84, `${(h.x[i] / 1e5).toFixed(5)}, ${(h.y[i] / 1e5).toFixed(5)}`],
    [W.kind_event, h.e[i] < 0 ? null : data.events[h.e[i]].id]]);
}

function popupOptions(map) {
  const size = map.getSize();
  return { maxWidth: Math.min(430, size.x - 36), minWidth: Math.min(340, size.x - 40),
    maxHeight: Math.max(230, Math.min(620, size.y * 0.64)), autoPanPaddingTopLeft: [12, 12],
    autoPanPaddingBottomRight: [isPhone() ? 12 : 70, 24], className: "board-popup" };
}

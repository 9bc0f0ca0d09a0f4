// The ground: zones, borders, roads, names, registers. Nothing here is asked of any server.
const LOOK_STEPS = [[6 * 60, "--look-1"], [12 * 60, "--look-2"], [24 * 60, "--look-3"], [Infinity, "--look-4"]];
const ROAD = { motorway: [3, "--road-1", 0], trunk: [2.4, "--road-1", 0], primary: [2, "--road-2", 0],
  secondary: [1.5, "--road-2", 0], tertiary: [1, "--road-3", 10.5],
  unclassified: [0.9, "--road-3", 11.5], residential: [0.8, "--road-3", 12.5], service: [0.6, "--road-3", 13], track: [0.7, "--road-3", 12.5] };

function drawGround(map, layers) {
  const ground = { pane: "ground", interactive: false, renderer: L.canvas({ pane: "ground" }) };
  drawLand(layers.borders, ground);
  drawZones(layers.zones, ground);
  drawLooks(layers.looks, ground);
  drawRoads(map, layers.roads, ground);
  drawBorders(layers.borders, ground);
  drawRegisters(layers);
  addNames(layers.places, nameList());
  if (!data.relief && !data.tiles && !data.admin.length) drawGrid(layers.borders, ground);
}

function addNames(group, wanted) {
  const names = new Names(wanted);
  group.addLayer(names);
  repainters.push(() => names.redraw());
}

// With nothing known of the land, half degrees at least tell where one is.
function drawGrid(group, ground) {
  const [west, south, east, north] = data.bounds;
  const middle = [Math.round(south + north) / 2, Math.round(west + east) / 2];
  const faint = () => ({ weight: 1, color: css("--border"), opacity: 0.25 });
  const found = [];
  const label = (at, text) => found.push({ at, text, kind: "grid", from: 0, to: 19, px: 11 });
  for (let step = -8; step <= 8; step += 1) {
    const lat = middle[0] + step / 2, lon = middle[1] + step / 2;
    paint(L.polyline([[lat, middle[1] - 4], [lat, middle[1] + 4]], { ...ground }), faint).addTo(group);
    paint(L.polyline([[middle[0] - 4, lon], [middle[0] + 4, lon]], { ...ground }), faint).addTo(group);
    label([lat, middle[1] + 0.25], `${lat}°N`);
    label([middle[0] + 0.25, lon], `${lon}°E`);
  }
  addNames(group, found);
}

function drawZones(group, ground) {
  for (const zone of data.zones) {
    paint(L.polygon(rings(zone.shape), { ...ground }), () => ({
      weight: 1, color: css("--zone-line"), fillColor: css("--zone"), fillOpacity: 0.28, opacity: 0.55 }))
      .addTo(group);
  }
}

// The watched land is clear, the rest is dimmed; without relief the land has a colour of its own.
function drawLand(group, ground) {
  const inside = data.admin.filter((a) => a.level === "city");
  const areas = inside.length ? inside : data.admin.filter((a) => a.level === "county");
  const holes = areas.flatMap((a) => a.shape.map((polygon) => corners(polygon[0])));
  if (!holes.length) return;
  if (!data.relief && !data.tiles) {
    for (const hole of holes) {
      paint(L.polygon(hole, { ...ground, stroke: false }), () => ({ fillColor: css("--land"), fillOpacity: 1 })).addTo(group);
    }
  }
  const world = [[-89, -179], [-89, 179], [89, 179], [89, -179]];
  paint(L.polygon([world, ...holes], { ...ground, fillRule: "evenodd", stroke: false }),
    () => ({ fillColor: css("--ground"), fillOpacity: 0.62 })).addTo(group);
}

function drawBorders(group, ground) {
  const look = { province: [2.5, null], city: [2.4, null], county: [1.5, null], township: [0.7, "3 4"] };
  for (const area of data.admin) {
    const [weight, dashArray] = look[area.level];
    paint(L.polygon(rings(area.shape), { ...ground, fill: false }), () => ({
      weight, dashArray, color: css("--border"), opacity: area.level === "township" ? 0.5 : 0.9 }))
      .addTo(group);
  }
}

function drawLooks(group, ground) {
  const ages = new Map(data.looks.map((look) => [look.id, look.age_min]));
  for (const area of data.admin) {
    if (!ages.has(area.id)) continue;
    const age = ages.get(area.id) === null ? Infinity : ages.get(area.id);
    const colour = LOOK_STEPS.find(([most]) => age <= most)[1];
    paint(L.polygon(rings(area.shape), { ...ground }), () => ({
      weight: 1, color: css("--ground"), fillColor: css(colour), fillOpacity: 0.5 })).addTo(group);
  }
}

function drawRoads(map, group, ground) {
  const late = [];
  for (const [kind, lines] of Object.entries(data.roads)) {
    const [weight, colour, zoom] = ROAD[kind] || ROAD.tertiary;
    const layer = paint(L.polyline(lines.map(corners), { ...ground }),
      () => ({ weight, color: css(colour), opacity: 0.85 }));
    if (zoom) late.push([layer, zoom]); else group.addLayer(layer);
  }
  const sift = () => {
    for (const [layer, zoom] of late) {
      if (map.getZoom() >= zoom) group.addLayer(layer); else group.removeLayer(layer);
    }
  };
  map.on("zoomend", sift);
  sift();
}

function drawRegisters(layers) {
  for (const permit of data.permits) {
    const dash = permit.phase === "now" ? null : "4 4";
    const faint = permit.phase === "now" ? 1 : 0.45;
    const shape = permit.shape.length ? L.polygon(rings(permit.shape))
      : permit.at && L.circle(latLng(permit.at), { radius: permit.radius_m });
    if (!shape) continue;
    paint(shape, () => ({ weight: 1.6, color: css("--permit"), dashArray: dash, opacity: faint,
      fillColor: css("--permit"), fillOpacity: 0.16 * faint }));
    shape.addTo(layers.permits);
    tell(shape, () => permitPopup(permit));
    permit.layer = shape;
  }
  for (const source of data.sources) {
    if (!source.at) continue;
    const shape = source.shape.length ? L.polygon(rings(source.shape))
      : L.circle(latLng(source.at), { radius: Math.max(source.radius_m, 60) });
    paint(shape, () => ({ weight: 1.4, color: css("--heat"), dashArray: source.valid ? null : "3 4",
      fillColor: css("--heat"), fillOpacity: 0.14 }));
    tell(shape.addTo(layers.sources), () => sourcePopup(source));
  }
  for (const team of data.teams) {
    team.layer = divMarker(latLng(team.at), teamSign(team), 16, { zIndexOffset: -500 });
    tell(team.layer.addTo(layers.teams), () => teamPopup(team));
  }
}

function nameList() {
  const towns = data.places.filter((p) => p[1] !== "village");
  const known = new Set(towns.map((p) => p[0]));
  const areas = (level) => data.admin.filter((a) => a.level === level && a.at);
  return [
    ...areas("county").map((a) => ({ text: a.name, kind: "county", at: latLng(a.at), from: 7, to: 11.9, px: 17 })),
    ...towns.map((p) => ({ text: p[0], kind: p[1], at: [p[3], p[2]], from: p[1] === "city" ? 8 : 9.5, to: 19, px: 12 })),
    ...areas("township").filter((a) => !known.has(a.name))
      .map((a) => ({ text: a.name, kind: "township", at: latLng(a.at), from: 10, to: 14, px: 12 })),
    ...data.places.filter((p) => p[1] === "village")
      .map((p) => ({ text: p[0], kind: "village", at: [p[3], p[2]], from: 11.75, to: 19, px: 11 })),
    ...data.zones.filter((z) => z.name && z.at)
      .map((z) => ({ text: z.name, kind: "zone", at: latLng(z.at), from: 12, to: 19, px: 11 })),
  ];
}

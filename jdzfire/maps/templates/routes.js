// The ways of the first teams to the event whose card is open: by road a line, on foot dots.
let ways = null, waysStay = false;

function showWays(map, event) {
  removeWays();
  waysStay = false;
  ways = drawWays(event).addTo(map);
  if (event.routes.length) map.getContainer().dataset.ways = event.id;
}

function removeWays() {
  if (!ways) return;
  delete ways._map.getContainer().dataset.ways;
  ways.remove();
  ways = null;
}

function hideWays() {
  if (!waysStay) removeWays();
}

// The card makes room for the way; it stays until another card opens.
function lookAtWays(map) {
  waysStay = true;
  map.closePopup();
  map.fitBounds(ways.getBounds().pad(0.15), { maxZoom: 14 });
}

function drawWays(event) {
  const group = L.featureGroup(), order = event.nearest.map((team) => team.team);
  // the first team last, on top of the second
  for (const way of [...event.routes].sort((a, b) => order.indexOf(b.team) - order.indexOf(a.team))) {
    const isFirst = way.team === order[0], weight = isFirst ? 5 : 3.5;
    const look = { interactive: false, dashArray: way.part === "foot" ? "1 9" : null, lineCap: "round", opacity: 0.95 };
    for (const steps of way.lines) {
      const line = corners(steps);
      group.addLayer(L.polyline(line, { ...look, weight: weight + 4, color: css("--way-edge") }));
      group.addLayer(L.polyline(line, { ...look, weight, color: css(isFirst ? "--way" : "--way-2") }));
    }
  }
  for (const one of [...event.outlooks].reverse()) {
    group.addLayer(L.polygon(rings(one.shapes), { interactive: false, color: css("--bad"), weight: 1.5, dashArray: "2 5",
      fillColor: css("--bad"), fillOpacity: 0.07 }));
  }
  const first = event.nearest[0];
  if (first && first.leave) {
    group.addLayer(L.circleMarker([first.leave[1], first.leave[0]],
      { radius: 6, weight: 3, color: css("--way"), fillColor: css("--way-edge"), fillOpacity: 1 }).bindTooltip(W.leave_point));
  }
  return group;
}

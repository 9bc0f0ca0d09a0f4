// Length and area on the sphere Leaflet measures with.
const EARTH_M = 6371008.8;

function sphereArea(points) {
  const rad = Math.PI / 180;
  let sum = 0;
  points.forEach((p, i) => {
    const q = points[(i + 1) % points.length];
    sum += (q.lng - p.lng) * rad * (2 + Math.sin(p.lat * rad) + Math.sin(q.lat * rad));
  });
  return Math.abs(sum) * EARTH_M * EARTH_M / 2;
}

function measureTool(map) {
  const group = L.layerGroup();
  const box = el("div", "measure-box");
  box.hidden = true;
  let points = [], line = null, area = null;

  const tellResult = () => {
    let length = 0;
    for (let i = 1; i < points.length; i += 1) length += map.distance(points[i - 1], points[i]);
    const parts = [el("span", "", W.measure_length, el("b", "", length < 1000
      ? fill("m", { n: Math.round(length) }) : fill("km", { n: (length / 1000).toFixed(2) })))];
    if (points.length > 2) {
      const ha = sphereArea(points) / 1e4;
      parts.push(el("span", "", W.measure_area, el("b", "", fill("area_value", {
        ha: ha.toFixed(ha < 10 ? 2 : 1), mu: Math.round(ha * 15) }))));
    }
    box.replaceChildren(...(points.length > 1 ? parts : [el("span", "", W.measure_hint)]),
      button("close", W.close, stop, "×"));
  };
  const add = (event) => {
    points.push(event.latlng);
    line.setLatLngs(points);
    area.setLatLngs(points.length > 2 ? points : []);
    L.circleMarker(event.latlng, { radius: 4, color: "#fff", weight: 2, fillColor: css("--accent"), fillOpacity: 1, interactive: false }).addTo(group);
    tellResult();
  };
  const pause = () => { map.off("click", add); measuring = false; document.body.classList.remove("is-measuring"); map.doubleClickZoom.enable(); knob.classList.remove("on"); };
  const stop = () => { pause(); group.remove(); box.hidden = true; };
  const start = () => {
    group.clearLayers();
    points = [];
    area = L.polygon([], { color: css("--accent"), weight: 0, fillOpacity: 0.18, interactive: false }).addTo(group);
    line = L.polyline([], { color: css("--accent"), weight: 3, dashArray: "6 5", interactive: false }).addTo(group);
    group.addTo(map);
    map.closePopup();
    measuring = true;
    document.body.classList.add("is-measuring");
    map.doubleClickZoom.disable();
    map.on("click", add);
    map.once("dblclick", pause);
    box.hidden = false;
    knob.classList.add("on");
    tellResult();
  };
  const knob = button("tool", W.measure, () => (measuring ? pause() : start()),
    icon("M3 16 16 3l5 5L8 21ZM7 12l2 2M10 9l2 2M13 6l2 2"));
  L.DomEvent.disableClickPropagation(box);
  map.getContainer().append(box);
  return knob;
}

// The way there: the same place in the datum each map speaks, and as text to copy.
function navigationLinks(event) {
  const name = encodeURIComponent(placeName(event));
  const [gx, gy] = event.gcj, [bx, by] = event.bd;
  const f = (degree) => degree.toFixed(5);
  return el("div", "go",
    goLink(W.nav_amap, `https://uri.amap.com/marker?position=${f(gx)},${f(gy)}&name=${name}&coordinate=gaode&src=jdzfire`),
    goLink(W.nav_tencent, `https://apis.map.qq.com/uri/v1/marker?marker=coord:${f(gy)},${f(gx)};title:${name};addr:${encodeURIComponent(event.id)}&referer=jdzfire`),
    goLink(W.nav_baidu, `https://api.map.baidu.com/marker?location=${f(by)},${f(bx)}&title=${name}&content=${encodeURIComponent(event.id)}&output=html&coord_type=bd09ll&src=jdzfire`),
    goLink(W.nav_geo, `geo:${f(event.lat)},${f(event.lon)}?q=${f(event.lat)},${f(event.lon)}(${name})`));
}

// To drive to where a crew leaves the vehicle, from where the telephone is.
function wayLinks([lon, lat, gx, gy, bx, by], title) {
  const name = encodeURIComponent(title), f = (degree) => degree.toFixed(5);
  return [
    goLink(W.nav_amap, `https://uri.amap.com/navigation?to=${f(gx)},${f(gy)},${name}&mode=car&coordinate=gaode&src=jdzfire`),
    goLink(W.nav_baidu, `https://api.map.baidu.com/direction?destination=latlng:${f(by)},${f(bx)}|name:${name}&mode=driving&coord_type=bd09ll&output=html&src=jdzfire`),
    goLink(W.nav_geo, `geo:${f(lat)},${f(lon)}?q=${f(lat)},${f(lon)}(${name})`)];
}

function goLink(text, address) {
  const link = el("a", "go-link", text);
  link.href = address;
  if (address.startsWith("https:")) link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

// Degrees, minutes and seconds, to a tenth of a second (3 m).
function dms(degree, letters) {
  const tenths = Math.round(Math.abs(degree) * 36000);
  const s = (tenths % 600) / 10, m = Math.floor(tenths / 600) % 60, d = Math.floor(tenths / 36000);
  return `${d}°${String(m).padStart(2, "0")}′${s.toFixed(1).padStart(4, "0")}″${letters[degree < 0 ? 1 : 0]}`;
}

function copyRow(name, text) {
  const knob = button("copy", `${W.copy} ${name}`, () => copyText(text, (ok) => {
    knob.textContent = ok ? W.copied : W.copy_failed;
    setTimeout(() => { knob.textContent = W.copy; }, 1800);
  }), W.copy);
  return el("div", "coords", el("span", "datum", name), el("code", "", text), knob);
}

function copyRows(event) {
  const pair = ([lon, lat]) => `${lon.toFixed(5)},${lat.toFixed(5)}`;
  return [copyRow(W.wgs84, pair([event.lon, event.lat])),
    copyRow(W.dms, `${dms(event.lat, "NS")} ${dms(event.lon, "EW")}`),
    copyRow(W.gcj02, pair(event.gcj)), copyRow(W.bd09, pair(event.bd))];
}

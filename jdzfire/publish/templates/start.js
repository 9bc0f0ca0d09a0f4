// The data come compressed: only when they are read does the rest of the page begin.
window.START = async function (map, layers) {
"use strict";

async function readPacked(name) {
  const packed = atob(document.getElementById(name).textContent);
  const bytes = Uint8Array.from(packed, (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const whole = await new Response(stream).arrayBuffer();
  const end = 4 + new Int32Array(whole, 0, 1)[0];
  return withColumns(JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, end - 4))), new Int32Array(whole, end));
}

// Columns of whole numbers stand behind the text; see publish/packed.py.
function withColumns(value, numbers) {
  if (!value || typeof value !== "object" || Array.isArray(value)) return value;
  const place = value["#ints"];
  if (Array.isArray(place)) {
    const found = numbers.subarray(place[0], place[0] + place[1]), scale = 10 ** place[2];
    return place.length < 3 ? found : Array.from(found, (n) => (n === -2147483648 ? null : n / scale));
  }
  for (const key of Object.keys(value)) value[key] = withColumns(value[key], numbers);
  return value;
}

if (typeof DecompressionStream === "undefined") {
  document.body.textContent = "浏览器版本过旧，无法显示：请改用 2023 年以后的 Chrome、Edge、Firefox 或 Safari。This browser is too old for the map: use one of 2023 or later.";
  return;
}
const data = await readPacked("DATA");
/* all other files */
start(map, layers);
};

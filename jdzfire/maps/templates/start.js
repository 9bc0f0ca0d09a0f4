// The data come compressed: only when they are read does the rest of the page begin.
window.START = async function (map, layers) {
"use strict";

async function readPacked(name) {
  const packed = atob(document.getElementById(name).textContent);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i += 1) bytes[i] = packed.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const whole = await new Response(stream).arrayBuffer();
  const [length, count] = new Int32Array(whole, 0, 2), end = 8 + length;
  const utf8 = new TextDecoder(), read = (from, to) => JSON.parse(utf8.decode(new Uint8Array(whole, from, to - from)));
  const numbers = new Int32Array(whole.slice(end, end + 4 * count));
  return withColumns(read(8, end), numbers, (from, to) => read(end + 4 * count + from, end + 4 * count + to));
}

// Columns stand behind the text; see maps/packed.py. A long text is read when it is asked for.
function withColumns(value, numbers, read) {
  if (!value || typeof value !== "object" || Array.isArray(value)) return value;
  const { "#ints": ints, "#texts": texts } = value;
  if (Array.isArray(ints)) {
    const found = numbers.subarray(ints[0], ints[0] + ints[1]), scale = 10 ** ints[2];
    return ints.length < 3 ? found : Array.from(found, (n) => (n === -2147483648 ? null : n / scale));
  }
  if (Array.isArray(texts)) return (i) => read(numbers[texts[0] + i], numbers[texts[0] + i + 1]);
  for (const key of Object.keys(value)) value[key] = withColumns(value[key], numbers, read);
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

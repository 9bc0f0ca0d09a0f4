// The data come compressed: only when they are read does the rest of the page begin.
window.START = async function (map, layers) {
"use strict";

async function readPacked(name) {
  const packed = atob(document.getElementById(name).textContent);
  const bytes = Uint8Array.from(packed, (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

if (typeof DecompressionStream === "undefined") {
  document.body.textContent = "浏览器版本过旧，无法显示：请改用 2023 年以后的 Chrome、Edge、Firefox 或 Safari。This browser is too old for the map: use one of 2023 or later.";
  return;
}
const data = await readPacked("DATA");
/* all other files */
start(map, layers);
};

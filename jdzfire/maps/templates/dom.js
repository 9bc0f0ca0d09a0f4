// Words, elements and small formats. Outside text only ever becomes a text node.
const isPhone = () => window.matchMedia("(max-width: 820px)").matches;

function el(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}

function button(className, title, onClick, ...children) {
  const node = el("button", className, ...children);
  node.type = "button";
  node.title = title;
  node.setAttribute("aria-label", title);
  node.addEventListener("click", onClick);
  return node;
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function icon(path, size = 20) {
  return svg("svg", { viewBox: "0 0 24 24", width: size, height: size, class: "icon" },
    svg("path", { d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.8,
      "stroke-linecap": "round", "stroke-linejoin": "round" }));
}

function fill(word, values) {
  return W[word].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

function ago(minutes) {
  if (minutes === null) return W.no_data;
  if (minutes < 60) return fill("ago_min", { n: Math.round(minutes) });
  if (minutes < 48 * 60) {
    const hours = minutes / 60;
    return fill("ago_h", { n: hours < 10 ? String(Math.round(hours * 10) / 10) : Math.round(hours) });
  }
  return fill("ago_d", { n: Math.round(minutes / 1440) });
}

function phoneLink(text) {
  const digits = text.replace(/[^0-9+]/g, "");
  if (digits.length < 5) return el("span", "phone", text);
  const link = el("a", "phone", text);
  link.href = "tel:" + digits;
  return link;
}

// Once the browser has drawn, and only the last of several.
let waiting = 0;
function soon(act) {
  clearTimeout(waiting);
  waiting = setTimeout(act, 120);
}

function placeName(event) {
  return event.place || [event.county, event.township].filter(Boolean).join(" ") ||
    `${event.lon.toFixed(4)}, ${event.lat.toFixed(4)}`;
}

async function copyText(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    done(true);
  } catch (refused) {
    const area = el("textarea", "offscreen");
    area.value = text;
    document.body.append(area);
    area.select();
    let copied = false;
    try { copied = document.execCommand("copy"); } catch (unsupported) { copied = false; }
    area.remove();
    done(copied);
  }
}

const colours = new Map();

function css(name) {
  if (!colours.has(name)) colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  return colours.get(name);
}

// Footprints of events on one canvas; at close zoom only.
const SHAPE_ZOOM = 10.75;

const Areas = Sheet.extend({
  initialize() {
    Sheet.prototype.initialize.call(this, "areas");
    this.events = [];
    this.near = [];
  },
  show(events) {
    this.events = events;
    this.redraw();
  },
  draw(pen, toX, toY, size) {
    this.near = [];
    if (this._map.getZoom() < SHAPE_ZOOM) return;
    const paths = new Map();
    for (const event of this.events) {
      const { rings, west, north, east, south } = event.ground || (event.ground = worldShape(event.shape));
      if (toX(east) < 0 || toY(south) < 0 || toX(west) > size.x || toY(north) > size.y) continue;
      this.near.push(event);
      const look = event.group === "open" ? `${event.level}${event.verdict === "permit_violation" ? "!" : ""}` : event.key;
      if (!paths.has(look)) paths.set(look, { path: new Path2D(), event });
      const { path } = paths.get(look);
      for (const ring of rings) {
        path.moveTo(toX(ring[0]), toY(ring[1]));
        for (let i = 2; i < ring.length; i += 2) path.lineTo(toX(ring[i]), toY(ring[i + 1]));
        path.lineTo(toX(ring[0]), toY(ring[1]));
      }
    }
    // The most urgent last, on top of the others.
    for (const { path, event } of [...paths.values()].reverse()) {
      const open = event.group === "open";
      pen.fillStyle = pen.strokeStyle = css(open ? "--level-" + event.level : "--" + event.key.replace("_", "-"));
      pen.lineWidth = open ? 2 : 1;
      pen.setLineDash(event.verdict === "permit_violation" ? [6, 4] : []);
      pen.globalAlpha = open ? 0.16 : 0.08;
      pen.fill(path);
      pen.globalAlpha = open ? 0.95 : 0.5;
      pen.stroke(path);
    }
    pen.globalAlpha = 1;
    pen.setLineDash([]);
  },
  // The most urgent event whose footprint holds a place.
  find({ lng, lat }) {
    const x = worldX(lng * 1e5), y = worldY(lat * 1e5);
    return this.near.find(({ ground: { rings, west, north, east, south } }) =>
      x >= west && x <= east && y >= north && y <= south && isInside(rings, x, y)) || null;
  },
});

// Rings as parts of the world, x and y in turn, outer ones one way round and holes the other, so
// that grounds which overlap are filled once; and the box around them.
function worldShape(polygons) {
  const found = { rings: [], west: Infinity, north: Infinity, east: -Infinity, south: -Infinity };
  for (const [k, steps] of polygons.flatMap((polygon) => [...polygon.entries()])) {
    const ring = new Float64Array(steps.length);
    let x = 0, y = 0, twice = 0;
    for (let i = 0; i < steps.length; i += 2) {
      ring[i] = worldX(x += steps[i]);
      ring[i + 1] = worldY(y += steps[i + 1]);
      found.west = Math.min(found.west, ring[i]);
      found.east = Math.max(found.east, ring[i]);
      found.north = Math.min(found.north, ring[i + 1]);
      found.south = Math.max(found.south, ring[i + 1]);
    }
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      twice += (ring[j] - ring[0]) * (ring[i + 1] - ring[1]) - (ring[i] - ring[0]) * (ring[j + 1] - ring[1]);
    }
    found.rings.push((twice > 0) === (k === 0) ? ring : turned(ring));
  }
  return found;
}

function turned(ring) {
  const found = new Float64Array(ring.length);
  for (let i = 0; i < ring.length; i += 2) found.set(ring.subarray(i, i + 2), ring.length - 2 - i);
  return found;
}

// Whether a ray from the point crosses the rings an odd number of times.
function isInside(rings, x, y) {
  let odd = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const above = ring[i + 1] > y;
      if (above !== (ring[j + 1] > y) && x < ring[i] + ((y - ring[i + 1]) / (ring[j + 1] - ring[i + 1])) * (ring[j] - ring[i])) odd = !odd;
    }
  }
  return odd;
}

// Footprints of events on one canvas; at close zoom only.
const SHAPE_ZOOM = 10.75;

const Areas = Sheet.extend({
  initialize() {
    Sheet.prototype.initialize.call(this, "areas");
    this.events = [];
  },
  show(events) {
    this.events = events;
    this.redraw();
  },
  draw(pen, toX, toY, size) {
    this.drawn = [];
    if (this._map.getZoom() < SHAPE_ZOOM) return;
    for (const event of this.events) {
      if (!event.world) event.world = event.shape.map((polygon) => polygon.map(worldRing));
      const path = new Path2D();
      let west = Infinity, east = -Infinity, north = Infinity, south = -Infinity;
      for (const ring of event.world.flat()) {
        ring.forEach(([wx, wy], i) => {
          const x = toX(wx), y = toY(wy);
          west = Math.min(west, x); east = Math.max(east, x); north = Math.min(north, y); south = Math.max(south, y);
          if (i) path.lineTo(x, y); else path.moveTo(x, y);
        });
        path.closePath();
      }
      if (east < 0 || south < 0 || west > size.x || north > size.y) continue;
      const open = event.group === "open", colour = css(open ? "--level-" + event.level : "--" + event.key.replace("_", "-"));
      pen.fillStyle = pen.strokeStyle = colour;
      pen.lineWidth = open ? 2 : 1;
      pen.setLineDash(event.verdict === "permit_violation" ? [6, 4] : []);
      pen.globalAlpha = open ? 0.16 : 0.08;
      pen.fill(path, "evenodd");
      pen.globalAlpha = open ? 0.95 : 0.5;
      pen.stroke(path);
      this.drawn.push([path, event]);
    }
    pen.globalAlpha = 1;
    pen.setLineDash([]);
  },
  // The most urgent event whose footprint holds a point of the map.
  find(point) {
    const pen = this.canvas.getContext("2d"), ratio = window.devicePixelRatio || 1;
    const hit = (this.drawn || []).find(([path]) => pen.isPointInPath(path, point.x * ratio, point.y * ratio, "evenodd"));
    return hit ? hit[1] : null;
  },
});

function worldRing(steps) {
  const found = [];
  let x = 0, y = 0;
  for (let i = 0; i < steps.length; i += 2) {
    x += steps[i];
    y += steps[i + 1];
    found.push([worldX(x), worldY(y)]);
  }
  return found;
}

// Hotspots as dots on one canvas: tens of thousands are drawn in one go, and found by a click.
const FRESH = [[360, "--spot-1"], [1440, "--spot-2"], [4320, "--spot-3"], [Infinity, "--spot-4"]];
const REACH_PX = 8;
const MANY = 4000;

const Dots = Sheet.extend({
  initialize(columns, isVisible, colourNames = () => FRESH.map(([, name]) => name), colourOf = null) {
    Sheet.prototype.initialize.call(this, "dots", "dots");
    this.h = columns;
    this.isVisible = isVisible;
    this.colourNames = colourNames;
    this.colourOf = colourOf || ((i, back) => FRESH.findIndex(([most]) => columns.t[i] - back <= most));
    this.x = Float64Array.from(columns.x, worldX);
    this.y = Float64Array.from(columns.y, worldY);
  },
  draw(pen, toX, toY, size) {
    const h = this.h, zoom = this._map.getZoom(), back = shownBack(), near = [];
    for (let i = 0; i < h.x.length; i += 1) {
      if (h.t[i] < back || !this.isVisible(i, back)) continue;
      const x = toX(this.x[i]), y = toY(this.y[i]);
      if (x > -9 && y > -9 && x < size.x + 9 && y < size.y + 9) near.push([x, y, i]);
    }
    const isMany = near.length > MANY, radius = zoom < 9 ? 2.2 : 3.2;
    const names = this.colourNames(), buckets = names.map(() => new Path2D());
    for (const [x, y, i] of near) {
      const bucket = buckets[this.colourOf(i, back)];
      if (isMany) bucket.rect(x - 1.5, y - 1.5, 3, 3);
      else { bucket.moveTo(x + radius, y); bucket.arc(x, y, radius, 0, 7); }
    }
    pen.lineWidth = 1;
    pen.strokeStyle = css("--spot-line");
    for (let k = names.length - 1; k >= 0; k -= 1) {
      pen.fillStyle = css(names[k]);
      pen.fill(buckets[k]);
      if (!isMany) pen.stroke(buckets[k]);
    }
    this.near = near;
  },
  // The hotspot nearest to a point of the map, within reach; -1 when there is none.
  find(point) {
    let found = -1, least = REACH_PX * REACH_PX;
    for (const [x, y, i] of this.near || []) {
      const d = (x - point.x) ** 2 + (y - point.y) ** 2;
      if (d <= least) { least = d; found = i; }
    }
    return found;
  },
});

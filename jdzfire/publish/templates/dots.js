// Hotspots as dots on one canvas: tens of thousands are drawn in one go, and found by a click.
const FRESH = [[360, "--spot-1"], [1440, "--spot-2"], [4320, "--spot-3"], [Infinity, "--spot-4"]];
const REACH_PX = 8;
const MANY = 20000;

const Dots = L.Layer.extend({
  initialize(columns, isVisible, colourNames = () => FRESH.map(([, name]) => name), colourOf = null) {
    this.h = columns;
    this.isVisible = isVisible;
    this.colourNames = colourNames;
    this.colourOf = colourOf || ((i, back) => FRESH.findIndex(([most]) => columns.t[i] - back <= most));
  },
  onAdd(map) {
    this.canvas = el("canvas", "dots leaflet-zoom-hide");
    map.getPane("dots").append(this.canvas);
    map.on("moveend zoomend resize viewreset", this.redraw, this);
    this.redraw();
  },
  onRemove(map) {
    this.canvas.remove();
    map.off("moveend zoomend resize viewreset", this.redraw, this);
  },
  redraw() {
    const map = this._map;
    if (!map) return;
    const size = map.getSize(), ratio = window.devicePixelRatio || 1, h = this.h;
    const origin = map.containerPointToLayerPoint([0, 0]);
    L.DomUtil.setPosition(this.canvas, origin);
    this.canvas.width = size.x * ratio;
    this.canvas.height = size.y * ratio;
    this.canvas.style.width = size.x + "px";
    this.canvas.style.height = size.y + "px";
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.lineWidth = 1;
    pen.strokeStyle = css("--spot-line");
    const scale = map.options.crs.scale(map.getZoom()), corner = map.getPixelOrigin().add(origin);
    const radius = map.getZoom() < 9 ? 2.2 : 3.2, back = shownBack();
    const isMany = h.x.length > MANY && map.getZoom() < 12;
    const names = this.colourNames(), buckets = names.map(() => new Path2D());
    this.at = [];
    for (let i = 0; i < h.x.length; i += 1) {
      if (h.t[i] < back || !this.isVisible(i)) continue;
      const sine = Math.sin(h.y[i] * 1e-5 * Math.PI / 180);
      const x = scale * (h.x[i] / 36e6 + 0.5) - corner.x;
      const y = scale * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) - corner.y;
      if (x < -9 || y < -9 || x > size.x + 9 || y > size.y + 9) continue;
      const bucket = buckets[this.colourOf(i, back)];
      if (isMany) bucket.rect(x - 1.5, y - 1.5, 3, 3);
      else { bucket.moveTo(x + radius, y); bucket.arc(x, y, radius, 0, 7); }
      this.at.push([x, y, i]);
    }
    for (let k = names.length - 1; k >= 0; k -= 1) {
      pen.fillStyle = css(names[k]);
      pen.fill(buckets[k]);
      if (!isMany) pen.stroke(buckets[k]);
    }
  },
  // The hotspot nearest to a point of the map, within reach; -1 when there is none.
  find(point) {
    let found = -1, least = REACH_PX * REACH_PX;
    for (const [x, y, i] of this.at || []) {
      const d = (x - point.x) ** 2 + (y - point.y) ** 2;
      if (d <= least) { least = d; found = i; }
    }
    return found;
  },
});

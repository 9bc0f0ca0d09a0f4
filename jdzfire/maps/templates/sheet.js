// One canvas over the map, drawn anew after each move and carried along while the map moves.
const Sheet = L.Layer.extend({
  initialize(pane, className) {
    this.pane = pane;
    this.className = className;
  },
  onAdd(map) {
    this.canvas = el("canvas", `sheet leaflet-zoom-animated ${this.className || ""}`);
    this.canvas.setAttribute("aria-hidden", "true");
    map.getPane(this.pane).append(this.canvas);
    this.redraw();
  },
  onRemove() {
    this.canvas.remove();
  },
  getEvents() {
    return { moveend: this.redraw, viewreset: this.redraw, resize: this.redraw,
      zoom: () => this.follow(this._map.getCenter(), this._map.getZoom()),
      zoomanim: (event) => this.follow(event.center, event.zoom) };
  },
  follow(center, zoom) {
    if (!this.corner) return;
    L.DomUtil.setTransform(this.canvas, this._map._latLngToNewLayerPoint(this.corner, zoom, center), this._map.getZoomScale(zoom, this.zoom));
  },
  // Calls draw(pen, toX, toY, size): from parts of the world (0 to 1) to pixels of the map.
  redraw() {
    const map = this._map;
    if (!map) return;
    const size = map.getSize(), ratio = window.devicePixelRatio || 1;
    const origin = map.containerPointToLayerPoint([0, 0]);
    this.corner = map.containerPointToLatLng([0, 0]);
    this.zoom = map.getZoom();
    L.DomUtil.setTransform(this.canvas, origin, 1);
    if (this.canvas.width !== size.x * ratio || this.canvas.height !== size.y * ratio) {
      Object.assign(this.canvas, { width: size.x * ratio, height: size.y * ratio });
      Object.assign(this.canvas.style, { width: size.x + "px", height: size.y + "px" });
    }
    const pen = this.canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, size.x, size.y);
    const scale = map.options.crs.scale(this.zoom), corner = map.getPixelOrigin().add(origin);
    this.draw(pen, (x) => scale * x - corner.x, (y) => scale * y - corner.y, size);
  },
});

// Steps of 1e-5 degree as a part of the web Mercator world.
const worldX = (x) => x / 36e6 + 0.5;
function worldY(y) {
  const sine = Math.sin(y * 1e-5 * Math.PI / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

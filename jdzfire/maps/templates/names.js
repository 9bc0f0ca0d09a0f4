// Names on one canvas: the largest first, none over another.
const MOST_NAMES = 160;
// Font, colour, how strong, how far below its place [px], and the space between letters.
const NAME_LOOKS = {
  county: ["600 17px", "--ink", 0.62, 0, "5px"], city: ["700 15px", "--ink", 1, 14, "0px"], town: ["400 12px", "--ink", 1, 13, "0px"],
  township: ["400 12px", "--ink", 0.8, 0, "0px"], village: ["400 11px", "--ink", 0.85, 12, "0px"],
  zone: ["400 11px", "--zone-line", 1, 0, "0px"], grid: ["400 11px", "--muted", 1, 0, "0px"],
};

const Names = Sheet.extend({
  initialize(wanted) {
    Sheet.prototype.initialize.call(this, "labels");
    this.wanted = wanted.map((name) => ({ ...name, wx: worldX(name.at[1] * 1e5), wy: worldY(name.at[0] * 1e5) }));
  },
  draw(pen, toX, toY, size) {
    const zoom = this._map.getZoom(), taken = [];
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.lineWidth = 3;
    pen.strokeStyle = css("--ground");
    for (const { text, kind, from, to, px, wx, wy } of this.wanted) {
      if (zoom < from || zoom > to) continue;
      const x = toX(wx), y = toY(wy);
      if (x < -60 || y < -20 || x > size.x + 60 || y > size.y + 20) continue;
      const [font, colour, alpha, below, spacing] = NAME_LOOKS[kind] || NAME_LOOKS.village;
      pen.letterSpacing = spacing;
      pen.font = `${font} ${css("--font")}`;
      const w = pen.measureText(text).width / 2 + 4, h = px * 0.75, middle = y + below;
      if (taken.some((t) => Math.abs(t.x - x) < t.w + w && Math.abs(t.y - middle) < t.h + h)) continue;
      taken.push({ x, y: middle, w, h });
      pen.globalAlpha = alpha;
      pen.strokeText(text, x, y + below);
      pen.fillStyle = css(colour);
      pen.fillText(text, x, y + below);
      if (taken.length >= MOST_NAMES) break;
    }
    pen.globalAlpha = 1;
    this.canvas.dataset.count = taken.length;
  },
});

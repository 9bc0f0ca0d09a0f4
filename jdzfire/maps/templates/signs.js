// Signs of events on one canvas, the urgent ones on top; only what pulses is an element.
const MOST_GLOWING = 10;
const MOST_NEW = 30;
const REACH_SIGN_PX = 4;

const Signs = Sheet.extend({
  initialize() {
    Sheet.prototype.initialize.call(this, "signs", "signs");
    this.hosts = [];
  },
  onAdd(map) {
    this.pulses = el("div", "pulses leaflet-zoom-hide");
    map.getPane("signs").append(this.pulses);
    Sheet.prototype.onAdd.call(this, map);
  },
  show(hosts) {
    this.hosts = hosts;
    this.redraw();
  },
  draw(pen, toX, toY) {
    this.near = this.hosts.map(({ event, more }) => ({ event, more, x: toX(event.wx), y: toY(event.wy),
      size: event.group === "open" ? [0, 38, 32, 28][event.level] : 20 }));
    for (const sign of [...this.near].reverse()) drawSign(pen, sign);
    const origin = this._map.containerPointToLayerPoint([0, 0]);
    const pulse = (className, { x, y, size }) => {
      const node = el("div", className);
      Object.assign(node.style, { left: origin.x + x - size / 2 + "px", top: origin.y + y - size / 2 + "px", width: size + "px", height: size + "px" });
      return node;
    };
    const open = this.near.filter(({ event }) => event.group === "open");
    this.pulses.replaceChildren(
      ...open.filter(({ event }) => event.level === 1 && event.rank <= MOST_GLOWING).map((sign) => pulse("pulse hot", sign)),
      ...open.filter(({ event }) => event.isNew).slice(0, MOST_NEW).map((sign) => pulse("pulse new", sign)));
    this.canvas.dataset.shown = JSON.stringify(this.near.map(({ event, more }) => [event.id, more.length]));
  },
  find(point) {
    return this.near.find(({ x, y, size }) => Math.hypot(x - point.x, y - point.y) <= size / 2 + REACH_SIGN_PX) || null;
  },
});

// The same outlines, 40 units wide, as the signs of the list.
function drawSign(pen, { event, more, x, y, size }) {
  const open = event.group === "open", kind = event.group === "closed" ? "closed" : event.verdict;
  pen.save();
  pen.translate(x - size / 2, y - size / 2);
  pen.scale(size / 40, size / 40);
  const outline = new Path2D(open ? OUTLINES[event.level] : QUIET_OUTLINES[kind]);
  pen.fillStyle = css(open ? "--level-" + event.level : "--panel");
  pen.strokeStyle = open ? css("--sign-line") : css("--" + kind.replace("_", "-"));
  pen.lineWidth = open ? 2.2 : 2.6;
  if (open && event.provisional) pen.setLineDash([5, 3.5]);
  pen.fill(outline);
  pen.stroke(outline);
  pen.setLineDash([]);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = open ? css("--on-level") : css("--" + kind.replace("_", "-"));
  pen.font = `${open ? "700 15px" : "500 19px"} ${css("--figures")}`;
  pen.fillText(open ? rankText(event.rank) : SIGN[kind][LANG === "zh" ? 0 : 1], 20, 21);
  if (open && event.verdict === "permit_violation") badge(pen, 32, 8, FLAG_COLOUR, FLAG[LANG]);
  if (open && event.growing) badge(pen, 8, 8, css("--grow"), null);
  pen.restore();
  if (more.length) drawMore(pen, x + size / 2, y + size / 2 - 5, "+" + more.length, open);
}

function badge(pen, x, y, colour, text) {
  pen.beginPath();
  pen.arc(x, y, 7.6, 0, 7);
  pen.fillStyle = colour;
  pen.strokeStyle = "#fff";
  pen.lineWidth = 1.4;
  pen.fill();
  pen.stroke();
  pen.fillStyle = "#fff";
  pen.font = `700 10px ${css("--figures")}`;
  if (text) { pen.fillText(text, x, y + 0.5); return; }
  pen.lineWidth = 1.8;
  pen.stroke(new Path2D(GROW_ARROW));
}

function drawMore(pen, x, y, text, open) {
  pen.font = `700 11px ${css("--figures")}`;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  const width = pen.measureText(text).width + 10;
  pen.beginPath();
  pen.roundRect(x - 5, y - 7.5, width, 15, 7.5);
  pen.fillStyle = css("--panel");
  pen.strokeStyle = css(open ? "--muted" : "--line");
  pen.lineWidth = 1;
  pen.fill();
  pen.stroke();
  pen.fillStyle = css(open ? "--ink" : "--muted");
  pen.fillText(text, x, y + 0.5);
}

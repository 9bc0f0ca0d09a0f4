// Steps of 1e-5 degree back to Leaflet's [lat, lng].
function corners(steps) {
  const found = [];
  let x = 0, y = 0;
  for (let i = 0; i < steps.length; i += 2) {
    x += steps[i];
    y += steps[i + 1];
    found.push([y / 1e5, x / 1e5]);
  }
  return found;
}

const rings = (shape) => shape.map((polygon) => polygon.map(corners));
const latLng = (at) => [at[1], at[0]];

// Paths whose colours follow the theme: each is restyled when day turns to night.
const themed = [];
const repainters = [];

function paint(layer, style) {
  layer.setStyle(style());
  themed.push([layer, style]);
  return layer;
}

function repaint() {
  colours.clear();
  for (const [layer, style] of themed) layer.setStyle(style());
  for (const act of repainters) act();
}

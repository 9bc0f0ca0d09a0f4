// Where a tile of the unpacked base map lies. Editions and dated runs show the same folder from
// different depths: published/internal/ and published/runs/internal/TIME/. Outside its rectangle
// nothing is asked for, so that no file is missed.
window.jdzfireTiles = function place(told) {
  const isRun = location.pathname.split("/").slice(-4)[0] === "runs";
  const root = isRun ? "../../../" : "../";
  return ({ z, x, y }) => {
    const [west, east, north, south] = told.zooms[z] || [1, 0, 1, 0];
    const isThere = x >= west && x <= east && y >= north && y <= south;
    return isThere ? root + L.Util.template(told.path, { z, x, y }) : L.Util.emptyImageUrl;
  };
};

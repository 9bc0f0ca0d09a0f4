"""Which datum is a file in: tested against places known to be right, and asked, not guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from jdzfire.crs import metric_crs, to_wgs84
from jdzfire.errors import CrsError

CANDIDATES = ("wgs84", "gcj02", "bd09")
"""What degrees in China may be in; CGCS2000 is WGS84 to a metre [K]."""


class DatumQuestion(CrsError):
    """The numbers fit another datum than the one assumed: the operator must declare it."""


@dataclass(frozen=True)
class InferenceRules:
    """When the numbers speak clearly."""

    sample: int = 400
    """Points compared, spread evenly over the file [K]."""
    edge_m: float = 150.0
    """Median distance of a border to the same border in another map when the datum is right:
    two published copies of the counties differ by less [V, DataV 2021 and 2022]."""
    ratio: float = 3.0
    """The best datum is certain when the next is this many times further off [K]; GCJ-02 moves
    by 500 m here and BD-09 by 1,200 m [C]."""
    least: int = 8
    """Points needed [K]."""


@dataclass(frozen=True)
class DatumEvidence:
    """How far the file lies from what is known, under each datum."""

    misfit_m: Mapping[str, float]
    """Median distance [m] by datum."""
    count: int
    """Points compared."""
    best: str
    """The datum of the least distance; empty when nothing could be compared."""
    is_certain: bool
    """Whether the others are clearly worse."""

    def text(self) -> str:
        """The numbers, for a person."""
        if not self.best:
            return "nothing registered to compare with"
        misfits = ", ".join(f"{name} {metres:.0f} m" for name, metres in self.misfit_m.items())
        return f"median distance to what is registered over {self.count} points: {misfits}"


def compare_datums(
    shapes: NDArray[np.object_],
    reference: gpd.GeoDataFrame | None,
    *,
    names: NDArray[np.object_] | None = None,
    rules: InferenceRules | None = None,
) -> DatumEvidence:
    """Hold shapes written in degrees against shapes known to be right, under each datum.

    Areas and lines are compared by their vertices with the edges of the reference; points with
    the reference of the same name, when there are names and they are found.

    Parameters
    ----------
    shapes : array of geometry, n
        As written; None for rows without one.
    reference : GeoDataFrame [EPSG:4326], optional
        Borders, roads or settlements that are registered, with a column ``name``.
    names : array of str, n, optional
        Names of the rows.
    rules : InferenceRules, optional

    Returns
    -------
    DatumEvidence
    """
    rules = rules or InferenceRules()
    known = reference is not None and len(reference) > 0
    kept = [i for i, shape in enumerate(shapes) if shape is not None and not shape.is_empty]
    if reference is None or not known or not kept:
        return DatumEvidence({}, 0, "", False)
    if all(shapes[i].geom_type == "Point" for i in kept):
        pairs = _named_pairs(shapes, kept, names, reference)
    else:
        pairs = _edge_pairs(shapes, kept, reference, rules)
    points, measure = pairs
    if len(points) < rules.least:
        return DatumEvidence({}, len(points), "", False)
    misfit = {}
    for datum in CANDIDATES:
        lon, lat = to_wgs84(points[:, 0], points[:, 1], datum)
        misfit[datum] = float(np.median(measure(lon, lat)))
    ranked = sorted(misfit, key=lambda name: (misfit[name], name))
    first, second = misfit[ranked[0]], misfit[ranked[1]]
    is_certain = first <= rules.edge_m and second >= rules.ratio * max(first, 1.0)
    return DatumEvidence(misfit, len(points), ranked[0], is_certain)


def settle_datum(
    evidence: DatumEvidence, declared: str | None, *, assumed: str, name: str
) -> list[str]:
    """Notes on the datum of a file, or the question a person must answer.

    Parameters
    ----------
    evidence : DatumEvidence
    declared : str, optional
        What the operator declared; it is used in any case.
    assumed : str
        What is assumed when nothing was declared.
    name : str
        File name, for the message.

    Raises
    ------
    DatumQuestion
        Nothing was declared, and the evidence is clear for another datum than the assumed one.
    """
    used = declared or assumed
    same = "wgs84" if used == "cgcs2000" else used
    if not evidence.best:
        return [] if declared else [f"datum not stated, taken as {used}; {evidence.text()}"]
    if not evidence.is_certain or evidence.best == same:
        if evidence.is_certain:
            return [f"datum {used}: the comparison agrees with it; {evidence.text()}"]
        way = "as declared" if declared else "assumed, since the file does not state it"
        hint = "" if declared else "; check the map, and register again with --datum if it is off"
        return [f"datum {used}, {way}; a comparison does not decide it ({evidence.text()}){hint}"]
    if declared:
        return [f"datum {used} was declared, but {evidence.best} fits better: {evidence.text()}"]
    raise DatumQuestion(
        f"{name[:80]} looks like {evidence.best}, not {used}",
        expected=f"{used}, since nothing else is stated",
        found=evidence.text(),
        remedy=f"declare it: --datum {evidence.best}, or --datum {used} if that is sure",
    )


def _edge_pairs(
    shapes: NDArray[np.object_],
    kept: list[int],
    reference: gpd.GeoDataFrame,
    rules: InferenceRules,
) -> tuple[NDArray[np.float64], Any]:
    """Vertices of the shapes that lie about the reference, and the distance to its edges."""
    vertices = shapely.get_coordinates([shapes[i] for i in kept])
    west, south, east, north = (float(v) for v in reference.total_bounds)
    x, y = vertices[:, 0], vertices[:, 1]
    near = (x > west - 0.02) & (x < east + 0.02) & (y > south - 0.02) & (y < north + 0.02)
    vertices = vertices[near]
    step = max(1, len(vertices) // rules.sample)
    crs = metric_crs((west, south, east, north))
    metric = reference.geometry.to_crs(crs)
    edges = np.asarray(
        [s.boundary if s.geom_type.endswith("Polygon") else s for s in metric], dtype=object
    )
    tree = STRtree(edges)

    def measure(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        places = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326").to_crs(crs)
        _, distance = tree.query_nearest(places.to_numpy(), return_distance=True, all_matches=False)
        return np.asarray(distance, dtype=np.float64)

    return vertices[::step][: rules.sample], measure


def _named_pairs(
    shapes: NDArray[np.object_],
    kept: list[int],
    names: NDArray[np.object_] | None,
    reference: gpd.GeoDataFrame,
) -> tuple[NDArray[np.float64], Any]:
    """Points whose name is registered once, and the distance to it."""
    points = reference[reference.geom_type == "Point"]
    points = points[~points["name"].duplicated(keep=False)]
    where = dict(zip(points["name"], points.geometry, strict=True))
    mine = [i for i in kept if names is not None and names[i] in where]
    written = np.array([(shapes[i].x, shapes[i].y) for i in mine]).reshape(-1, 2)
    if not mine:
        return written, None
    targets = gpd.GeoSeries([where[names[i]] for i in mine], crs="EPSG:4326")  # type: ignore[index]
    west, south, east, north = (float(v) for v in targets.total_bounds)
    crs = metric_crs((west, south, east, north))
    right = targets.to_crs(crs)

    def measure(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        places = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326").to_crs(crs)
        return np.asarray(places.distance(right), dtype=np.float64)

    return written, measure

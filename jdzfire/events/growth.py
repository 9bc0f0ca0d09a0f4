"""How an event grew, pass by pass: ground alight, power, and how far its front came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.crs import metres_per_degree
from jdzfire.hotspots.footprints import FootprintRules, footprints
from jdzfire.hotspots.passing import number_passes
from jdzfire.schemas import GROWTH, ORBITERS, conform, empty_table


def trace_growth(
    hotspots: gpd.GeoDataFrame, event_ids: pd.Series, *, rules: FootprintRules | None = None
) -> pd.DataFrame:
    """What each pass of a polar orbiter saw of each event.

    Areas are those of the bare pixels, without the error of their place: ground that was alight
    somewhere in it. The front is the pixel whose middle lies farthest from the ground seen alight
    before; it is given from the second pass on.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
    event_ids : Series of str, n
        The event of each hotspot.
    rules : FootprintRules, optional

    Returns
    -------
    DataFrame [GROWTH], one row an event and pass, sorted by event_id, acquired_at, satellite

    Notes
    -----
    Geostationary scans and ground reports are left out: their place is too vague for growth. Pixels
    of another sensor or angle are larger without any growth, so read area and count beside the
    satellite.
    """
    is_orbiter = hotspots["instrument"].isin(ORBITERS).to_numpy()
    rows = hotspots[is_orbiter].reset_index(drop=True)
    if rows.empty:
        return pd.DataFrame(empty_table(GROWTH))
    code, ids = pd.factorize(pd.Index(event_ids)[is_orbiter], sort=True)
    passing = number_passes(rows, within=code)
    shapes = footprints(rows, rules=rules, widened=False).to_numpy()
    found = [
        row | {"event_id": ids[event]}
        for event in range(len(ids))
        for row in _passes(rows, shapes, passing, np.flatnonzero(code == event))
    ]
    table = pd.DataFrame(found).sort_values(["event_id", "acquired_at", "satellite"])
    return conform(table, GROWTH)


def _passes(
    rows: gpd.GeoDataFrame,
    shapes: NDArray[np.object_],
    passing: NDArray[np.int64],
    mine: NDArray[np.int64],
) -> Iterator[dict[str, Any]]:
    """The passes of one event, the first one first."""
    lon, lat = rows.geometry.x.to_numpy()[mine], rows.geometry.y.to_numpy()[mine]
    per_lon, per_lat = (float(one[0]) for one in metres_per_degree(np.array([lat.mean()])))
    east, north = (lon - lon.mean()) * per_lon, (lat - lat.mean()) * per_lat
    moved = shapely.transform(
        shapes[mine], lambda xy: (xy - [lon.mean(), lat.mean()]) * [per_lon, per_lat]
    )
    at = rows["acquired_at"].iloc[mine].array
    first = pd.Series(at).groupby(passing[mine]).min()
    before: Any = None
    for number in first.sort_values(kind="stable").index:
        of_pass = np.flatnonzero(passing[mine] == number)
        alight: Any = shapely.union_all(moved[of_pass])
        so_far: Any = alight if before is None else shapely.union(before, alight)
        frp = rows["frp_mw"].iloc[mine[of_pass]]
        row: dict[str, Any] = {
            "satellite": rows["satellite"].iloc[mine[of_pass[0]]],
            "instrument": rows["instrument"].iloc[mine[of_pass[0]]],
            "acquired_at": first[number],
            "hotspot_count": len(of_pass),
            "frp_sum_mw": frp.sum(min_count=1),
            "area_ha": alight.area / 1e4,
            "total_ha": so_far.area / 1e4,
            "new_ha": (so_far.area - (0.0 if before is None else before.area)) / 1e4,
            "front_m": np.nan,
            "front_deg": np.nan,
        }
        if before is not None:
            middles = shapely.points(east[of_pass], north[of_pass])
            away = shapely.distance(middles, before)
            far = int(np.argmax(away))
            row["front_m"] = float(away[far])
            if away[far] > 0.0:
                centre = before.centroid
                bearing = np.arctan2(east[of_pass[far]] - centre.x, north[of_pass[far]] - centre.y)
                row["front_deg"] = float(np.degrees(bearing) % 360.0)
        before = so_far
        yield row

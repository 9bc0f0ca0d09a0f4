"""Groups that duty staff split: single link that never joins what they stated is not one fire."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Ints
from jdzfire.crs import metres_per_degree
from jdzfire.events.link import linked_pairs
from jdzfire.events.rules import EventRules, SplitStatement


def related_hotspots(
    hotspot_ids: Collection[str], splits: Sequence[SplitStatement]
) -> frozenset[str]:
    """All hotspots that statements tie to these, by one statement or through several.

    Parameters
    ----------
    hotspot_ids : collection of str
    splits : sequence of Apart

    Returns
    -------
    frozenset of str
        Without those asked for that no statement names.
    """
    found = set(hotspot_ids)
    related: set[str] = set()
    left = list(splits)
    grown = True
    while grown:
        matching = [one for one in left if not found.isdisjoint(one.these | one.those)]
        grown = bool(matching)
        left = [one for one in left if one not in matching]
        for one in matching:
            related |= one.these | one.those
            found |= related
    return frozenset(related)


def keep_split(
    label: Ints,
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    *,
    splits: Sequence[SplitStatement],
    rules: EventRules,
) -> Ints:
    """Split groups that hold both sides of a statement.

    The links of such a group are taken from the shortest to the longest, in whole metres between
    the hotspots (then the shortest time, then the ids), and a link that would join the two sides is
    left out. So each hotspot goes to the side it is linked to most closely, and the result hangs on
    the set of hotspots alone.

    Parameters
    ----------
    label : array of int, n
        Groups without regard to the statements.
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
    footprints : GeoSeries [EPSG:4326 convex polygons], n rows, same order
    splits : sequence of Apart
    rules : EventRules

    Returns
    -------
    array of int, n

    Notes
    -----
    About k log k for the k links of the groups concerned, in Python: statements are few.
    """
    row_of = pd.Index(hotspots["hotspot_id"])
    sides: dict[int, set[tuple[int, bool]]] = {}
    torn: set[int] = set()
    for number, one in enumerate(splits):
        groups = []
        for side, named in ((True, one.these), (False, one.those)):
            rows = row_of.get_indexer(sorted(named))
            rows = rows[rows >= 0]
            for row in rows.tolist():
                sides.setdefault(row, set()).add((number, side))
            groups.append(set(label[rows].tolist()))
        torn |= groups[0] & groups[1]
    if not torn:
        return label
    result = label.copy()
    unused = int(label.max()) + 1
    for group in sorted(torn):
        rows = np.flatnonzero(label == group)
        parts = _split(rows, hotspots, footprints, sides, rules)
        result[rows] = unused + parts
        unused += int(parts.max()) + 1
    return np.unique(result, return_inverse=True)[1].astype(np.int64)


def _split(
    rows: Ints,
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    sides: dict[int, set[tuple[int, bool]]],
    rules: EventRules,
) -> Ints:
    mine, shapes = hotspots.iloc[rows], footprints.iloc[rows]
    pairs = linked_pairs(mine, shapes, new=np.ones(len(rows), dtype=bool), rules=rules)
    away_m = np.round(_distances_m(mine, pairs))
    ids = mine["hotspot_id"].to_numpy(dtype=str)
    at = mine["acquired_at"].astype("int64").to_numpy()
    wait = np.abs(at[pairs[:, 0]] - at[pairs[:, 1]])
    named = np.sort(ids[pairs], axis=1)
    order = np.lexsort((named[:, 1], named[:, 0], wait, away_m))
    head = list(range(len(rows)))
    matching = [sides.get(int(row), set()) for row in rows]

    def top(row: int) -> int:
        while head[row] != row:
            head[row] = head[head[row]]
            row = head[row]
        return row

    for a, b in pairs[order].tolist():
        one, two = top(a), top(b)
        if one != two and not any(
            (number, not side) in matching[two] for number, side in matching[one]
        ):
            head[max(one, two)] = min(one, two)
            matching[min(one, two)] = matching[one] | matching[two]
    tops = np.array([top(row) for row in range(len(rows))])
    return np.unique(tops, return_inverse=True)[1].astype(np.int64)


def _distances_m(hotspots: gpd.GeoDataFrame, pairs: Ints) -> NDArray[np.float64]:
    """Between the places of two hotspots, on the ground about the pair."""
    lon, lat = np.asarray(hotspots.geometry.x), np.asarray(hotspots.geometry.y)
    a, b = pairs.T
    per_lon, per_lat = metres_per_degree((lat[a] + lat[b]) / 2.0)
    east = (lon[b] - lon[a] + 180.0) % 360.0 - 180.0
    return np.asarray(np.hypot(east * per_lon, (lat[b] - lat[a]) * per_lat))

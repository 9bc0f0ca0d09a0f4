"""Events of an archive that is worked on in parts, as those of one piece.

An archive is cut into tiles of the ground and months. Each part is linked with a halo of its
neighbours' hotspots, wherever it is worked on; then the groups of all parts are put together by the
hotspots they share. Two hotspots are linked by nothing but themselves (:mod:`jdzfire.events.link`),
so a fire across a border of tiles or a month's end is one event, with the id it has in one piece.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jdzfire.arrays import Bools, Ints
from jdzfire.crs import metres_per_degree
from jdzfire.errors import UsageError
from jdzfire.events.join import number_events
from jdzfire.events.link import label_components, largest_reach_m
from jdzfire.events.rules import EventRules

HALO_M = 15_000.0
"""Hotspots this far beyond a tile are worked on with it: two AHI pixels with their errors reach
some 10 km [C]."""

_SCANS = timedelta(days=2)
"""Scans of a geostationary sensor confirm each other within a day, also at the rim of a halo."""
_COLUMNS = ["hotspot_id", "instrument", "acquired_at", "geometry"]


@dataclass(frozen=True, order=True)
class Part:
    """A tile of the ground in a month."""

    month: str
    """UTC, ``YYYY-MM``."""
    column: int
    """Tile, counted from longitude 0 to the east."""
    row: int
    """Tile, counted from latitude 0 to the north."""


@dataclass(frozen=True)
class PartBounds:
    """Where and when a part and its halo lie."""

    bbox: tuple[float, float, float, float]
    """West, south, east, north of the halo [degree]."""
    since: datetime
    """Begin of the halo."""
    until: datetime
    """End of the halo; it does not belong to it."""


@dataclass(frozen=True)
class PartLinks:
    """Groups of one part."""

    own: pd.DataFrame
    """hotspot_id and ``group`` of each hotspot of the part."""
    seam: pd.DataFrame
    """The same of those another part may know too: its own near the edge, and its halo."""
    first: pd.DataFrame
    """Of each group with a hotspot of the part the first one of all it holds here: ``group``,
    acquired_at, lon, lat, hotspot_id."""

    def mapped(self, groups: Mapping[int, Any]) -> pd.Series:
        """What a mapping of groups says of each own hotspot, by hotspot_id."""
        found: pd.Series = self.own.set_index("hotspot_id")["group"].map(groups)
        return found


def parts_of(hotspots: gpd.GeoDataFrame, *, tile_deg: float) -> list[Part]:
    """The part of each hotspot.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
    tile_deg : float [degree]

    Returns
    -------
    list of Part, n
    """
    column = np.floor(np.asarray(hotspots.geometry.x) / tile_deg).astype(int)
    row = np.floor(np.asarray(hotspots.geometry.y) / tile_deg).astype(int)
    month = hotspots["acquired_at"].dt.strftime("%Y-%m")
    return [Part(*place) for place in zip(month, column.tolist(), row.tolist(), strict=True)]


def bounds_of_part(part: Part, *, tile_deg: float, rules: EventRules) -> PartBounds:
    """What must be read to link a part: its tile and month, and the halo around them."""
    west, south = part.column * tile_deg, part.row * tile_deg
    per_lon, per_lat = metres_per_degree(np.array([max(abs(south), abs(south + tile_deg))]))
    lon, lat = HALO_M / float(per_lon[0]), HALO_M / float(per_lat[0])
    begin = datetime.strptime(f"{part.month}-01", "%Y-%m-%d").replace(tzinfo=UTC)
    end = (begin + timedelta(days=32)).replace(day=1)
    reach = _reach(rules)
    return PartBounds(
        bbox=(west - lon, south - lat, west + tile_deg + lon, south + tile_deg + lat),
        since=begin - reach,
        until=end + reach,
    )


def _reach(rules: EventRules) -> timedelta:
    """How long before and after a month the hotspots are that a part must know."""
    return timedelta(hours=max(rules.end_h, rules.link_h)) + _SCANS


def link_part(
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    part: Part,
    *,
    tile_deg: float,
    rules: EventRules,
) -> PartLinks:
    """Groups of the hotspots of a part and its halo.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
        All of :func:`bounds_of_part`; further ones do not matter.
    footprints : GeoSeries [EPSG:4326 convex polygons], n rows, same order
    part : Part
    tile_deg : float [degree]
    rules : EventRules

    Returns
    -------
    PartLinks

    Raises
    ------
    UsageError
        A footprint is so large that the halo does not hold what it may be linked with.
    """
    hotspots = hotspots[_COLUMNS].reset_index(drop=True)
    count = len(hotspots)
    if count:
        reach_m = 2 * largest_reach_m(hotspots, footprints) + rules.gap_m
        if reach_m > HALO_M:
            raise UsageError(
                "hotspots reach beyond the halo of a part",
                expected=f"links of at most {HALO_M / 1000:g} km",
                found=f"{reach_m / 1000:.1f} km",
                remedy="work on the archive in one piece",
            )
    group = label_components(
        hotspots,
        footprints.reset_index(drop=True),
        new=np.ones(count, dtype=bool),
        held=np.full(count, -1, dtype=np.int64),
        rules=rules,
    )
    is_own = np.array([one == part for one in parts_of(hotspots, tile_deg=tile_deg)], dtype=bool)
    has_own = np.isin(group, group[is_own])
    is_seam = has_own & (~is_own | _is_near_edge(hotspots, part, tile_deg=tile_deg, rules=rules))
    table = pd.DataFrame(
        {
            "group": group,
            "acquired_at": hotspots["acquired_at"],
            "lon": np.asarray(hotspots.geometry.x),
            "lat": np.asarray(hotspots.geometry.y),
            "hotspot_id": hotspots["hotspot_id"],
        }
    )
    ordered = table[has_own].sort_values(["acquired_at", "lon", "lat", "hotspot_id"])
    return PartLinks(
        own=table.loc[is_own, ["hotspot_id", "group"]].reset_index(drop=True),
        seam=table.loc[is_seam, ["hotspot_id", "group"]].reset_index(drop=True),
        first=ordered.drop_duplicates("group").reset_index(drop=True),
    )


def join_parts(links: Sequence[PartLinks]) -> list[pd.Series]:
    """Number of the component of each group of each part: groups that share a hotspot are one.

    Parameters
    ----------
    links : sequence of PartLinks

    Returns
    -------
    list of Series of int, index ``group``; one a part
    """
    if not links:
        return []
    first, component = _joined_parts(links)
    return _of_parts(first, component, pd.Series(dtype="int64"), len(links))


def _of_parts(
    first: pd.DataFrame, values: NDArray[Any], none: pd.Series, count: int
) -> list[pd.Series]:
    """A value of each group, by part; index ``group``."""
    by_part = first.assign(value=values).groupby("part", sort=True)
    found = {number: rows.set_index("group")["value"] for number, rows in by_part}
    return [found.get(number, none) for number in range(count)]


def _joined_parts(links: Sequence[PartLinks]) -> tuple[pd.DataFrame, Ints]:
    """First hotspots of all groups of all parts, and the component of each."""
    first = pd.concat(
        [one.first.assign(part=number) for number, one in enumerate(links)], ignore_index=True
    )
    return first, _components(links, pd.MultiIndex.from_frame(first[["part", "group"]]))


def name_events(
    links: Sequence[PartLinks],
    *,
    keep: Sequence[pd.Series] | None = None,
    numbers: Mapping[str, int] | None = None,
    prefix: str = EventRules.prefix,
) -> list[pd.Series]:
    """The event of each group of each part: groups that share a hotspot are one event.

    Parameters
    ----------
    links : sequence of PartLinks
        Of all parts of an archive that hold a hotspot.
    keep : sequence of Series of bool, index ``group``, optional
        Of each part which groups count; an event counts when one of its groups does. The others
        get no id. Default: all.
    numbers : mapping of day to int, optional
        Highest number given on a day ``YYYYMMDD`` before.
    prefix : str

    Returns
    -------
    list of Series of event_id, index ``group``; one a part
    """
    if not links:
        return []
    first, component = _joined_parts(links)
    counts = np.ones(len(first), dtype=bool)
    if keep is not None:
        pairs = zip(first["part"], first["group"], strict=True)
        counts = np.array([bool(keep[part].get(group, False)) for part, group in pairs], dtype=bool)
        counts = np.isin(component, component[counts])
    ordered = first.assign(component=component)[counts].sort_values(
        ["acquired_at", "lon", "lat", "hotspot_id"]
    )
    heads = ordered.drop_duplicates("component")
    names = pd.Series(
        number_events(heads["acquired_at"], numbers=numbers or {}, prefix=prefix),
        index=heads["component"].to_numpy(),
    )
    event_id = names.reindex(component).to_numpy()
    none = pd.Series(dtype="str")
    return _of_parts(first[counts], event_id[counts], none, len(links))


def _components(links: Sequence[PartLinks], node: pd.MultiIndex) -> Ints:
    """Number of the event of each group of each part."""
    seams = pd.concat(
        [one.seam.assign(part=number) for number, one in enumerate(links)], ignore_index=True
    )
    place = node.get_indexer(pd.MultiIndex.from_frame(seams[["part", "group"]]))
    order = np.argsort(seams["hotspot_id"].to_numpy(dtype=str), kind="stable")
    ids, place = seams["hotspot_id"].to_numpy()[order], place[order]
    same = ids[1:] == ids[:-1]
    a, b = place[:-1][same], place[1:][same]
    count = len(node)
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(count, count))
    label: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return label.astype(np.int64)


def _is_near_edge(
    hotspots: gpd.GeoDataFrame, part: Part, *, tile_deg: float, rules: EventRules
) -> Bools:
    """Hotspots that may lie in the halo of another part."""
    west, south = part.column * tile_deg, part.row * tile_deg
    lon, lat = np.asarray(hotspots.geometry.x), np.asarray(hotspots.geometry.y)
    outer = bounds_of_part(part, tile_deg=tile_deg, rules=rules)
    wide, high = west - outer.bbox[0], south - outer.bbox[1]
    inside = (lon > west + 2 * wide) & (lon < west + tile_deg - 2 * wide)
    inside &= (lat > south + 2 * high) & (lat < south + tile_deg - 2 * high)
    reach = _reach(rules)
    begin = pd.Timestamp(outer.since) + reach
    end = pd.Timestamp(outer.until) - reach
    at = hotspots["acquired_at"]
    inside &= ((at > begin + reach) & (at < end - reach)).to_numpy()
    return np.asarray(~inside, dtype=bool)

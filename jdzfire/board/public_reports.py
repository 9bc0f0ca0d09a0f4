"""Ground reports for the public edition: who calls 12119 must not be found by the place.

What belongs here: the coarse place of a report, of the events it is in, and the blanks where
something was measured from the exact one. Which columns are public: ``public_edition``.
"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.board.board import Board
from jdzfire.crs import metric_crs
from jdzfire.hotspots.footprints import footprints
from jdzfire.reach import nearest_teams

COARSE_DEG = 0.01
"""Side of the cell a report outside every known township is shown by: 1.1 by 0.97 km at 29 N
[C]."""

_CELL_REACH_M = 740.0
"""From the middle of such a cell to its corner: half of the root of 1110^2 + 971^2 [C]."""

_IN_TOWNSHIP = "{township}（公开版只标到乡镇）"
_IN_CELL = "{area}（公开版只标到1公里）"


def has_reports(board: Board) -> bool:
    """Whether the board has any ground report."""
    return bool(_is_report(board).any()) or bool(_has_reports(board.events).any())


def reported_events(board: Board) -> set[str]:
    """Events with a ground report, alone or beside satellites."""
    reports = board.hotspots.loc[_is_report(board), "hotspot_id"]
    members = board.members
    by_member = set(members.loc[members["hotspot_id"].isin(reports), "event_id"])
    return by_member | set(board.events.loc[_has_reports(board.events), "event_id"])


def _is_report(board: Board) -> NDArray[np.bool_]:
    return np.asarray(board.hotspots["instrument"] == "PERSON", dtype=bool)


def _has_reports(events: pd.DataFrame) -> NDArray[np.bool_]:
    """By the events' own column: a report may be too old for the board, its place is not."""
    listed = events["instruments"].astype("str").str.split(",")
    return np.array([isinstance(names, list) and "PERSON" in names for names in listed], dtype=bool)


def coarse_reports(board: Board) -> Board:
    """The board with ground reports, and the events they are in, at coarse places.

    A report lies at the middle of its township, or of a cell of :data:`COARSE_DEG` where no
    township is registered; so does an event known only from ground reports. An event that
    satellites saw too keeps their footprints alone. The nearest teams are measured again from
    there; zone, share of forest, a heat source and the place in words are blank, since they were
    measured at the exact place.

    Parameters
    ----------
    board : Board

    Returns
    -------
    Board
        Same rows in the same order; the same for any two places in one township, or one cell.
    """
    if not has_reports(board):
        return board
    reported = reported_events(board)
    hotspots = _coarse_hotspots(board)
    renamed = dict(zip(board.hotspots["hotspot_id"], hotspots["hotspot_id"], strict=True))
    held = board.members["hotspot_id"]
    ids = pd.Series([renamed.get(one, one) for one in held], held.index, dtype=held.dtype)
    events, in_township = _coarse_events(board, reported)
    return replace(
        board,
        hotspots=hotspots,
        events=events,
        nearest=_nearest_again(board, events, reported),
        members=board.members.assign(hotspot_id=ids),
        verdicts=_without_whereabouts(board, reported, in_township),
    )


def _coarse_hotspots(board: Board) -> gpd.GeoDataFrame:
    table, is_report = board.hotspots, _is_report(board)
    order = table[is_report].sort_values(["acquired_at", "hotspot_id"])["hotspot_id"]
    numbers = {one: f"R{number}" for number, one in enumerate(order, start=1)}
    places = table.geometry.to_numpy().copy()
    reach_m = table["location_error_m"].to_numpy(dtype=float).copy()
    towns = _townships(board.admin)
    town = _town_of(places[is_report], towns)
    places[is_report] = _middles(places[is_report], towns, town)
    reach_m[is_report] = np.append(_reach_m(towns), _CELL_REACH_M)[town]
    ids = [numbers.get(one, one) for one in table["hotspot_id"]]
    shown = table.assign(
        hotspot_id=pd.Series(ids, table.index, dtype=table["hotspot_id"].dtype),
        location_error_m=reach_m,
        raw_sha256=table["raw_sha256"].mask(is_report, "0" * 64),
        raw_line=table["raw_line"].mask(is_report),
    )
    return shown.set_geometry(gpd.GeoSeries(places, table.index, crs=table.crs))


def _coarse_events(board: Board, reported: set[str]) -> tuple[gpd.GeoDataFrame, dict[str, bool]]:
    """The events; for those known only from ground reports, whether their township is known."""
    events = board.events
    seen = _seen_grounds(board, reported)
    is_reported = events["event_id"].isin(reported).to_numpy()
    has_ground = events["event_id"].isin(seen.index).to_numpy()
    alone = is_reported & ~has_ground
    middles = shapely.points(events["lon"], events["lat"])
    towns = _townships(board.admin)
    town = _town_of(middles[alone], towns)
    middles[alone] = _middles(middles[alone], towns, town)
    places = events.geometry.to_numpy().copy()
    places[alone] = shapely.buffer(middles[alone], COARSE_DEG / 2, cap_style="square")
    both = is_reported & has_ground
    places[both] = seen.loc[events["event_id"][both]].to_numpy()
    middles[both] = shapely.centroid(places[both])
    area_ha = events["footprint_ha"].to_numpy(dtype=float).copy()
    area_ha[both] = _areas_ha(places[both])
    area_ha[alone] = area_ha[alone].round()  # its last digits differ with the place
    lon, lat = shapely.get_x(middles), shapely.get_y(middles)
    shown = events.assign(
        lon=np.where(is_reported, lon, events["lon"]),
        lat=np.where(is_reported, lat, events["lat"]),
        footprint_ha=area_ha,
    ).set_geometry(gpd.GeoSeries(places, events.index, crs=events.crs))
    return shown, dict(zip(events["event_id"][alone], (town >= 0).tolist(), strict=True))


def _seen_grounds(board: Board, reported: set[str]) -> gpd.GeoSeries:
    """Union of satellite footprints by reported event; none for ground reports alone."""
    owner = board.hotspots["hotspot_id"].map(board.members.set_index("hotspot_id")["event_id"])
    by_satellite = ~_is_report(board) & owner.isin(reported).to_numpy()
    shapes = footprints(board.hotspots[by_satellite].reset_index(drop=True))
    owners = owner[by_satellite].to_numpy()
    ids = sorted(set(owners))
    unions = [shapely.union_all(shapes[owners == one].to_numpy()) for one in ids]
    return gpd.GeoSeries(unions, index=pd.Index(ids, dtype="str"), crs=4326)


def _areas_ha(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    if not len(shapes):
        return np.empty(0)
    series = gpd.GeoSeries(shapes, crs=4326)
    west, south, east, north = (float(v) for v in series.total_bounds)
    return np.asarray(series.to_crs(metric_crs((west, south, east, north))).area / 1e4)


def _nearest_again(board: Board, events: gpd.GeoDataFrame, reported: set[str]) -> pd.DataFrame:
    """Nearest teams, those of reported events measured from the coarse place."""
    known = board.nearest
    asked = events[events["event_id"].isin(reported & set(known["event_id"]))]
    anew = nearest_teams(asked, board.teams).astype(known.dtypes.to_dict())
    others = known[~known["event_id"].isin(reported)]
    nearest = pd.concat([others, anew], ignore_index=True) if len(others) else anew
    order = nearest["event_id"].map({one: at for at, one in enumerate(known["event_id"].unique())})
    return nearest.iloc[np.lexsort((nearest["rank"], order))].reset_index(drop=True)


def _without_whereabouts(
    board: Board, reported: set[str], in_township: dict[str, bool]
) -> pd.DataFrame:
    """Verdicts without what was measured at the exact place."""
    verdicts = board.verdicts
    mine = verdicts["event_id"].isin(reported).to_numpy()
    on_source = verdicts["explained_by"].isin(board.heat_sources["source_id"]).to_numpy()
    places = verdicts["place"].mask(mine).tolist()
    for at in np.flatnonzero(verdicts["event_id"].isin(list(in_township)).to_numpy()):
        row = verdicts.iloc[at]
        places[at] = _area_name(row, in_township=in_township[str(row["event_id"])])
    return verdicts.assign(
        place=pd.Series(places, verdicts.index, dtype=verdicts["place"].dtype),
        zone_id=verdicts["zone_id"].mask(mine),
        forest_share=verdicts["forest_share"].mask(mine),
        explained_by=verdicts["explained_by"].mask(mine & on_source),
    )


def _area_name(verdict: pd.Series, *, in_township: bool) -> str | None:
    """Where an event known only from ground reports lies, and how precisely that is shown."""
    area = next((verdict[k] for k in ("township", "county") if pd.notna(verdict[k])), None)
    if area is None:
        return None
    return _IN_TOWNSHIP.format(township=area) if in_township else _IN_CELL.format(area=area)


def _townships(admin: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    found: gpd.GeoDataFrame = admin[admin["level"] == "township"].sort_values(
        "admin_id", ignore_index=True
    )
    return found


def _town_of(points: NDArray[np.object_], towns: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Position of each point's township, the first by id where two meet; -1 outside all."""
    found = np.full(len(points), -1, dtype=np.int64)
    if len(points) and len(towns):
        at, town = shapely.STRtree(towns.geometry.to_numpy()).query(points, predicate="intersects")
        order = np.lexsort((-town, at))
        found[at[order]] = town[order]
    return found


def _middles(
    points: NDArray[np.object_], towns: gpd.GeoDataFrame, town: NDArray[np.int64]
) -> NDArray[np.object_]:
    """A place inside each point's township, or the middle of its cell."""
    x, y = ((np.floor(of(points) / COARSE_DEG) + 0.5) * COARSE_DEG for of in (_x, _y))
    found = np.array(shapely.points(x, y), dtype=object)
    inside = towns.geometry.representative_point().to_numpy()
    found[town >= 0] = inside[town[town >= 0]]
    return found


def _x(points: NDArray[np.object_]) -> NDArray[np.float64]:
    return np.asarray(shapely.get_x(points))


def _y(points: NDArray[np.object_]) -> NDArray[np.float64]:
    return np.asarray(shapely.get_y(points))


def _reach_m(towns: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """How far the farthest corner of each township lies from the place shown for it [m]."""
    if towns.empty:
        return np.empty(0)
    west, south, east, north = (float(v) for v in towns.total_bounds)
    crs = metric_crs((west, south, east, north))
    middles = towns.geometry.representative_point().to_crs(crs)
    edges = towns.geometry.to_crs(crs)
    return np.asarray(shapely.hausdorff_distance(middles.to_numpy(), edges.to_numpy()))

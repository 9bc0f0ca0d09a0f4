"""A whole archive judged in parts: tiles of the ground by months, on as many workers as there are.

For a backfill of years or of a province, whose hotspots do not fit one process. Parts are worked
on by functions that know their part and the folder alone, so they may run in this process, in
others, or on other machines that see the folder; who runs them is handed in. The result is that of
:func:`jdzfire.pipeline.triage.run_triage` on the same archive: same events, ids and verdicts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from jdzfire.errors import UsageError
from jdzfire.events.describe import describe_events
from jdzfire.events.join import empty_join, refresh_states
from jdzfire.events.seams import (
    Part,
    PartLinks,
    bounds_of_part,
    join_parts,
    link_part,
    name_events,
    parts_of,
)
from jdzfire.hotspots.footprints import footprints
from jdzfire.hotspots.persistence import GEOSTATIONARY, confirmed_scans
from jdzfire.pipeline.ingest import mark_done
from jdzfire.pipeline.judge import keep_tables, outcome_of
from jdzfire.pipeline.outcome import Outcome
from jdzfire.pipeline.spread_job import (
    Bbox,
    Job,
    begin_job,
    clear_job,
    context_of,
    home_of,
    leave,
    leave_table,
    left,
    names_left,
)
from jdzfire.registers.heat_history import SourceHistory
from jdzfire.schemas import MEMBERS, STORED_CRS, conform
from jdzfire.store.archive import archive_months, load_hotspots
from jdzfire.triage.context import TriageContext
from jdzfire.triage.cycle import (
    TriageState,
    empty_triage_state,
    histories_of_rows,
    rows_on_sources,
)
from jdzfire.triage.verdict import decide_verdicts
from jdzfire.workspace import Workspace

Tile = tuple[int, int]
"""Column and row."""
Run = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]
"""Applies a function to each of some values and gives the results in their order."""

TILE_DEG = 1.0
"""Side of a tile: a province is some 25 of them, a worker holds a month of one in 100 MB [C]."""
_NEAR_DEG = 0.1
"""Hotspots this near an event may lie on the same lot or source."""


@dataclass(frozen=True)
class _Linked:
    """What linking a part gave."""

    links: PartLinks
    """Groups of confirmed hotspots: the events to be."""
    around: PartLinks
    """Groups of all hotspots: what is one fire with what touches the area."""
    touches: pd.Series
    """Of each group of ``around`` whether it touches the area; index ``group``."""
    inside: pd.Series
    """Group of ``around`` each group of ``links`` lies in; index ``group``."""
    extent: pd.DataFrame
    """west, south, east, north, first, last of the own hotspots of each group of ``links``."""


@dataclass(frozen=True)
class _Judged:
    """Events of a part with their verdicts."""

    events: gpd.GeoDataFrame
    members: pd.DataFrame
    verdicts: pd.DataFrame


def run_here(function: Callable[[Any], Any], values: Sequence[Any]) -> Iterable[Any]:
    """One part after the other, in this process."""
    return map(function, values)


def spread_triage(
    workspace: Workspace,
    *,
    at: datetime,
    run: Run = run_here,
    tile_deg: float = TILE_DEG,
    share: str = "",
) -> Outcome:
    """Judge a whole archive in parts; the folder must hold no events yet.

    Parameters
    ----------
    workspace : Workspace
        Opened for writing.
    at : datetime
    run : callable
        Who works on the parts.
    tile_deg : float [degree]
    share : str
        Folder that all workers reach, as an address fsspec knows: the archive is pushed there, and
        each worker pulls a copy of its own. Default: they see the working folder.

    Returns
    -------
    Outcome

    Raises
    ------
    UsageError
        There are events already: the next watch joins new hotspots to them.
    """
    if workspace.ledger.count_events():
        raise UsageError(
            "the folder has events already",
            expected="an archive that was never judged",
            remedy="use jdzfire watch or triage; they join what is new to what is known",
        )
    job = begin_job(workspace, at, tile_deg, share)
    try:
        months = [(job, month) for month in archive_months(workspace.home)]
        parts = sorted({part for found in run(_parts_of_month, months) for part in found})
        linked = list(run(_link, [(job, part) for part in parts]))
        fires = _fires(linked)
        names = _name(linked, fires, workspace.settings.rules.events.prefix)
        for part, own, fire in zip(parts, names, fires, strict=True):
            leave(job, _name_of(part, "names"), own.to_json().encode())
            groups = [int(group) for group in fire.index[fire]]
            leave(job, _name_of(part, "fires"), json.dumps(groups).encode())
        list(
            run(_past_of_tile, [(job, tile) for tile in sorted({(p.column, p.row) for p in parts})])
        )
        homes = _homes(parts, linked, names)
        judged = run(_judge, [(job, part, homes[part]) for part in parts if part in homes])
        return _keep(workspace, judged, at)
    finally:
        clear_job(job.scratch)


def _name_of(part: Part, what: str) -> str:
    return f"{part.month}_{part.column}_{part.row}.{what}"


def _parts_of_month(given: tuple[Job, str]) -> set[Part]:
    job, month = given
    since = pd.Timestamp(f"{month}-01", tz="UTC")
    found = load_hotspots(
        home_of(job),
        since=since.to_pydatetime(),
        until=(since + pd.offsets.MonthBegin()).to_pydatetime(),
        bbox=job.bbox,
    )
    return set(parts_of(found, tile_deg=job.tile_deg))


def _clip(bbox: Bbox, most: Bbox) -> Bbox:
    return (
        max(bbox[0], most[0]),
        max(bbox[1], most[1]),
        min(bbox[2], most[2]),
        min(bbox[3], most[3]),
    )


def _link(given: tuple[Job, Part]) -> _Linked:
    """Groups of a part; its own hotspots and rows on heat sources are left for the other parts."""
    job, part = given
    rules = job.rules
    need = bounds_of_part(part, tile_deg=job.tile_deg, rules=rules.events)
    hotspots = load_hotspots(
        home_of(job), since=need.since, until=need.until, bbox=_clip(need.bbox, job.bbox)
    )
    shapes = footprints(hotspots, rules=rules.footprint)
    options: dict[str, Any] = {"tile_deg": job.tile_deg, "rules": rules.events}
    around = link_part(hotspots, shapes, part, **options)
    is_scan = hotspots["instrument"].isin(GEOSTATIONARY).to_numpy()
    counts = np.ones(len(hotspots), dtype=bool)
    if is_scan.any():
        counts[is_scan] = confirmed_scans(
            hotspots[is_scan].reset_index(drop=True), rules=rules.persistence
        )
    sure, sure_shapes = hotspots[counts], shapes[counts]
    links = link_part(sure, sure_shapes, part, **options)
    touched = shapely.intersects(shapely.from_wkb(job.area), shapes.to_numpy())
    by_id = pd.Series(touched, index=hotspots["hotspot_id"])
    own = around.own.set_index("hotspot_id")["group"]
    touches = by_id.reindex(own.index).groupby(own.to_numpy()).any()
    own_sure = links.own.set_index("hotspot_id")["group"]
    inside = own.reindex(own_sure.index).groupby(own_sure.to_numpy()).first()
    leave_table(job, _name_of(part, "own"), links.own)
    rows = rows_on_sources(hotspots, context_of(job), rules=rules)
    rows = rows[rows["hotspot_id"].isin(own.index)].reset_index(drop=True)
    group = own.reindex(rows["hotspot_id"]).to_numpy()
    if len(rows):
        table = pd.DataFrame(rows.drop(columns="geometry")).assign(
            lon=np.asarray(rows.geometry.x), lat=np.asarray(rows.geometry.y), group=group
        )
        leave_table(job, _name_of(part, "rows"), table)
    return _Linked(
        links=_without_own(links),
        around=_without_own(around),
        touches=touches,
        inside=inside,
        extent=_extent(sure, own_sure),
    )


def _without_own(links: PartLinks) -> PartLinks:
    return PartLinks(links.own.iloc[:0], links.seam, links.first)


def _extent(hotspots: gpd.GeoDataFrame, group: pd.Series) -> pd.DataFrame:
    mine = hotspots[hotspots["hotspot_id"].isin(group.index)]
    table = pd.DataFrame(
        {
            "group": group.reindex(mine["hotspot_id"]).to_numpy(),
            "lon": np.asarray(mine.geometry.x),
            "lat": np.asarray(mine.geometry.y),
            "at": mine["acquired_at"].to_numpy(),
        }
    )
    return table.groupby("group").agg(
        west=("lon", "min"),
        south=("lat", "min"),
        east=("lon", "max"),
        north=("lat", "max"),
        first=("at", "min"),
        last=("at", "max"),
    )


def _fires(linked: Sequence[_Linked]) -> list[pd.Series]:
    """Of each group of ``around`` whether it is one fire with what touches the watched area."""
    components = join_parts([one.around for one in linked])
    touching: set[int] = set()
    for one, component in zip(linked, components, strict=True):
        touching |= set(component.reindex(one.touches.index[one.touches]).dropna().astype(int))
    return [component.isin(touching) for component in components]


def _name(linked: Sequence[_Linked], fires: Sequence[pd.Series], prefix: str) -> list[pd.Series]:
    """Event of each group of each part that is one fire with what touches the watched area."""
    keep = []
    for one, fire in zip(linked, fires, strict=True):
        counts = fire.reindex(one.inside.to_numpy()).fillna(False).astype(bool)
        keep.append(pd.Series(counts.to_numpy(), index=one.inside.index))
    return name_events([one.links for one in linked], keep=keep, prefix=prefix)


def _homes(
    parts: Sequence[Part], linked: Sequence[_Linked], names: Sequence[pd.Series]
) -> dict[Part, pd.DataFrame]:
    """Events by the part they are judged in, that of their first hotspot, with their extents."""
    if not linked:
        return {}
    rows = [
        one.extent.assign(event_id=own.reindex(one.extent.index), part=number)
        for number, (one, own) in enumerate(zip(linked, names, strict=True))
    ]
    table = pd.concat(rows, ignore_index=True).dropna(subset=["event_id"])
    table = table.sort_values(["event_id", "first", "part"])
    whole = table.groupby("event_id").agg(
        west=("west", "min"),
        south=("south", "min"),
        east=("east", "max"),
        north=("north", "max"),
        first=("first", "min"),
        last=("last", "max"),
        part=("part", "first"),
    )
    return {parts[cast(int, number)]: rows for number, rows in whole.groupby("part")}


def _judge(given: tuple[Job, Part, pd.DataFrame]) -> _Judged:
    """Describe and judge the events that have their home in a part."""
    job, _, mine = given
    bbox = _clip(
        (
            float(mine["west"].min()) - _NEAR_DEG,
            float(mine["south"].min()) - _NEAR_DEG,
            float(mine["east"].max()) + _NEAR_DEG,
            float(mine["north"].max()) + _NEAR_DEG,
        ),
        job.bbox,
    )
    hour = timedelta(hours=1)
    rules = job.rules
    hotspots = load_hotspots(
        home_of(job),
        since=mine["first"].min().to_pydatetime() - hour,
        until=mine["last"].max().to_pydatetime() + hour,
        bbox=bbox,
    )
    owner = _owners(job, hotspots)
    hotspots = hotspots[hotspots["hotspot_id"].isin(owner.index)].reset_index(drop=True)
    event_id = owner.reindex(hotspots["hotspot_id"]).reset_index(drop=True)
    shapes = footprints(hotspots, rules=rules.footprint)
    events = describe_events(hotspots, shapes, event_id)
    events = refresh_states(events, at=job.at, rules=rules.events)
    members = conform(
        pd.DataFrame({"hotspot_id": hotspots["hotspot_id"], "event_id": event_id}).sort_values(
            "hotspot_id"
        ),
        MEMBERS,
    )
    context = _with_past(job, hotspots)
    verdicts = decide_verdicts(
        events, hotspots, members, context, at=pd.Timestamp(job.at), rules=rules
    )
    return _Judged(
        events=events[events["event_id"].isin(mine.index)],
        members=members[members["event_id"].isin(mine.index)],
        verdicts=verdicts[verdicts["event_id"].isin(mine.index)],
    )


def _owners(job: Job, hotspots: gpd.GeoDataFrame) -> pd.Series:
    """Event of each of these hotspots that has one, by hotspot_id, as their own parts know."""
    found = []
    for part in sorted(set(parts_of(hotspots, tile_deg=job.tile_deg))):
        own = pd.read_parquet(left(job, _name_of(part, "own")))
        names = _names_of(job, part)
        found.append(own.assign(event_id=own["group"].map(names)).dropna(subset=["event_id"]))
    table = pd.concat(found) if found else pd.DataFrame({"hotspot_id": [], "event_id": []})
    return table.set_index("hotspot_id")["event_id"]


def _names_of(job: Job, part: Part) -> dict[int, str]:
    held = json.loads(left(job, _name_of(part, "names")).getvalue())
    return {int(str(group)): str(name) for group, name in held.items()}


def _tiles_around(bbox: Bbox, tile_deg: float) -> set[Tile]:
    """Tiles that a box touches, with those near it."""
    west, south, east, north = (
        int(np.floor(edge / tile_deg))
        for edge in (
            bbox[0] - _NEAR_DEG,
            bbox[1] - _NEAR_DEG,
            bbox[2] + _NEAR_DEG,
            bbox[3] + _NEAR_DEG,
        )
    )
    return {(c, r) for c in range(west, east + 1) for r in range(south, north + 1)}


def _tiles_of(parts: Sequence[Part]) -> list[Tile]:
    """Tiles of the parts and those beside them: a source may lie there."""
    steps = (-1, 0, 1)
    return sorted({(p.column + i, p.row + j) for p in parts for i in steps for j in steps})


def _past_of_tile(given: tuple[Job, Tile]) -> None:
    """Leave the past of the heat sources of a tile for the parts that judge."""
    job, tile = given
    rules, context = job.rules, context_of(job)
    sources = context.sources
    places = sources.geometry.representative_point().to_crs("EPSG:4326")
    mine = np.floor(np.asarray(places.x) / job.tile_deg).astype(int) == tile[0]
    mine &= np.floor(np.asarray(places.y) / job.tile_deg).astype(int) == tile[1]
    if not mine.any():
        return
    context = replace(context, sources=sources[mine].reset_index(drop=True))
    west, south = tile[0] * job.tile_deg, tile[1] * job.tile_deg
    around = _tiles_around((west, south, west + job.tile_deg, south + job.tile_deg), job.tile_deg)
    rows = _rows_of(job, around)
    if rows is None:
        return
    past = histories_of_rows(rows, context, rules=rules)
    if past:
        names = [one.name for one in fields(SourceHistory)]
        tables = [
            pd.DataFrame({name: getattr(one, name) for name in names}).assign(source_id=source_id)
            for source_id, one in past.items()
        ]
        leave_table(job, _past_name(tile), pd.concat(tables, ignore_index=True))


def _past_name(tile: Tile) -> str:
    return f"{tile[0]}_{tile[1]}.past"


def _rows_of(job: Job, tiles: Iterable[Tile]) -> gpd.GeoDataFrame | None:
    """Rows on heat sources of all months of some tiles, of fires that concern the area."""
    found = [table for tile in sorted(tiles) if len(table := _rows_of_tile(job, tile))]
    if not found:
        return None
    rows = pd.concat(found, ignore_index=True).sort_values(["acquired_at", "hotspot_id"])
    places = gpd.points_from_xy(rows.pop("lon"), rows.pop("lat"))
    return gpd.GeoDataFrame(rows, geometry=places, crs=STORED_CRS).reset_index(drop=True)


@lru_cache(maxsize=16)  # nine tiles ask for the rows of each
def _rows_of_tile(job: Job, tile: Tile) -> pd.DataFrame:
    found = []
    for name in names_left(job, f"*_{tile[0]}_{tile[1]}.rows"):
        rows = pd.read_parquet(left(job, name))
        fires = json.loads(left(job, f"{name.removesuffix('.rows')}.fires").getvalue())
        found.append(rows[rows["group"].isin(fires)].drop(columns="group"))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _with_past(job: Job, hotspots: gpd.GeoDataFrame) -> TriageContext:
    """The registers, with the past of the heat sources near these hotspots."""
    west, south, east, north = (float(v) for v in hotspots.total_bounds)
    past: dict[str, SourceHistory] = {}
    for tile in sorted(_tiles_around((west, south, east, north), job.tile_deg)):
        past |= _left_past(job, tile)
    return replace(context_of(job), past=past)


@lru_cache(maxsize=16)  # every month of a tile asks for it
def _left_past(job: Job, tile: Tile) -> dict[str, SourceHistory]:
    try:
        table = pd.read_parquet(left(job, _past_name(tile)))
    except FileNotFoundError:  # no source lies there, or none was ever hot
        return {}
    names = [one.name for one in fields(SourceHistory)]
    return {
        str(source_id): SourceHistory(**{name: rows[name].to_numpy() for name in names})
        for source_id, rows in table.groupby("source_id")
    }


def _keep(workspace: Workspace, judged: Iterable[_Judged], at: datetime) -> Outcome:
    """Write the parts as they come, so that one process never holds them all."""
    opened = 0
    with workspace.ledger.together():
        for one in judged:
            after = TriageState(
                hotspots=empty_triage_state().hotspots,
                events=one.events.sort_values("event_id").reset_index(drop=True),
                members=one.members.sort_values("hotspot_id").reset_index(drop=True),
                verdicts=one.verdicts.sort_values("event_id").reset_index(drop=True),
            )
            before = empty_triage_state()
            opened += len(keep_tables(workspace, before, after, empty_join(), at=at))
        outcome = outcome_of(workspace, opened=opened, reopened=0)
        mark_done(workspace)
    return outcome

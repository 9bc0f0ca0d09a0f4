"""The board: everything a page, a bulletin or an export shows, in one value.

What belongs here: the tables of one moment, and its public edition. How they are drawn is
in the packages that import this one.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial, wraps
from inspect import signature
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

import geopandas as gpd
import pandas as pd

from jdzfire.reach import NEARBY_COLUMNS, NEAREST_COLUMNS, OUTLOOK_COLUMNS, ROUTE_COLUMNS
from jdzfire.schemas import (
    ADMIN,
    CASES,
    EVENTS,
    HEAT_SOURCES,
    HOTSPOTS,
    MEMBERS,
    PERMITS,
    ROADS,
    SETTLEMENTS,
    SPECIAL_DAYS,
    TEAMS,
    TIME_DTYPE,
    VERDICTS,
    ZONES,
    empty_table,
)
from jdzfire.season.report import SeasonReport
from jdzfire.siting.assumptions import TravelAssumptions

Edition = Literal["internal", "public"]
FEED_COLUMNS = {
    "feed": "str",
    "state": "str",
    "last_ok_at": TIME_DTYPE,
    "last_data_at": TIME_DTYPE,
    "detail": "str",
}
"""Columns of ``Board.feeds``, as the ledger's ``load_feeds`` gives them."""

OBSERVATION_COLUMNS = {
    "township_id": "str",
    "name": "str",
    "feed": "str",
    "satellite": "str",
    "last_looked_at": TIME_DTYPE,
    "next_expected_at": TIME_DTYPE,
    "is_about": "boolean",
}
"""Columns of ``Board.observations`` [OBSERVATIONS]: when a satellite last observed a township, and
when the next pass is due; a table may lack ``name``, ``satellite`` and what is expected."""

HISTORY_COLUMNS = {
    "seq": "int64",
    "event_id": "str",
    "verdict": "str",
    "is_provisional": "bool",
    "decided_at": TIME_DTYPE,
}
"""Columns of ``Board.verdict_history``: of the ledger's history those that name nobody."""

REDACTED = "（略）"


def _frame(columns: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})


def _lines(columns: dict[str, str]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(_frame(columns), geometry=gpd.GeoSeries([], crs=4326))


@dataclass(frozen=True, eq=False)
class Board:
    """What is known at one moment; every table may be empty, but has its columns."""

    now: datetime
    """Moment of the board, aware."""
    events: gpd.GeoDataFrame = field(default_factory=partial(empty_table, EVENTS))
    """[EVENTS]; merged ones are left out of what is drawn."""
    verdicts: pd.DataFrame = field(default_factory=partial(empty_table, VERDICTS))
    """[VERDICTS]; an event without a verdict counts as unresolved."""
    hotspots: gpd.GeoDataFrame = field(default_factory=partial(empty_table, HOTSPOTS))
    """[HOTSPOTS] to draw as dots, and for the confidence of events."""
    members: pd.DataFrame = field(default_factory=partial(empty_table, MEMBERS))
    """[MEMBERS]: which hotspot belongs to which event."""
    verdict_history: pd.DataFrame = field(default_factory=partial(_frame, HISTORY_COLUMNS))
    """Each decision on each event, see ``HISTORY_COLUMNS``."""
    cases: pd.DataFrame = field(default_factory=partial(empty_table, CASES))
    """[CASES]; an event whose case is closed leaves the list."""
    permits: gpd.GeoDataFrame = field(default_factory=partial(empty_table, PERMITS))
    """[PERMITS]"""
    zones: gpd.GeoDataFrame = field(default_factory=partial(empty_table, ZONES))
    """[ZONES]"""
    heat_sources: gpd.GeoDataFrame = field(default_factory=partial(empty_table, HEAT_SOURCES))
    """[HEAT_SOURCES]"""
    teams: gpd.GeoDataFrame = field(default_factory=partial(empty_table, TEAMS))
    """[TEAMS]"""
    nearest: pd.DataFrame = field(default_factory=partial(_frame, NEAREST_COLUMNS))
    """Nearest teams of each event, see ``reach.NEAREST_COLUMNS``."""
    routes: gpd.GeoDataFrame = field(default_factory=partial(_lines, ROUTE_COLUMNS))
    """Ways of the first teams of open events, see ``reach.ROUTE_COLUMNS``."""
    outlooks: gpd.GeoDataFrame = field(default_factory=partial(_lines, OUTLOOK_COLUMNS))
    """How far open events may spread, see ``reach.OUTLOOK_COLUMNS``; empty unless switched on."""
    nearby: pd.DataFrame = field(default_factory=partial(_frame, NEARBY_COLUMNS))
    """Water, landing points and officers near open events, see ``reach.NEARBY_COLUMNS``."""
    admin: gpd.GeoDataFrame = field(default_factory=partial(empty_table, ADMIN))
    """[ADMIN]"""
    roads: gpd.GeoDataFrame = field(default_factory=partial(empty_table, ROADS))
    """[ROADS]"""
    settlements: gpd.GeoDataFrame = field(default_factory=partial(empty_table, SETTLEMENTS))
    """[SETTLEMENTS]"""
    feeds: pd.DataFrame = field(default_factory=partial(_frame, FEED_COLUMNS))
    """State of each feed, see ``FEED_COLUMNS``; ``title_zh`` and ``title_en`` may be added."""
    observations: pd.DataFrame = field(default_factory=partial(_frame, OBSERVATION_COLUMNS))
    """Last observation of each township, see ``OBSERVATION_COLUMNS``."""
    growth: pd.DataFrame | None = None
    """[GROWTH]: what each pass saw of each event; None: traced from the hotspots when drawn."""
    dem: Any = None
    """xr.DataArray of elevation [m] with a CRS on ``.rio``, or None."""
    rejected_count: int = 0
    """Rows that could not be used and are kept with their reasons."""
    city: str = "景德镇市"
    """Place in the title."""
    travel: TravelAssumptions = field(default_factory=TravelAssumptions)
    """How minutes of a team are estimated from the straight line."""
    renewed_every_min: float = 10.0
    """How often a newer board is to be expected [min]."""
    danger: dict[str, Any] | None = None
    """Fire danger of the day; keys danger_grade, fwi, wind_force, wind_ms, rh_pct, tmax_c,
    days_since_rain, date; any may be absent or null."""
    danger_of_events: dict[str, int] = field(default_factory=dict)
    """Fire danger grade (1 to 5) of an event's place on the day it was last seen, by event_id."""
    special_days: pd.DataFrame = field(default_factory=partial(empty_table, SPECIAL_DAYS))
    """[SPECIAL_DAYS]: festivals, key periods, fire bans, warnings."""
    season: SeasonReport | None = None
    """The year's numbers until now."""


@dataclass(frozen=True, eq=False)
class PublicBoard(Board):
    """A board anybody may see; only ``public_edition`` makes one."""


V = TypeVar("V")
T = TypeVar("T")
P = ParamSpec("P")


def once_per_object(
    make: Callable[Concatenate[V, P], T],
) -> Callable[Concatenate[V, P], T]:
    """Remember the results of ``make`` for its first argument, until that is no more.

    The first argument is compared by identity and must not change; the others are named and
    hashable. A
    board and its public edition are two objects, so nothing made of one is shown in the other.
    """
    kept: dict[int, dict[Any, T]] = {}
    shape = signature(make)

    @wraps(make)
    def made(first: V, /, *args: P.args, **options: P.kwargs) -> T:
        if id(first) not in kept:
            kept[id(first)] = {}
            weakref.finalize(first, kept.pop, id(first), None)
        of_first = kept[id(first)]
        bound = shape.bind(first, *args, **options)
        bound.apply_defaults()  # an option left out is the same as its default given
        key = tuple(list(bound.arguments.values())[1:])
        if key not in of_first:
            of_first[key] = make(first, *args, **options)
        return of_first[key]

    return made

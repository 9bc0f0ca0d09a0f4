"""The board: everything a page, a bulletin or an export shows, in one value.

What belongs here: the tables of one moment, and what must leave them before the public may
look. How they are drawn is the business of the modules beside this one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Literal, TypeVar

import geopandas as gpd
import pandas as pd
import shapely

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
    decode_reasons,
    empty_table,
    encode_reasons,
)
from jdzfire.season import SeasonReport
from jdzfire.siting import TravelAssumptions

__all__ = [
    "FEED_COLUMNS",
    "HISTORY_COLUMNS",
    "LOOK_COLUMNS",
    "NEAREST_COLUMNS",
    "Board",
    "Edition",
    "public_edition",
]

Edition = Literal["internal", "public"]
T = TypeVar("T")

FEED_COLUMNS = {
    "feed": "str",
    "state": "str",
    "last_ok_at": TIME_DTYPE,
    "last_data_at": TIME_DTYPE,
    "detail": "str",
}
"""Columns of ``Board.feeds``, as the ledger's ``load_feeds`` gives them."""

NEAREST_COLUMNS = {
    "event_id": "str",
    "rank": "int64",
    "team_id": "str",
    "distance_m": "float64",
    "bearing_deg": "float64",
    "method": "str",
}
"""Columns of ``Board.nearest``, as ``reach.nearest_teams`` gives them."""

LOOK_COLUMNS = {
    "township_id": "str",
    "name": "str",
    "feed": "str",
    "satellite": "str",
    "last_looked_at": TIME_DTYPE,
    "next_expected_at": TIME_DTYPE,
    "is_about": "boolean",
}
"""Columns of ``Board.looks`` [LOOKS]: when a satellite last looked at a township, and will next;
a table may lack ``name``, ``satellite`` and what is expected."""

HISTORY_COLUMNS = {
    "seq": "int64",
    "event_id": "str",
    "verdict": "str",
    "is_provisional": "bool",
    "decided_at": TIME_DTYPE,
}
"""Columns of ``Board.verdict_history``: of the ledger's history those that name nobody."""

REDACTED = "（略）"

_PRIVATE_COLUMNS = {
    "permits": ("applicant", "contact", "phone", "place"),
    "teams": ("leader", "phone"),
    "heat_sources": ("approved_by", "evidence"),
    "hotspots": ("remark",),
    "feeds": ("detail",),
    "special_days": ("remark",),
}
_NAMING_COLUMNS = {
    "permits": ("applicant", "contact", "phone"),
    "teams": ("leader", "phone"),
    "heat_sources": ("approved_by",),
}
_NAMELESS = ("relief", "traced", "city ")
"""How that begins what a board remembers and no name is in: the public edition goes on with it."""
_PHONE = re.compile(r"(?<![\d.])(?:\+?86[- ]?)?(?:1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8})(?![\d.])")


def _frame(columns: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})


@dataclass(frozen=True)
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
    """Nearest teams of each event, see ``NEAREST_COLUMNS``."""
    admin: gpd.GeoDataFrame = field(default_factory=partial(empty_table, ADMIN))
    """[ADMIN]"""
    roads: gpd.GeoDataFrame = field(default_factory=partial(empty_table, ROADS))
    """[ROADS]"""
    settlements: gpd.GeoDataFrame = field(default_factory=partial(empty_table, SETTLEMENTS))
    """[SETTLEMENTS]"""
    feeds: pd.DataFrame = field(default_factory=partial(_frame, FEED_COLUMNS))
    """State of each feed, see ``FEED_COLUMNS``; ``title_zh`` and ``title_en`` may be added."""
    looks: pd.DataFrame = field(default_factory=partial(_frame, LOOK_COLUMNS))
    """Last look at each township, see ``LOOK_COLUMNS``."""
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
    is_public: bool = False
    """Whether :func:`public_edition` has cut it."""
    _memo: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was told of this board once; a board is never changed, a copy starts anew."""

    def remember(self, name: str, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once a board and name. Nobody may change it."""
        if name not in self._memo:
            self._memo[name] = make()
        found: T = self._memo[name]
        return found


def public_edition(board: Board) -> Board:
    """The same board without phones, names of people, applicants, remarks and places of lots.

    The private columns become null, and the shapes of permits empty: who knows the lot knows whose
    it is. Its township and area stay. A phone number, or a name that stood in one of those
    columns, is also cut out of the sentences of the verdicts, since a rule may have quoted it.

    Parameters
    ----------
    board : Board

    Returns
    -------
    Board
        Same rows, same columns; a board that is public already comes back as it is.
    """
    if board.is_public:
        return board
    names = sorted(_private_names(board), key=len, reverse=True)
    changed: dict[str, Any] = {}
    for table_name, columns in _PRIVATE_COLUMNS.items():
        table = getattr(board, table_name)
        blank = pd.Series(pd.NA, index=table.index, dtype="str")
        changed[table_name] = table.assign(**{c: blank for c in columns if c in table})
    permits = changed["permits"]
    nowhere = gpd.GeoSeries([shapely.Point()] * len(permits), permits.index, crs=permits.crs)
    changed["permits"] = permits.set_geometry(nowhere)
    reasons = [_without_names(text, names) for text in board.verdicts["reasons"]]
    verdicts = board.verdicts.assign(reasons=pd.Series(reasons, board.verdicts.index, dtype="str"))
    cut = replace(board, verdicts=verdicts, is_public=True, **changed)
    cut._memo.update({k: v for k, v in board._memo.items() if k.startswith(_NAMELESS)})
    return cut


def _private_names(board: Board) -> set[str]:
    found: set[str] = set()
    for table_name, columns in _NAMING_COLUMNS.items():
        table = getattr(board, table_name)
        for column in columns:
            found.update(str(text).strip() for text in table[column].dropna())
    return {text for text in found if len(text) >= 2}


def _without_names(reasons: str, names: Iterable[str]) -> str:
    def cut(text: str) -> str:
        for name in names:
            text = text.replace(name, REDACTED)
        return _PHONE.sub(REDACTED, text)

    def cut_values(values: Any) -> dict[str, Any]:
        return {k: cut(v) if isinstance(v, str) else v for k, v in values.items()}

    return encode_reasons(
        [
            replace(
                reason,
                text_zh=cut(reason.text_zh),
                text_en=cut(reason.text_en),
                measured=cut_values(reason.measured),
                threshold=cut_values(reason.threshold),
            )
            for reason in decode_reasons(reasons)
        ]
    )

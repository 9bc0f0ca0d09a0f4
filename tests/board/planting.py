"""Every text field of every table of a board, and boards with something planted in each.

A column that is not stated here fails a test: whoever adds one must say whether the public may see
it. The tables are walked by dtype, so that none can be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from itertools import count
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.affinity import translate

from jdzfire.board.board import Board
from jdzfire.events.growth import trace_growth
from jdzfire.reach import OUTLOOK_COLUMNS
from jdzfire.schemas import Reason, decode_reasons, encode_reasons

Field = tuple[str, str]
"""Table and column."""

PRIVATE: set[Field] = {
    *(("permits", name) for name in ("applicant", "contact", "phone", "place")),
    *(("teams", name) for name in ("leader", "phone", "duty_hours", "equipment")),
    *(("nearby", name) for name in ("name", "phone")),
    *(("heat_sources", name) for name in ("approved_by", "evidence")),
    *(("zones", name) for name in ("name", "forest_farm")),
    ("hotspots", "remark"),
    ("cases", "held_by"),
    ("feeds", "detail"),
    ("special_days", "remark"),
}
"""Names of people, telephones, applicants, what people wrote, forest farms and their compartments,
and where exactly a lot lies."""

OPEN: set[Field] = {
    *(("verdicts", name) for name in ("county", "township", "place")),
    *(("hotspots", name) for name in ("feed", "satellite", "product", "version")),
    *(("events", name) for name in ("satellites", "instruments")),
    *(("permits", name) for name in ("purpose", "county", "township")),
    *(("zones", name) for name in ("county", "township", "forest_class", "species")),
    *(("zones", name) for name in ("forest_subclass", "land_type", "origin")),
    *(("heat_sources", name) for name in ("name", "kind")),
    *(("teams", name) for name in ("name", "county", "township")),
    ("admin", "name"),
    *(("roads", name) for name in ("name", "road_class")),
    *(("settlements", name) for name in ("name", "kind", "county", "township")),
    *(("observations", name) for name in ("name", "feed", "satellite")),
    *(("special_days", name) for name in ("name", "kind", "county")),
    *(("growth", name) for name in ("satellite", "instrument")),
    ("feeds", "feed"),
}
"""Texts from outside that anybody may read."""

KEYS: set[Field] = {
    *(("permits", "permit_id"), ("heat_sources", "source_id"), ("verdicts", "explained_by")),
    *(("teams", "team_id"), ("cases", "team_id"), ("nearest", "team_id"), ("routes", "team_id")),
    *(("zones", "zone_id"), ("verdicts", "zone_id"), ("nearby", "resource_id")),
    *(("admin", "admin_id"), ("admin", "parent_id"), ("observations", "township_id")),
    *(("roads", "road_id"), ("settlements", "settlement_id"), ("special_days", "day_id")),
}
"""Ids of offices, as hostile as any text; the same id must stay the same in every table."""

NUMBERED: set[Field] = {
    *(("permits", "permit_id"), ("heat_sources", "source_id"), ("verdicts", "explained_by")),
    *(("teams", "team_id"), ("cases", "team_id"), ("nearest", "team_id")),
    *(("zones", "zone_id"), ("verdicts", "zone_id")),
}
"""Those of them that the public edition replaces by numbers of its own."""

OURS: set[Field] = {
    *((name, "event_id") for name in ("events", "verdicts", "members", "cases")),
    *((name, "event_id") for name in ("nearest", "routes", "verdict_history", "growth")),
    *(("nearest", "busy_with"), ("nearby", "event_id"), ("nearby", "kind")),
    ("outlooks", "event_id"),
    *(("events", "merged_into"), ("events", "state"), ("cases", "case_id"), ("cases", "status")),
    *(
        ("cases", "category"),
        ("cases", "cause"),
        ("verdicts", "verdict"),
        ("verdict_history", "verdict"),
    ),
    *(("hotspots", "hotspot_id"), ("members", "hotspot_id"), ("hotspots", "raw_sha256")),
    *(("hotspots", "instrument"), ("hotspots", "confidence"), ("nearest", "method")),
    *(("routes", "part"), ("roads", "surface"), ("roads", "one_way"), ("roads", "access")),
    *(("permits", "status"), ("permits", "source_datum"), ("teams", "kind"), ("admin", "level")),
    *(("verdicts", name) for name in ("reasons", "priority_parts", "escalation", "rules_version")),
    ("feeds", "state"),
}
"""Codes and ids jdzfire writes itself; contracts check them."""

EAST_DEG = 0.0123457
"""Permits are moved by this, so that no other shape has a corner of theirs."""


def full_board(board: Board) -> Board:
    """The board with a row in each table, growth and special days too."""
    owner = board.members.set_index("hotspot_id")["event_id"]
    day = pd.Timestamp(board.now).normalize()
    days = pd.DataFrame(
        [
            {
                "day_id": "D-1",
                "name": "清明",
                "kind": "festival",
                "begins_at": day - pd.Timedelta(days=1),
                "ends_at": day + pd.Timedelta(days=2),
                "county": None,
                "remark": "文件",
            }
        ]
    ).astype(board.special_days.dtypes.to_dict())
    observations = board.observations.assign(
        name="镇",
        satellite="NOAA-20",
        next_expected_at=pd.Timestamp(board.now) + pd.Timedelta(hours=2),
        is_about=True,
    )
    history = board.verdicts[["event_id", "verdict", "is_provisional", "decided_at"]]
    people = board.hotspots["hotspot_id"] == "001-0"
    lots = board.permits.geometry.apply(lambda lot: translate(lot, EAST_DEG, EAST_DEG))
    return replace(
        board,
        growth=trace_growth(board.hotspots, board.hotspots["hotspot_id"].map(owner)),
        special_days=days,
        outlooks=outlook_of(board),
        verdict_history=history.assign(seq=range(len(history))),
        observations=observations,
        hotspots=board.hotspots.assign(
            instrument=board.hotspots["instrument"].mask(people, "PERSON")
        ),
        permits=board.permits.set_geometry(lots),
    )


def outlook_of(board: Board) -> gpd.GeoDataFrame:
    """How far the first event may be when a team arrives."""
    first = board.events.iloc[0]
    row = {
        "event_id": first["event_id"],
        "later_min": 0.0,
        "after_min": 90.0,
        "area_ha": 12.0,
        "low_ha": 4.0,
        "high_ha": 40.0,
        "is_wind_known": False,
        "geometry": first["geometry"].centroid.buffer(0.002),
    }
    table = gpd.GeoDataFrame(pd.DataFrame([row]), geometry="geometry", crs=4326)
    return table.astype(OUTLOOK_COLUMNS)


def tables_of(board: Board) -> dict[str, pd.DataFrame]:
    """Every table of a board by name."""
    found = {one.name: getattr(board, one.name) for one in fields(board)}
    return {name: value for name, value in found.items() if isinstance(value, pd.DataFrame)}


def text_fields(board: Board) -> set[Field]:
    """Every column that can hold a text, by dtype."""
    return {
        (name, str(column))
        for name, table in tables_of(board).items()
        for column, dtype in table.dtypes.items()
        if not isinstance(dtype, gpd.array.GeometryDtype)
        and (pd.api.types.is_object_dtype(dtype) or isinstance(dtype, pd.StringDtype))
    }


def plant(
    board: Board,
    text_of: Callable[[str, str, int], str],
    *,
    in_fields: set[Field],
    in_reasons: bool = False,
) -> Board:
    """A board with ``text_of(table, column, row)`` in every cell of the fields, nulls too.

    An id becomes the id with the text behind it, the same wherever it stands. With
    ``in_reasons`` each sentence of a verdict ends with its text too.
    """
    ids: dict[str, str] = {}
    changed: dict[str, Any] = {}
    for name, table in tables_of(board).items():
        columns = {}
        for column in table.columns:
            if (name, column) not in in_fields:
                continue
            texts = [text_of(name, str(column), row) for row in range(len(table))]
            if (name, column) in KEYS:
                held = table[column].tolist()
                texts = [
                    value if pd.isna(value) else ids.setdefault(value, f"{value}{text}")
                    for value, text in zip(held, texts, strict=True)
                ]
            columns[column] = pd.Series(texts, index=table.index, dtype="str")
        changed[name] = table.assign(**columns)
    if in_reasons:
        numbers = count()
        reasons = [
            encode_reasons(
                [
                    replace(
                        reason,
                        text_zh=reason.text_zh + text_of("reasons", "text", next(numbers)),
                        text_en=reason.text_en + text_of("reasons", "text", next(numbers)),
                        measured={"stated": text_of("reasons", "text", next(numbers))},
                    )
                    for reason in decode_reasons(text)
                ]
            )
            for text in changed["verdicts"]["reasons"]
        ]
        changed["verdicts"] = changed["verdicts"].assign(
            reasons=pd.Series(reasons, changed["verdicts"].index, dtype="str")
        )
    return replace(board, **changed)


def quote_people(board: Board) -> Board:
    """The board with a first verdict whose sentence quotes everybody who has a name in it."""
    people = "、".join(
        str(value)
        for name, column in sorted(PRIVATE - {("feeds", "detail")})
        if column in ("applicant", "contact", "leader", "approved_by", "phone")
        for value in tables_of(board)[name][column]
    )
    stated = Reason("permit.place", "failed", f"问{people}", f"ask {people}", {"asked": people})
    reasons = board.verdicts["reasons"].copy()
    reasons.iloc[0] = encode_reasons([stated])
    return replace(board, verdicts=board.verdicts.assign(reasons=reasons))

"""Tables of hotspots that offices send, read through a mapping: CSV, Excel, JSON.

FY-3 and FY-4 lists, provincial sheets and the national one differ in headers, units, datum and
zone, not in kind. What a sheet has beyond jdzfire's columns (smoke, land class, pixel count)
is kept as words in ``remark``.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.errors import InputError
from jdzfire.feeds.hotspot_rows import hotspot_table, reject_future
from jdzfire.feeds.mapping import COLUMNS, TableMapping, load_mapping
from jdzfire.feeds.places import place_rows
from jdzfire.feeds.reading import Feed, Reading, RowValidator, source_of
from jdzfire.feeds.satellites import satellite_and_sensor
from jdzfire.feeds.sheets import header_key, read_sheet
from jdzfire.feeds.text import excerpt
from jdzfire.feeds.times import BEIJING, day_order, parse_clock, parse_time, utc_series
from jdzfire.feeds.values import is_blank, map_distinct, numbers
from jdzfire.schemas import INSTRUMENTS

_FIRST_YEAR = 1995
_HAS_ZONE = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")
_HAS_CLOCK = re.compile(r"[:：时点T]|\d{8}\d{4}|\s\d{1,2}(\D|$)")
_CONFIDENCE = {"low": "low", "nominal": "nominal", "high": "high", "低": "low", "中": "nominal",
               "高": "high"}  # fmt: skip
_LIMITS = {
    "frp": (-50.0, 50_000.0),
    "scan": (0.01, 50.0),
    "track": (0.01, 50.0),
    "bright_mir": (150.0, 900.0),
    "bright_tir": (150.0, 900.0),
    "error_m": (0.0, 50_000.0),
}
"""What a value can be at all: MW, km, km, K, K, m [K]."""
NO_CLOCK = "无时刻，按正午计"
"""Remark of a row whose table has only the date."""


def shipped_feeds() -> list[Feed]:
    """Feeds of the mappings that come with jdzfire."""
    folder = resources.files("jdzfire.feeds") / "mappings"
    found = []
    for path in sorted(folder.iterdir(), key=lambda one: one.name):
        if path.name.endswith(".toml"):
            text = path.read_text(encoding="utf-8")
            found.append(mapped_feed(load_mapping(text, name=path.name.removesuffix(".toml"))))
    return found


def mapped_feed(mapping: TableMapping) -> Feed:
    """A feed that reads tables of a mapping."""
    return Feed(
        name=mapping.name,
        title_zh=mapping.title_zh,
        title_en=mapping.title_en,
        instruments=tuple(name for name in INSTRUMENTS if name != "PERSON"),
        recognise=partial(_recognise, mapping),
        read=partial(read_mapped, mapping),
        late_after_h=mapping.late_after_h,
        licence=mapping.licence,
    )


def read_mapped(
    mapping: TableMapping, raw: bytes, *, source_name: str, received_at: datetime
) -> Reading:
    """Hotspots of a table through a mapping.

    Parameters
    ----------
    mapping : TableMapping
    raw : bytes
        CSV (UTF-8, GB18030), Excel, or JSON: a list of objects, ``{"data": [...]}``, GeoJSON
        points.
    source_name : str
    received_at : datetime
        Aware.

    Returns
    -------
    Reading
        Table [HOTSPOTS]. A satellite jdzfire does not know keeps its name, with instrument
        ``OTHER``; a date without a time of day counts as the mapping's ``clock`` and is noted in
        ``remark``. Reasons of rejected rows: ``column_count``, ``total_line``, ``header_again``,
        ``position_...``, ``datum``, ``time``, ``future``, the name of a measure that is
        impossible, ``confidence``, ``duplicate_row``.

    Raises
    ------
    InputError
        Not such a table: no header with a place and a time.
    """
    expected = f"a table of {mapping.name} with " + ", ".join(mapping.recognise)
    source = source_of(raw, source_name=source_name, kind=mapping.name, received_at=received_at)
    text = _json_as_csv(raw, source_name, expected) if _is_json(raw) else raw
    words = {f"_remark{i}": (header,) for i, header in enumerate(mapping.remark)}
    columns = {name: mapping.columns.get(name, ()) for name in COLUMNS}
    sheet = read_sheet(
        text, source_name=source_name, columns={**columns, **words}, expected=expected
    )
    missing = [name for name in ("lon", "lat") if name not in sheet.found]
    if not {"time", "date"} & sheet.found:
        missing.append("time" if "time" in mapping.columns else "date")
    if missing or not _recognise(mapping, raw, source_name):
        raise InputError(
            f"{excerpt(source_name)} lacks columns of {mapping.name}",
            expected=expected,
            found="no "
            + (
                ", ".join(mapping.columns[name][0] for name in missing) or "header with all of them"
            ),
            remedy="name the columns as in the mapping, or add the header to it",
        )
    validator = RowValidator(sheet.rows, source)
    for fault in sheet.faults:
        validator.reject_line(*fault)
    table = _hotspots(validator, mapping)
    return Reading(table, validator.rejected(), mapping.name, (*sheet.notes, *validator.notes()))


def _hotspots(validator: RowValidator, mapping: TableMapping) -> gpd.GeoDataFrame:
    rows = validator.rows
    acquired_at, has_clock = _times(validator, mapping)
    reject_future(validator, acquired_at)
    placed = place_rows(validator, default_datum=mapping.datum)
    satellites = [name if not is_blank(name) else mapping.satellite for name in rows["satellite"]]
    known = map_distinct(satellites, satellite_and_sensor)
    sensors = [
        mapping.instrument if sensor == "OTHER" and mapping.instrument else sensor
        for _, sensor in known
    ]
    pixel, shift = mapping.units.get("pixel", 1.0), mapping.units.get("temperature", 0.0)
    scan = _measure(validator, "scan", pixel)
    track = _measure(validator, "track", pixel)
    error_m = _measure(validator, "error_m")
    values = {
        "satellite": [name for name, _ in known],
        "instrument": sensors,
        "product": mapping.product,
        "version": [None if is_blank(v) else str(v) for v in rows["version"]],
        "acquired_at": acquired_at,
        "scan_km": _filled(scan, mapping.pixel_km),
        "track_km": _filled(track, mapping.pixel_km),
        "frp_mw": _measure(validator, "frp", mapping.units.get("frp", 1.0)),
        "bright_mir_k": _measure(validator, "bright_mir", shift=shift),
        "bright_tir_k": _measure(validator, "bright_tir", shift=shift),
        "confidence": _confidence(validator, mapping.confidence),
        "location_error_m": _filled(error_m, mapping.location_error_m),
        "remark": _remarks(rows, mapping, has_clock),
    }
    return hotspot_table(validator, values, lon=placed.lon, lat=placed.lat)


def _times(validator: RowValidator, mapping: TableMapping) -> tuple[pd.Series[Any], list[bool]]:
    """UTC times, and whether each row has a time of day."""
    rows, zone = validator.rows, ZoneInfo(mapping.time_zone)
    whole = [
        day if is_blank(time) else time
        for time, day in zip(rows["time"], rows["date"], strict=True)
    ]
    order = day_order(whole) or day_order(whole, by_span=True)
    clock = parse_clock(mapping.clock) or 0
    moments: list[datetime | None] = []
    stated: list[bool] = []
    for value, minutes in zip(whole, map(parse_clock, rows["clock"]), strict=True):
        moment = parse_time(value, order=order)
        is_day = moment is not None and _is_day_alone(value)
        if moment is not None and is_day:
            moment += timedelta(minutes=clock if minutes is None else minutes)
        stated.append(not is_day or minutes is not None)
        moments.append(_in_zone(moment, value, zone))
    usable = [m if m is not None and _FIRST_YEAR <= m.year < 2200 else None for m in moments]
    wrong = np.array([moment is None for moment in usable], dtype=bool)
    validator.reject(wrong, "time", "expected a time, as 2024-04-04 13:03")
    return utc_series(usable, rows.index), stated


def _in_zone(moment: datetime | None, value: object, zone: ZoneInfo) -> datetime | None:
    """A moment read as Beijing time, in the zone the table means, unless the cell has its own."""
    if moment is None or _HAS_ZONE.search(str(value)):
        return moment
    try:
        return moment.astimezone(BEIJING).replace(tzinfo=zone).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _is_day_alone(value: object) -> bool:
    if isinstance(value, datetime):
        return False
    if isinstance(value, date):
        return True
    text = str(value).strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text).is_integer()
    return _HAS_CLOCK.search(text) is None


def _measure(
    validator: RowValidator, name: str, factor: float = 1.0, *, shift: float = 0.0
) -> NDArray[np.float64]:
    read, blank = numbers(validator.rows[name])
    values = np.asarray(read * factor + shift, dtype=np.float64)
    low, high = _LIMITS[name]
    wrong = ~blank & ~((values >= low) & (values <= high))
    validator.reject(wrong, name, f"expected a number from {low:g} to {high:g}")
    return values


def _filled(values: NDArray[np.float64], default: float | None) -> NDArray[np.float64]:
    return values if default is None else np.where(np.isnan(values), default, values)


def _confidence(validator: RowValidator, words: Mapping[str, str]) -> list[str | None]:
    """Classes of the table's words; a word nobody explained is left out, not guessed."""
    known = {**_CONFIDENCE, **words}
    return map_distinct(
        validator.rows["confidence"],
        lambda text: None if is_blank(text) else known.get(str(text).strip().lower()),
    )


def _remarks(rows: pd.DataFrame, mapping: TableMapping, has_clock: list[bool]) -> list[str | None]:
    kept = [
        (header, rows[f"_remark{i}"].tolist())
        for i, header in enumerate(mapping.remark)
        if f"_remark{i}" in rows
    ]
    result: list[str | None] = []
    for number, stated in enumerate(has_clock):
        parts = [f"{h}: {v[number]}" for h, v in kept if not is_blank(v[number])]
        parts += [] if stated else [NO_CLOCK]
        result.append("；".join(parts)[:2000] or None)
    return result


def _recognise(mapping: TableMapping, raw: bytes, source_name: str) -> bool:
    """Whether the header names what the mapping asks for; never raises."""
    wanted = {header_key(name) for name in mapping.recognise}
    if _is_json(raw):
        head = raw[:65_536].decode("utf-8", errors="ignore")
        return all(f'"{name}"' in head for name in mapping.recognise)
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        columns = {f"c{i}": (name,) for i, name in enumerate(mapping.recognise)}
        try:
            sheet = read_sheet(raw, source_name=source_name, columns=columns, expected="")
        except InputError:
            return False
        return len(sheet.found) == len(wanted)
    for encoding in ("utf-8-sig", "gb18030"):
        head = raw[:16_384].decode(encoding, errors="ignore")
        for line in head.splitlines()[:15]:
            if wanted <= {header_key(cell) for cell in re.split(r"[,\t;，]", line)}:
                return True
    return False


def _is_json(raw: bytes) -> bool:
    return raw[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))


def _json_as_csv(raw: bytes, source_name: str, expected: str) -> bytes:
    """A JSON table as the CSV its rows would make; nested values as JSON text."""
    try:
        stated = json.loads(raw.decode("utf-8-sig"))
        items = stated if isinstance(stated, list) else stated.get("features", stated.get("data"))
        rows = [_json_row(item) for item in items]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{excerpt(source_name)} is no JSON table",
            expected=expected,
            found=excerpt(raw[:200].decode("utf-8", errors="replace")),
            remedy="export a list of objects, GeoJSON points, or CSV",
        ) from error
    header = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([row.get(key, "") for key in header] for row in rows)
    return text.getvalue().encode("utf-8", errors="replace")


def _json_row(item: Mapping[str, Any]) -> dict[str, str]:
    cells: dict[str, Any] = dict(item)
    if cells.get("type") == "Feature":
        place = (cells.get("geometry") or {}).get("coordinates") or []
        cells = dict(cells.get("properties") or {})
        if len(place) >= 2:
            cells = {"lon": place[0], "lat": place[1]} | cells
    return {str(key): _json_cell(value) for key, value in cells.items()}


def _json_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return re.sub(r"[\r\n\x00]+", " ", value)
    return json.dumps(value, ensure_ascii=False)

"""A mapping: which columns of an office's own table of hotspots are which of ours.

A small TOML text. ``[columns]`` names, for each of our words, the headers that may hold it; the
rest are units, the datum, the time zone and defaults for what the table leaves out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from zoneinfo import ZoneInfo

from jdzfire.crs import normalise_datum
from jdzfire.errors import CrsError, SettingsError
from jdzfire.feeds.text import excerpt
from jdzfire.feeds.times import parse_clock
from jdzfire.schemas import CONFIDENCE_CLASSES, INSTRUMENTS, PRODUCT_RANK

COLUMNS = (
    "time",
    "date",
    "clock",
    "lon",
    "lat",
    "datum",
    "satellite",
    "instrument",
    "frp",
    "scan",
    "track",
    "bright_mir",
    "bright_tir",
    "confidence",
    "version",
    "error_m",
)
"""Our words for the columns of such a table; ``time``, or ``date`` with or without ``clock``."""

_UNITS = {
    "frp": {"MW": 1.0, "kW": 1e-3},
    "pixel": {"km": 1.0, "m": 1e-3},
    "temperature": {"K": 0.0, "degC": 273.15},
}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class TableMapping:
    """What :func:`load_mapping` read."""

    name: str
    """Name of the feed it makes."""
    columns: Mapping[str, tuple[str, ...]]
    """Headers of each of :data:`COLUMNS` the table may have."""
    title_zh: str
    """What duty staff read."""
    title_en: str
    """The same in English."""
    recognise: tuple[str, ...]
    """Headers that must all be there for the table to be recognised."""
    licence: str = "internal"
    """Terms under which the data may be used and shown."""
    late_after_h: float = 48.0
    """Hours without newer data after which the feed counts as late."""
    time_zone: str = "Asia/Shanghai"
    """Zone of times that carry none."""
    datum: str = "cgcs2000"
    """Datum of places whose row states none."""
    satellite: str = ""
    """Satellite where the row states none."""
    instrument: str = ""
    """Instrument of satellites jdzfire does not know."""
    product: str = "NRT"
    """Product of all rows."""
    location_error_m: float | None = None
    """Position error where the row states none [m]."""
    pixel_km: float | None = None
    """Pixel size where the row states none [km]."""
    clock: str = "12:00"
    """Time of day of a date without one, in the zone: noon, so that it is within 12 h of the
    truth and can be linked to what was seen on that day."""
    units: Mapping[str, float] = field(default_factory=dict)
    """Factors to MW and km, and the addend to kelvin: frp, pixel, temperature."""
    confidence: Mapping[str, str] = field(default_factory=dict)
    """The table's words -> low, nominal, high."""
    remark: tuple[str, ...] = ()
    """Headers kept as words in ``remark``."""


def load_mapping(text: str, *, name: str, taken: Collection[str] = ()) -> TableMapping:
    """Read a mapping.

    Parameters
    ----------
    text : str
        TOML.
    name : str
        Name of the feed: lower-case letters, digits, hyphens.
    taken : collection of str
        Names that are no longer free.

    Raises
    ------
    SettingsError
        Not TOML, an unknown or missing key, or a value that cannot be used; all that is wrong
        in one message.
    """
    if not _NAME.fullmatch(name) or name in taken or name == "auto":
        raise SettingsError(
            f"a mapping cannot be named {excerpt(name)!r}",
            expected="lower-case letters, digits and hyphens, and no name of a shipped feed",
            found=excerpt(name),
            remedy="rename the file",
        )
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"mapping {name} is not TOML", found=str(error), remedy="correct the line named"
        ) from None
    faults = [*_key_faults(document), *_value_faults(document)]
    if faults:
        raise SettingsError(
            f"mapping {name} cannot be used",
            expected="the keys of docs/mappings.md",
            found="; ".join(faults[:8]),
            remedy="correct the mapping",
        )
    plain = {key: value for key, value in document.items() if key not in _TABLES}
    for key in ("recognise", "remark"):
        if key in plain:
            plain[key] = tuple(plain[key])
    units = {kind: _UNITS[kind][unit] for kind, unit in document.get("units", {}).items()}
    columns = {ours: tuple(headers) for ours, headers in document["columns"].items()}
    words = {word.strip().lower(): ours for word, ours in document.get("confidence", {}).items()}
    return TableMapping(name=name, columns=columns, units=units, confidence=words, **plain)


_TABLES = ("columns", "units", "confidence")


def _key_faults(document: Mapping[str, Any]) -> list[str]:
    known = {one.name for one in fields(TableMapping)} - {"name"}
    faults = [f"unknown key {excerpt(key)}" for key in document if key not in known]
    needed = ("title_zh", "title_en", "recognise", "columns")
    faults += [f"no {key}" for key in needed if key not in document]
    columns = document.get("columns", {})
    if not isinstance(columns, dict):
        return [*faults, "columns is no table"]
    faults += [f"unknown column {excerpt(key)}" for key in columns if key not in COLUMNS]
    faults += [f"no column {key}" for key in ("lon", "lat") if key not in columns]
    if "time" not in columns and "date" not in columns:
        faults.append("no column time, and no date")
    return faults


def _value_faults(document: Mapping[str, Any]) -> list[str]:
    faults = _header_faults(document)
    for kind, unit in _table(document, "units").items():
        if unit not in _UNITS.get(kind, {}):
            faults.append(f"unit {excerpt(f'{kind} = {unit}')}")
    for word, ours in _table(document, "confidence").items():
        if ours not in CONFIDENCE_CLASSES:
            faults.append(f"confidence {excerpt(f'{word} = {ours}')}")
    for key in ("title_zh", "title_en", "licence", "time_zone", "datum", "satellite", "clock"):
        if not isinstance(document.get(key, ""), str):
            faults.append(f"{key} is no text")
    for key in ("late_after_h", "location_error_m", "pixel_km"):
        value = document.get(key, 1.0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            faults.append(f"{key} is no number above 0")
    return faults or _word_faults(document)


def _header_faults(document: Mapping[str, Any]) -> list[str]:
    lists = {f"columns.{key}": value for key, value in _table(document, "columns").items()}
    lists |= {key: document[key] for key in ("recognise", "remark") if key in document}
    return [
        f"{key} is no list of headers"
        for key, value in lists.items()
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value)
    ]


def _word_faults(document: Mapping[str, Any]) -> list[str]:
    faults = []
    if document.get("instrument", "OTHER") not in INSTRUMENTS:
        faults.append(f"instrument {excerpt(str(document['instrument']))}")
    if document.get("product", "NRT") not in PRODUCT_RANK:
        faults.append(f"product {excerpt(str(document['product']))}")
    if parse_clock(document.get("clock", "12:00")) is None:
        faults.append(f"clock {excerpt(document['clock'])}")
    try:
        normalise_datum(document.get("datum", "cgcs2000"))
    except CrsError:
        faults.append(f"datum {excerpt(document['datum'])}")
    try:
        ZoneInfo(document.get("time_zone", "UTC"))
    except (KeyError, ValueError, OSError):
        faults.append(f"time_zone {excerpt(document['time_zone'])}")
    return faults


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key, {})
    return value if isinstance(value, dict) else {}

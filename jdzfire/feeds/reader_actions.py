"""What the reader process can be asked for, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from jdzfire.feeds.reading import Reading
from jdzfire.feeds.registers import ask_classes, read_grid, read_register, read_weather
from jdzfire.feeds.registry import FEEDS, feeds_of_mappings, read_hotspots, recognise_feed


def _read_hotspots(
    raw: bytes, *, source_name: str, feed: str, received_at: datetime, mappings: Mapping[str, str]
) -> Reading:
    feeds = {**FEEDS, **feeds_of_mappings(mappings)}
    return read_hotspots(feed, raw, source_name=source_name, received_at=received_at, feeds=feeds)


def _recognise(raw: bytes, *, source_name: str, mappings: Mapping[str, str]) -> str:
    feeds = {**FEEDS, **feeds_of_mappings(mappings)}
    return recognise_feed(raw, source_name=source_name, feeds=feeds)


def _read_register(raw: bytes, *, source_name: str, kind: str, **options: Any) -> Reading:
    return read_register(kind, raw, source_name=source_name, **options)


def _check_grid(raw: bytes, *, source_name: str, kind: str, classes: str = "") -> None:
    """Read all of a grid; what it holds is kept as it came."""
    grid = read_grid(kind, raw, source_name=source_name)
    if kind == "landcover":
        ask_classes(grid, source_name=source_name, classes=classes)


def _plain_weather(raw: bytes, *, source_name: str) -> bytes:
    """Days of a weather file, as NetCDF 3: nothing in that points to another file."""
    days = read_weather(raw, source_name=source_name).drop_encoding()
    return bytes(days.to_netcdf(None, engine="scipy", format="NETCDF3_64BIT"))


def _recognise_register(raw: bytes, *, source_name: str) -> str:
    from jdzfire.feeds.registers.recognise import recognise_register

    return recognise_register(raw, source_name=source_name)


def _read_feedback(raw: bytes, *, source_name: str) -> Any:
    from jdzfire.feeds.feedback_sheet import read_feedback

    return read_feedback(raw, source_name=source_name)


def _read_photo(raw: bytes, *, source_name: str) -> Any:
    from jdzfire.feeds.photos import read_photo

    return read_photo(raw, source_name=source_name)


ACTIONS: Mapping[str, Callable[..., Any]] = {
    "read_hotspots": _read_hotspots,
    "recognise": _recognise,
    "read_register": _read_register,
    "check_grid": _check_grid,
    "plain_weather": _plain_weather,
    "recognise_register": _recognise_register,
    "read_feedback": _read_feedback,
    "read_photo": _read_photo,
}
"""Each takes the bytes, ``source_name`` and its own options."""

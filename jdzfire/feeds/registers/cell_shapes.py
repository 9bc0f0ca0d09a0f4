"""Shapes and pairs of coordinates written into cells of a sheet."""

from __future__ import annotations

import re
from typing import Any

import shapely
from shapely.errors import ShapelyError

from jdzfire.feeds.values import WIDE, is_blank, parse_degrees, parse_number

_WKT = re.compile(r"^\s*(MULTI)?(POLYGON|POINT)\s*Z?\s*\(", re.IGNORECASE)
_CORNER = re.compile(r"[;；|\n]+")
_LABEL = re.compile(r"^\s*(?:[A-Za-z]?\d{1,3}|[①-⑳]|拐点\d*)\s*(?:[:：)、]|\.(?!\d))\s*")
_AXES = re.compile(r"([XY])\s*[=:]?\s*(-?[\d.]+)", re.IGNORECASE)


def split_pair(text: object) -> tuple[str, str] | None:
    """Longitude and latitude of one cell that holds both, as texts; None when it does not.

    Which of the two is which is left to the reader of places: letters, ranges and swapped
    columns are its work. ``X=...`` (north, as surveyors write) and ``Y=...`` are put in order.

    Examples
    --------
    >>> split_pair("117.2083，29.2847"), split_pair("117°12′30″E 29°17′05″N")
    (('117.2083', '29.2847'), ('117°12′30″E', '29°17′05″N'))
    >>> split_pair("X=3240123.4 Y=39512345.6"), split_pair("银坑村")
    (('39512345.6', '3240123.4'), None)
    """
    if is_blank(text):
        return None
    plain = str(text).translate(WIDE).strip().strip("()[]")
    axes = {axis.upper(): number for axis, number in _AXES.findall(plain)}
    if set(axes) == {"X", "Y"}:
        return axes["Y"], axes["X"]
    halves = [half.strip() for half in re.split(r"[,;、/]", plain) if half.strip()]
    if len(halves) != 2:
        halves = _by_blank(plain)
    if len(halves) != 2 or any(parse_degrees(half) is None for half in halves):
        return None
    return halves[0], halves[1]


def _by_blank(text: str) -> list[str]:
    """Two halves at the one blank where both are coordinates."""
    found = [
        [text[: match.start()].strip(), text[match.end() :].strip()]
        for match in re.finditer(r"\s+", text)
    ]
    good = [pair for pair in found if all(parse_degrees(half) is not None for half in pair)]
    return good[0] if len(good) == 1 else []


def parse_corners(text: object) -> Any:
    """The shape a cell describes, in the numbers it is written in; None when it is no shape.

    WKT, GeoJSON, or corners separated by semicolons (``117.21,29.30;117.22,29.31;...``), at least
    three, in decimal or text degrees or metres. Corners whose longitude and latitude are the
    other way round are turned when all of them show so.

    Examples
    --------
    >>> parse_corners("1: 117.21,29.30; 2: 117.22,29.30; 3: 117.22,29.31").wkt
    'POLYGON ((117.21 29.3, 117.22 29.3, 117.22 29.31, 117.21 29.3))'
    >>> parse_corners("29.30,117.21;29.30,117.22;29.31,117.22").bounds
    (117.21, 29.3, 117.22, 29.31)
    """
    if is_blank(text):
        return None
    plain = str(text).translate(WIDE).strip()
    try:
        if _WKT.match(plain):
            return shapely.from_wkt(plain)
        if plain.startswith("{"):
            return shapely.from_geojson(plain)
    except ShapelyError:
        return None
    pairs = [split_pair(_LABEL.sub("", part)) for part in _CORNER.split(plain) if part.strip()]
    corners = [None if pair is None else _numbers(pair) for pair in pairs]
    if len(corners) < 3 or any(corner is None for corner in corners):
        return None
    places = [corner for corner in corners if corner is not None]
    if all(0 < x <= 54.5 and 73 <= y <= 136 for x, y in places):
        places = [(y, x) for x, y in places]
    return shapely.Polygon(places)


def _numbers(pair: tuple[str, str]) -> tuple[float, float] | None:
    first, second = (parse_degrees(half) for half in pair)
    if first is None or second is None:
        return None
    x, y = first[0], second[0]
    if first[1] == "lat" or second[1] == "lon":
        x, y = y, x
    plain = parse_number(pair[0]) is not None and parse_number(pair[1]) is not None
    return (x, y) if plain or (abs(x) <= 180 and abs(y) <= 180) else None

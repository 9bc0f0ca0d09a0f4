"""Events as KML 2.2 for Ovital (奥维互动地图), Google Earth and hand-held receivers."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from jdzfire.board import labels
from jdzfire.board.board import Board, Edition
from jdzfire.board.geometries import polygon_parts, polygon_rings
from jdzfire.board.labels import Lang
from jdzfire.board.text import clean, word
from jdzfire.board.wording import beijing, decimal, iso_utc, plain
from jdzfire.exports.qml import SIGNS
from jdzfire.exports.table import EventRow, event_columns, event_rows

_NAMESPACE = "http://www.opengis.net/kml/2.2"
_SKIPPED = ("verdict", "group_name", "lon_gcj02", "lat_gcj02")
_LONGEST_NAME = 80


def events_kml(board: Board, *, edition: Edition = "internal", lang: Lang = "zh") -> bytes:
    """Every event of the board as KML: a folder a verdict, a point and a footprint an event.

    Parameters
    ----------
    board : Board
        Already cut to its edition.
    edition : {"internal", "public"}
    lang : {"zh", "en"}

    Returns
    -------
    bytes
        WGS84, longitude first. Names and descriptions hold no mark-up: viewers render them as
        HTML, so what could be a tag is escaped once for them and once for XML.
    """
    root = ElementTree.Element("kml", {"xmlns": _NAMESPACE})
    document = _add(root, "Document")
    title = f"{clean(board.city)} {beijing(board.now, '%Y-%m-%d %H:%M')}"
    _add(document, "name", plain(title))
    for verdict in SIGNS:
        document.append(_style(verdict))
    rows = event_rows(board, lang=lang)
    for verdict in SIGNS:
        chosen = [row for row in rows if row.summary.verdict == verdict]
        if chosen:
            folder = _add(document, "Folder")
            _add(folder, "name", labels.verdict_name(verdict, lang))
            for row in chosen:
                folder.append(_placemark(row, edition, lang))
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _add(parent: ElementTree.Element, tag: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, tag)
    child.text = text
    return child


def _style(verdict: str) -> ElementTree.Element:
    colour = SIGNS[verdict].colour
    swapped = colour[4:6] + colour[2:4] + colour[0:2]  # KML writes blue, green, red
    style = ElementTree.Element("Style", {"id": verdict})
    icon = _add(style, "IconStyle")
    _add(icon, "color", f"ff{swapped}")
    _add(icon, "scale", "1.1")
    line = _add(style, "LineStyle")
    _add(line, "color", f"ff{swapped}")
    _add(line, "width", "2")
    area = _add(style, "PolyStyle")
    _add(area, "color", f"55{swapped}")
    return style


def _placemark(row: EventRow, edition: Edition, lang: Lang) -> ElementTree.Element:
    values = row.values
    mark = ElementTree.Element("Placemark", {"id": word(row.summary.event_id)})
    place = plain(values["place"] or values["township"] or row.summary.event_id, most=_LONGEST_NAME)
    _add(mark, "name", f"{values['verdict_name']} {place}")
    lines = list(_lines(values, edition, lang))
    _add(mark, "description", html.escape("\n".join(lines), quote=False))
    stamp = _add(mark, "TimeStamp")
    _add(stamp, "when", iso_utc(row.summary.last_seen_at))
    _add(mark, "styleUrl", f"#{row.summary.verdict}")
    shape = _add(mark, "MultiGeometry")
    point = _add(shape, "Point")
    _add(point, "coordinates", f"{values['lon']:.5f},{values['lat']:.5f}")
    for part in polygon_parts(row.geometry):
        _add_polygon(shape, part)
    return mark


def _lines(values: dict[str, Any], edition: Edition, lang: Lang) -> Iterator[str]:
    mark = "：" if lang == "zh" else ": "
    for column in event_columns(edition):
        value = values[column.name]
        if value is None or column.name in _SKIPPED:
            continue
        if column.kind == "time":
            text = str(beijing(value, "%Y-%m-%d %H:%M"))
        elif column.kind == "text":
            text = clean(value)
        else:
            text = decimal(float(value), 5 if column.name in ("lon", "lat") else 2)
        yield f"{column.title(lang)}{mark}{text}"


def _add_polygon(parent: ElementTree.Element, part: Any) -> None:
    polygon = _add(parent, "Polygon")
    for number, ring in enumerate(polygon_rings(part)):
        side = _add(polygon, "outerBoundaryIs" if number == 0 else "innerBoundaryIs")
        line = _add(side, "LinearRing")
        _add(line, "coordinates", " ".join(f"{x:.6f},{y:.6f}" for x, y in ring))

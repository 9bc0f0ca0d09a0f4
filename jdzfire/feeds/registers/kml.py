"""KML, KMZ and Ovital's OVKML: placemarks as rows, whatever folders they lie in.

Read here and not by GDAL, whose plain KML driver drops ExtendedData. A DOCTYPE is refused: no
map needs entities, and they are how such files attack.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import pandas as pd
import shapely

from jdzfire.errors import InputError
from jdzfire.feeds.text import excerpt

_UNPACKED_MAX = 200_000_000
_DEPTH_MAX = 60
_ROOT = re.compile(rb"<(?:[a-z]\w*:)?(?:ov)?kml[\s>]", re.IGNORECASE)
_DECLARED = re.compile(rb"\s*<\?xml[^>]*encoding\s*=\s*[\"']([\w-]+)")
_MARKUP = re.compile(r"<[^!?][^>]*>")
_PAIR = re.compile(r"^\s*([^:：<>\n]{1,40})\s*[:：]\s*(.*?)\s*$")
_CELLS = re.compile(
    r"<t[dh][^>]*>(.*?)</t[dh]>\s*<t[dh][^>]*>(.*?)</t[dh]>", re.IGNORECASE | re.DOTALL
)


def is_kml(raw: bytes) -> bool:
    """Whether the bytes are KML, or a KMZ or OVKML that holds one."""
    head = raw[:4000]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode()
    if _ROOT.search(head):
        return True
    return raw.startswith(b"PK\x03\x04") and _member(raw) is not None


def read_kml(raw: bytes, *, source_name: str) -> gpd.GeoDataFrame:
    """All placemarks, in the order of the file; those without a shape we read have none.

    Parameters
    ----------
    raw : bytes
        KML, KMZ, OVKML.
    source_name : str

    Returns
    -------
    GeoDataFrame [EPSG:4326 as KML is defined; Chinese programmes may mean GCJ-02]
        Null where a placemark has no shape, or only a track or a link to another file.
        ``name``, ``folder``, and a column for each attribute of ExtendedData and of a
        description that is a table or lines ``key: value``; else ``description``.

    Raises
    ------
    InputError
        Not well-formed, too large, with a DOCTYPE, or without a placemark with a shape.
    """
    name = excerpt(source_name)
    text = _unpacked(raw, name) if raw.startswith(b"PK") else raw
    if b"<!doctype" in text.lower() or b"<!entity" in text.lower():
        raise InputError(
            f"{name} has a DOCTYPE",
            expected="KML without one",
            found="a document type or entity",
            remedy="export it again from the map programme",
        )
    try:
        root = _parsed(text)
        rows = list(_placemarks(root, (), 0))
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as error:
        raise InputError(
            f"{name} is not readable KML",
            expected="well-formed KML",
            found=excerpt(str(error)),
            remedy="export it again",
        ) from error
    if all(row["geometry"] is None for row in rows):
        raise InputError(
            f"{name} has no placemark with a shape",
            expected="points, lines or areas",
            found=f"{len(text)} bytes of KML",
            remedy="export the layer with its objects",
        )
    columns = list(dict.fromkeys(key for row in rows for key in row))
    frame = pd.DataFrame([[row.get(key) for key in columns] for row in rows], columns=columns)
    return gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")


def _member(raw: bytes) -> zipfile.ZipInfo | None:
    """The KML inside an archive, doc.kml before others; None when there is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            found = [
                item
                for item in archive.infolist()
                if item.filename.lower().endswith((".kml", ".ovkml"))
            ]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    return min(found, key=lambda i: ("doc.kml" not in i.filename, i.filename), default=None)


def _unpacked(raw: bytes, name: str) -> bytes:
    member = _member(raw)
    if member is None or member.file_size > _UNPACKED_MAX:
        raise InputError(
            f"{name} cannot be unpacked",
            expected=f"one KML of at most {_UNPACKED_MAX / 1e6:.0f} MB",
            found="none" if member is None else f"{member.file_size / 1e6:.0f} MB",
            remedy="export it again",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive, archive.open(member) as file:
            text: bytes = file.read(_UNPACKED_MAX)
            return text
    except Exception as error:  # damaged archives fail in many ways
        raise InputError(
            f"{name} is a damaged archive",
            expected="a KMZ",
            found=excerpt(type(error).__name__),
            remedy="export it again",
        ) from error


def _parsed(text: bytes) -> ElementTree.Element:
    """The root; what programmes write against the rules of XML is mended when it is met."""
    try:
        return ElementTree.fromstring(text)  # noqa: S314  (no DOCTYPE gets here)
    except (ElementTree.ParseError, ValueError, LookupError):
        plain = _sound(text)
        if "<!doctype" in plain.lower() or "<!entity" in plain.lower():
            raise
        return ElementTree.fromstring(plain)  # noqa: S314


def _sound(text: bytes) -> str:
    """The text as programmes meant it: GB encodings decoded, prefixes nobody declared declared."""
    head = _DECLARED.match(text[:200])
    named = head[1].decode("ascii").lower() if head else "utf-8"
    if named.startswith(("gb", "hz", "cp936")):
        plain = text.decode("gb18030")
    elif text.startswith((b"\xff\xfe", b"\xfe\xff")):
        plain = text.decode("utf-16")
    else:
        plain = text.decode("utf-8-sig")
    plain = re.sub(r"^\s*<\?xml[^>]*\?>", "", plain)
    used = set(re.findall(r"[<\s/]([A-Za-z_][\w.-]*):[A-Za-z_]", "".join(_MARKUP.findall(plain))))
    known = set(re.findall(r"xmlns:([\w.-]+)\s*=", plain)) | {"xml", "xmlns"}
    added = "".join(f' xmlns:{prefix}="urn:undeclared:{prefix}"' for prefix in sorted(used - known))
    return re.sub(r"<((?:\w+:)?(?:ov)?kml)\b", rf"<\1{added}", plain, count=1, flags=re.IGNORECASE)


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1].rsplit(":", 1)[-1]


def _placemarks(
    element: ElementTree.Element, folders: tuple[str, ...], depth: int
) -> Iterator[dict[str, Any]]:
    if depth > _DEPTH_MAX:
        raise ValueError("folders within folders without end")
    tag = _tag(element)
    if tag == "Placemark":
        yield _row(element, folders) | _attributes(element) | {"geometry": _shape(element)}
        return
    if tag == "NetworkLink":  # what it links to is not in the file: a row without a shape
        yield _row(element, folders) | {"geometry": None}
        return
    if tag in ("Folder", "Document"):
        name = _child_text(element, "name")
        folders = (*folders, name) if tag == "Folder" and name else folders
    for child in element:
        yield from _placemarks(child, folders, depth + 1)


def _row(element: ElementTree.Element, folders: tuple[str, ...]) -> dict[str, Any]:
    return {"name": _child_text(element, "name"), "folder": "/".join(folders) or None}


def _child_text(element: ElementTree.Element, wanted: str) -> str | None:
    for child in element:
        if _tag(child) == wanted:
            return (child.text or "").strip() or None
    return None


def _attributes(placemark: ElementTree.Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in placemark.iter():
        tag, key = _tag(item), item.get("name")
        if tag == "SimpleData" and key:
            found[key] = (item.text or "").strip()
        if tag == "Data" and key:
            found[key] = _child_text(item, "value") or ""
    description = _child_text(placemark, "description")
    if description:
        described = _described(description)
        found = (
            {**described, **found} if described else {"description": _plain(description), **found}
        )
    # the shape is ours; an attribute of that name is theirs
    return {key: value for key, value in found.items() if value and key != "geometry"}


def _described(text: str) -> dict[str, str]:
    """Attributes of a description: cells of a table by pairs, or lines ``key: value``."""
    cells = {_plain(key): _plain(value) for key, value in _CELLS.findall(text)}
    if cells:
        return {key: value for key, value in cells.items() if key}
    lines = re.split(r"<br\s*/?>|\n", html.unescape(text))
    pairs = [_PAIR.match(_plain(line)) for line in lines if _plain(line)]
    if not pairs or any(pair is None for pair in pairs):
        return {}
    return {pair[1]: pair[2] for pair in pairs if pair}


def _plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def _shape(placemark: ElementTree.Element) -> Any:
    parts = [part for child in placemark for part in _shapes(child, 0)]
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    kinds = {part.geom_type for part in parts}
    if kinds == {"Polygon"}:
        return shapely.MultiPolygon(parts)
    if kinds == {"LineString"}:
        return shapely.MultiLineString(parts)
    if "Polygon" in kinds and kinds <= {"Polygon", "Point"}:  # an area with a label point
        return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
    return shapely.GeometryCollection(parts)


def _shapes(element: ElementTree.Element, depth: int) -> Iterator[Any]:
    tag = _tag(element)
    if tag == "MultiGeometry" and depth < _DEPTH_MAX:
        for child in element:
            yield from _shapes(child, depth + 1)
    elif tag == "Point":
        places = _places(element)
        if places:
            yield shapely.Point(places[0])
    elif tag == "LineString":
        places = _places(element)
        if len(places) > 1:
            yield shapely.LineString(places)
    elif tag == "Polygon":
        outer = _rings(element, "outerBoundaryIs")
        if outer:
            yield shapely.Polygon(outer[0], _rings(element, "innerBoundaryIs"))


def _rings(polygon: ElementTree.Element, tag: str) -> list[list[tuple[float, float]]]:
    rings = [
        _places(ring)
        for child in polygon
        if _tag(child) == tag
        for ring in child.iter()
        if _tag(ring) == "LinearRing"
    ]
    return [ring for ring in rings if len(ring) > 2]


def _places(element: ElementTree.Element) -> list[tuple[float, float]]:
    """Coordinates below an element: lon,lat[,height] separated by blanks."""
    text = " ".join(item.text or "" for item in element.iter() if _tag(item) == "coordinates")
    text = re.sub(r"\s*,\s*", ",", text)
    places = []
    for word in text.split():
        numbers = word.split(",")
        if len(numbers) >= 2:
            places.append((float(numbers[0]), float(numbers[1])))
    return places

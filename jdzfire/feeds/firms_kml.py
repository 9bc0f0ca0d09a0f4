"""KML of FIRMS: one placemark for each hotspot, its values in a description of words.

FIRMS writes ``<b>Detection Time: </b> 2024-09-03 18:55 UTC<br/>`` and the like [V, as seen by a
published reader of the 24 h KMZ files]. Each hotspot comes twice, as centre and as footprint:
centres are read, footprints only when there are no centres.
"""

from __future__ import annotations

import html
import re
from typing import Any
from xml.parsers import expat

from jdzfire.errors import InputError
from jdzfire.feeds.text import decode_text, excerpt

_ROOT = re.compile(rb"<(?:[a-z]\w*:)?kml[\s>]", re.IGNORECASE)
_DESCRIPTION = re.compile(rb"detection time|acq_date", re.IGNORECASE)
_HEAD_BYTES = 1 << 20
_LINE = re.compile(r"<br\s*/?>|</tr>|</li>|</p>|\n", re.IGNORECASE)
_PAIR = re.compile(r"^([^:]{1,40}):\s*(.*)$")
_MOMENT = re.compile(r"^(\d{4}-\d{2}-\d{2})[T\s]+(\d{1,2}:\d{2})(?::\d{2})?\s*(?:UTC|GMT|Z)?$")
_UNIT = re.compile(r"^([-+]?[\d.]+)\s*(?:km|MW|K|%)$")
_INSTRUMENT = re.compile(r"VIIRS|MODIS|OLI", re.IGNORECASE)
_NAMES = {"day_night": "daynight", "wrs_2_path": "path", "wrs_2_row": "row"}
_DEPTH_MAX = 100


def is_firms_kml(raw: bytes) -> bool:
    """Whether bytes are KML with times of detection; never raises."""
    head = raw[:_HEAD_BYTES]
    plain = head.replace(b"\x00", b"") if b"\x00" in head[:64] else head
    return bool(_ROOT.search(plain[:4096]) and _DESCRIPTION.search(plain))


def kml_records(raw: bytes, *, source_name: str) -> list[dict[str, str]]:
    """Attributes of the placemarks that are hotspots, in the order of the file.

    Raises
    ------
    InputError
        Not well-formed, too deep, or with a DOCTYPE: no map needs entities of its own.
    """
    text = decode_text(raw, source_name=source_name, expected="KML").lstrip("\ufeff \t\r\n")
    # the text is decoded already: its declaration of the bytes' encoding no longer holds
    text = re.sub(r"^<\?xml[^>]*\?>", "", text)
    reader = _Placemarks()
    try:
        reader.read(text)
    except (expat.ExpatError, ValueError) as error:
        raise InputError(
            f"{excerpt(source_name)} is not readable KML",
            expected="well-formed KML without a DOCTYPE",
            found=excerpt(str(error)),
            remedy="fetch it again",
        ) from error
    return reader.centres or reader.footprints


class _Placemarks:
    """What is met on the way through a KML file."""

    def __init__(self) -> None:
        self.centres: list[dict[str, str]] = []
        self.footprints: list[dict[str, str]] = []
        self._path: list[str] = []
        self._told: list[str] = []
        self._record: dict[str, str] = {}
        self._key = ""
        self._is_centre = False

    def read(self, text: str) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._told.append
        parser.Parse(text.encode("utf-8", "replace"), True)

    def _refuse(self, *_: object) -> None:
        raise ValueError("a DOCTYPE")

    def _start(self, tag: str, attributes: dict[str, Any]) -> None:
        name = tag.rsplit(":", 1)[-1]
        self._path.append(name)
        if len(self._path) > _DEPTH_MAX:
            raise ValueError("folders within folders without end")
        self._told.clear()
        if name == "Placemark":
            self._record, self._is_centre = {}, False
        elif name in ("SimpleData", "Data"):
            self._key = str(attributes.get("name", ""))
        elif name == "Point":
            self._is_centre = True

    def _end(self, tag: str) -> None:
        name = self._path.pop()
        description = "".join(self._told).strip()
        self._told.clear()
        if name == "description" and self._path[-1:] == ["Placemark"]:
            self._record |= _described(description)
        elif name == "SimpleData" or (name == "value" and self._path[-1:] == ["Data"]):
            self._record |= _named(self._key, description)
        elif name == "Placemark" and {"latitude", "acq_date"} <= set(self._record):
            (self.centres if self._is_centre else self.footprints).append(self._record)


def _described(text: str) -> dict[str, str]:
    """Values of a description, line by line ``key: value``."""
    found: dict[str, str] = {}
    for line in _LINE.split(text):
        plain = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", line)).split())
        match = _PAIR.match(plain)
        if match:
            found |= _named(match[1], match[2])
    return found


def _named(key: str, value: str) -> dict[str, str]:
    """One value under FIRMS' column names; a time gives a date and a clock."""
    name = re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_")
    name = _NAMES.get(name, name)
    if name == "detection_time":
        moment = _MOMENT.match(value)
        return {"acq_date": moment[1] if moment else value, "acq_time": moment[2] if moment else ""}
    if name == "sensor":
        instrument = _INSTRUMENT.search(value)
        satellite = " ".join(_INSTRUMENT.sub(" ", value).split())
        return {"satellite": satellite, "instrument": instrument[0].upper() if instrument else ""}
    number = _UNIT.match(value)
    return {name: number[1] if number else value} if name else {}

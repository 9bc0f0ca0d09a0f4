"""FIRMS rows as records: JSON, GeoJSON, and the attribute table of a shapefile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jdzfire.errors import InputError
from jdzfire.feeds.text import (
    decode_text,
    excerpt,
)

EXPECTED = "FIRMS table with latitude, longitude, acq_date, acq_time, satellite"
"""What a FIRMS file must hold."""


def json_records(raw: bytes, name: str) -> list[dict[str, str]]:
    """Objects of a list, or features of a collection; numbers stay as they were written."""
    decoded = decode_text(raw, source_name=name, expected=EXPECTED).lstrip("\ufeff")
    try:
        found = json.loads(decoded, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{excerpt(name)} is not whole JSON",
            expected=EXPECTED,
            found=excerpt(type(error).__name__),
            remedy="fetch or export it again",
        ) from error
    items = found.get("features") if isinstance(found, dict) else found
    if not isinstance(items, list):
        raise InputError(
            f"{excerpt(name)} is not a FIRMS hotspot table",
            expected="a list of objects, or a FeatureCollection with features",
            found=excerpt(decoded),
            remedy="check the address or the export and fetch again",
        )
    return [_json_record(item) for item in items]


def _json_record(item: Any) -> dict[str, str]:
    """Attributes as text; what is no object is an empty record."""
    if not isinstance(item, dict):
        return {}
    if item.get("type") != "Feature":
        return _texts(item)
    properties, shape = item.get("properties"), item.get("geometry")
    record = _texts(properties) if isinstance(properties, dict) else {}
    place = shape.get("coordinates") if isinstance(shape, dict) else None
    named = {key.lower() for key in record}
    if isinstance(place, list) and len(place) >= 2 and not named & {"latitude", "longitude"}:
        record |= _texts({"longitude": place[0], "latitude": place[1]})
    return record


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {_sound(key): "" if value is None else _sound(value) for key, value in values.items()}


def _sound(value: object) -> str:
    """Text without halves of characters, which JSON can spell and no file can hold."""
    return str(value).encode("utf-8", "replace").decode("utf-8").strip()


def is_dbf(raw: bytes) -> bool:
    """Whether bytes begin as an attribute table of dBase III: version, date, lengths."""
    if len(raw) < 65 or raw[0] != 0x03 or not 1 <= raw[2] <= 12 or not 1 <= raw[3] <= 31:
        return False
    start = int.from_bytes(raw[8:10], "little")
    return start >= 65 and (start >= len(raw) or raw[start - 1] in (0x0D, 0x00))


def dbf_records(raw: bytes, name: str) -> list[dict[str, str]]:
    """Records of a dBase table [V: its published layout], deleted ones left out.

    A field of stars is what writers put where a number was missing.
    """
    start, width = int.from_bytes(raw[8:10], "little"), int.from_bytes(raw[10:12], "little")
    fields: list[tuple[str, int, int]] = []
    at = 1
    for offset in range(32, start - 31, 32):
        if raw[offset : offset + 1] in (b"\x0d", b""):
            break
        key = raw[offset : offset + 11].split(b"\x00")[0].decode("ascii", "replace")
        size = raw[offset + 16] if offset + 16 < len(raw) else 0
        fields.append((key, at, at + size))
        at += size
    if not fields or at != width:
        raise InputError(
            f"{excerpt(name)} is a damaged shapefile",
            expected="an attribute table (.dbf) whose fields fill its records",
            found=f"{len(fields)} fields of {at} bytes, records of {width}",
            remedy="download it again",
        )
    count = min(int.from_bytes(raw[4:8], "little"), (len(raw) - start) // width)
    body = raw[start : start + count * width].decode("latin-1")
    rows = (body[i : i + width] for i in range(0, count * width, width))
    return [
        {key: _field(row[low:high]) for key, low, high in fields} for row in rows if row[0] != "*"
    ]


def _field(text: str) -> str:
    plain = text.strip(" \x00")
    return "" if plain and not plain.strip("*") else plain

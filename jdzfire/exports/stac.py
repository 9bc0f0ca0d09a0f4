"""The STAC item of a published run: what was shown, of when, made from what."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from jdzfire import __version__
from jdzfire.board.board import Board, Edition
from jdzfire.board.geometries import DIGITS
from jdzfire.board.summary import data_time, summarise_events
from jdzfire.board.text import clean
from jdzfire.board.wording import iso_utc, minutes_since, records
from jdzfire.schemas import VERDICT_NAMES

ITEM_NAME = "exports/stac-item.json"
FILE_EXTENSION = "https://stac-extensions.github.io/file/v2.1.0/schema.json"

_SHA256_MULTIHASH = "1220"
"""Code of sha2-256 and its length of 32 bytes [V, multihash table]."""

_RENEWED = "index.html"
"""A page that is renewed without being drawn: its size and sha256 are in ``status.json``."""

_MEDIA = {
    ".html": ("text/html", "overview"),
    ".md": ("text/markdown", "metadata"),
    ".txt": ("text/plain", "metadata"),
    ".geojson": ("application/geo+json", "data"),
    ".gpkg": ("application/geopackage+sqlite3", "data"),
    ".kml": ("application/vnd.google-earth.kml+xml", "data"),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "data"),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "data"),
    ".pdf": ("application/pdf", "data"),
    ".csv": ("text/csv", "data"),
    ".xml": ("application/cap+xml", "data"),
    ".json": ("application/json", "metadata"),
    ".png": ("image/png", "overview"),
    ".svg": ("image/svg+xml", "overview"),
}
"""Ending -> media type and role of an asset; that of CAP is in common use, not registered [K]."""


def stac_item(
    board: Board,
    files: Mapping[str, bytes],
    *,
    edition: Edition = "internal",
    bbox: tuple[float, float, float, float] | None = None,
    rules_version: str | None = None,
) -> bytes:
    """A STAC 1.1.0 item whose assets are the files of one edition, with their checksums.

    Parameters
    ----------
    board : Board
        Already cut to its edition.
    files : mapping of str to bytes
        The other files by their names in the folder; the manifest is left out, since it gets its
        own checksums when it is published, and the item is one of them.
    edition : {"internal", "public"}
    bbox : (west, south, east, north), optional
        The watched area [degree]; without it the item has no geometry.
    rules_version : str, optional

    Returns
    -------
    bytes
        JSON; ``datetime`` is the newest observation, or the board's moment without one. The same
        board and files give the same bytes.
    """
    at = data_time(board)
    moment = pd.Timestamp(board.now) if at is None else at
    stamp = pd.Timestamp(board.now).tz_convert("UTC").strftime("%Y%m%dT%H%M%SZ")
    item: dict[str, Any] = {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": [FILE_EXTENSION],
        "id": f"jdzfire-{edition}-{stamp}",
        "geometry": None if bbox is None else _box(bbox),
    }
    if bbox is not None:
        item["bbox"] = [round(float(v), DIGITS) for v in bbox]
    item["properties"] = _properties(board, moment, edition, rules_version)
    item["links"] = []
    skipped = ("manifest.json", ITEM_NAME)
    item["assets"] = {
        name: _asset(name, files[name]) for name in sorted(files) if name not in skipped
    }
    return json.dumps(item, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8")


def _box(bbox: tuple[float, float, float, float]) -> dict[str, Any]:
    west, south, east, north = (round(float(v), DIGITS) for v in bbox)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _properties(
    board: Board, moment: pd.Timestamp, edition: Edition, rules_version: str | None
) -> dict[str, Any]:
    summaries = summarise_events(board)
    groups = Counter(summary.group for summary in summaries)
    verdicts = Counter(summary.verdict for summary in summaries)
    return {
        "datetime": iso_utc(moment),
        "created": iso_utc(board.now),
        "title": clean(board.city),
        "jdzfire:edition": edition,
        "jdzfire:version": __version__,
        "jdzfire:rules_version": rules_version,
        "jdzfire:events": {name: groups[name] for name in ("open", "explained", "closed")},
        "jdzfire:verdicts": {name: verdicts[name] for name in VERDICT_NAMES},
        "jdzfire:hotspots": len(board.hotspots),
        "jdzfire:rejected_rows": board.rejected_count,
        "jdzfire:feeds": [
            {
                "feed": clean(row["feed"]),
                "state": str(row["state"]),
                "last_data_at": iso_utc(row["last_data_at"]),
                "age_min": minutes_since(row["last_data_at"], board.now),
            }
            for row in records(board.feeds.sort_values("feed"))
        ],
    }


def _asset(name: str, content: bytes) -> dict[str, Any]:
    media, role = _MEDIA.get(posixpath.splitext(name)[1], ("application/octet-stream", "data"))
    asset = {
        "href": posixpath.relpath(name, posixpath.dirname(ITEM_NAME)),
        "title": name,
        "type": media,
        "roles": [role],
    }
    if name == _RENEWED:
        return asset
    checksum = _SHA256_MULTIHASH + hashlib.sha256(content).hexdigest()
    return {**asset, "file:size": len(content), "file:checksum": checksum}

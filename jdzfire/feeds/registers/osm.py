"""OpenStreetMap extracts (XML or PBF, also packed) as a table of roads that can be driven."""

from __future__ import annotations

import bz2
import gzip
import io
import re
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from jdzfire.errors import InputError
from jdzfire.feeds.text import excerpt

UNPACKED_MAX = 2_000_000_000
"""Most bytes of an extract; the XML of a province is some 1 GB [K]."""

DRIVEN = (
    *("motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link"),
    *("secondary", "secondary_link", "tertiary", "tertiary_link", "unclassified"),
    *("residential", "living_street", "service", "track", "road"),
)
"""Values of ``highway`` a fire engine can drive on; paths, steps and sites are left out."""

_TAG = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_PBF = re.compile(rb"\A\x00\x00\x00.\x0a\x09OSMHeader", re.DOTALL)
_XML = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?\s*<osm[\s>]")
_CHUNK = 1 << 20
_CLOSED = ("no",)
_LET_IN = ("yes", "designated", "official")
_PACKED = {b"BZh": bz2, b"\x1f\x8b": gzip}


def is_osm(raw: bytes) -> bool:
    """Whether the bytes are an OpenStreetMap extract."""
    head = _unpacked(raw, 2_000) if raw[:3] == b"BZh" or raw[:2] == b"\x1f\x8b" else raw[:2_000]
    return bool(_PBF.match(head) or _XML.match(head))


def read_osm(raw: bytes, *, source_name: str) -> gpd.GeoDataFrame:
    """Roads of an extract, a row a way.

    Parameters
    ----------
    raw : bytes
        XML or PBF, as it is or packed with gzip or bzip2.
    source_name : str

    Returns
    -------
    GeoDataFrame [EPSG:4326 lines]
        ``osm_id``, ``name``, ``highway``, ``surface``, ``oneway``, ``maxspeed``, ``access`` as the
        register reader knows them. Ways closed to engines say so in ``access``; gates and private
        roads let engines through. Corners that the extract does not hold are left out.

    Raises
    ------
    InputError
        Not readable, too large, or without a road.
    """
    name = excerpt(source_name)
    content = _unpacked(raw, UNPACKED_MAX + 1)
    if len(content) > UNPACKED_MAX:
        raise InputError(
            f"{name} is too large",
            expected=f"at most {UNPACKED_MAX:,} bytes unpacked",
            remedy="cut it to the area, or use the PBF",
        )
    if not _PBF.match(content) and b"<!" in content[:2_000]:
        raise InputError(f"{name} declares a document type", expected="plain OSM XML")
    lines = _lines(content, name)
    if lines.empty:
        raise InputError(
            f"{name} has no road", expected="ways with highway=track, residential, primary ..."
        )
    rows = [
        _row({**_tags_of(other), "highway": highway})
        for other, highway in zip(lines["other_tags"], lines["highway"], strict=True)
    ]
    table = pd.DataFrame(rows).assign(
        osm_id=lines["osm_id"].to_numpy(), name=lines["name"].to_numpy()
    )
    return gpd.GeoDataFrame(table, geometry=lines.geometry.to_numpy(), crs=4326)


def _unpacked(raw: bytes, most: int) -> bytes:
    """The first bytes, unpacked; nothing of a damaged pack."""
    for mark, library in _PACKED.items():
        if raw.startswith(mark):
            try:
                with library.open(io.BytesIO(raw)) as file:
                    parts, left = [], most
                    while left > 0 and (part := file.read(min(left, _CHUNK))):
                        parts.append(part)
                        left -= len(part)
                    return b"".join(parts)
            except (OSError, EOFError, ValueError):
                return b""
    return raw[:most]


def _lines(content: bytes, name: str) -> gpd.GeoDataFrame:
    import pyogrio

    wanted = ", ".join(f"'{value}'" for value in DRIVEN)
    suffix = ".osm.pbf" if _PBF.match(content) else ".osm"
    with tempfile.TemporaryDirectory(prefix="jdzfire-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # drivers grumble; what matters is checked after
        path = Path(folder) / f"roads{suffix}"
        path.write_bytes(content)
        try:
            lines = pyogrio.read_dataframe(path, layer="lines", where=f"highway IN ({wanted})")
        except Exception as error:  # GDAL reports damage in many classes
            raise InputError(
                f"{name} is not a readable OpenStreetMap extract",
                expected="OSM XML or PBF, whole",
                found=excerpt(f"{type(error).__name__}: {error}"),
                remedy="fetch it again",
            ) from error
    return lines[shapely.get_num_coordinates(lines.geometry.to_numpy()) > 1]


def _tags_of(text: Any) -> dict[str, str]:
    """Tags as GDAL writes them: ``"surface"=>"gravel","lanes"=>"1"``."""
    return dict(_TAG.findall(text)) if isinstance(text, str) else {}


def _row(tags: Mapping[str, str]) -> dict[str, str | None]:
    """What the register keeps of a way's tags."""
    highway = tags.get("highway")
    implied = tags.get("junction") == "roundabout" or highway in ("motorway", "motorway_link")
    stated = tags.get("motor_vehicle") or tags.get("access")
    is_closed = stated in _CLOSED and tags.get("emergency") not in _LET_IN
    return {
        "highway": highway,
        "surface": tags.get("surface"),
        "oneway": tags.get("oneway") or ("yes" if implied else None),
        "maxspeed": tags.get("maxspeed"),
        "access": "no" if is_closed else None,
    }

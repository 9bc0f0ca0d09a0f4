"""Vector files as private copies that GDAL can take for one thing only.

GDAL recognises formats by content and opens what a file points to: a virtual layer, a service, a
CRS behind a link. So a file is understood here first and written anew: GeoJSON from its parsed
members, a shapefile from its own parts under fixed names, a GeoPackage only when every layer is a
table.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.request import pathname2url

from jdzfire.errors import CrsError, InputError
from jdzfire.feeds.text import excerpt

UNPACKED_MAX = 200_000_000
"""Most bytes of a shapefile's parts together; roads of a province are some 150 MB [K]."""

_MEMBERS_MAX = 1000
_GEOJSON_TYPES = {
    *("FeatureCollection", "Feature", "GeometryCollection", "Point", "MultiPoint"),
    *("LineString", "MultiLineString", "Polygon", "MultiPolygon"),
}
_CRS_NAME = re.compile(r"(?:urn:ogc:def:crs:)?(?:EPSG:[\w.]*:?\d{1,6}|OGC:[\w.]*:?CRS\d{2})", re.I)
_CRS_LINK = re.compile(r"https?://(?:www\.)?opengis\.net/def/crs/(\w+)/[\w.]+/(\w+)")
_SHP_MAGIC = b"\x00\x00\x27\x0a"
_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def open_vector_file(raw: bytes, folder: Path, *, name: str) -> dict[str, tuple[Path, str]]:
    """Write a vector file anew, and return where each layer of it is.

    Parameters
    ----------
    raw : bytes
        GeoJSON, GeoPackage or a zipped shapefile.
    folder : Path
        Private and empty.
    name : str
        For the messages.

    Returns
    -------
    dict of (Path, str)
        Layer -> file to open and the layer's name in it, in the order of the file.

    Raises
    ------
    InputError, CrsError
        It is not what it begins like, or points to something outside itself.
    """
    if raw.startswith(b"SQLite format 3"):
        return _geopackage(raw, folder, name)
    if raw.startswith(b"PK\x03\x04"):
        return _shapefiles(raw, folder, name)
    return _geojson(raw, folder, name)


def _geojson(raw: bytes, folder: Path, name: str) -> dict[str, tuple[Path, str]]:
    try:
        found = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _unreadable(name, "GeoJSON in UTF-8", error) from error
    kind = found.get("type") if isinstance(found, dict) else None
    if kind not in _GEOJSON_TYPES:
        raise InputError(
            f"{name} is JSON but not GeoJSON",
            expected="a FeatureCollection",
            found=f"type {excerpt(repr(kind))}",
            remedy="export the layer as GeoJSON",
        )
    if kind == "FeatureCollection":
        features = found.get("features")
        plain: dict[str, Any] = {"type": kind, "features": features}
    else:
        feature = found if kind == "Feature" else {"type": "Feature", "geometry": found}
        plain = {"type": "FeatureCollection", "features": [{"properties": {}, **feature}]}
    if not isinstance(plain["features"], list):
        raise InputError(
            f"{name} has no features", expected="a list features", remedy="export it again"
        )
    if found.get("crs") is not None:
        plain["crs"] = {"type": "name", "properties": {"name": _crs_name(found["crs"], name)}}
    path = folder / "register.geojson"
    # no "<" in it: GDAL would take some words in the first bytes for another format
    path.write_text(json.dumps(plain).replace("<", "\\u003c"), encoding="ascii")
    return {"register": (path, "register")}


def _crs_name(crs: Any, name: str) -> str:
    """The CRS of GeoJSON 2008 as a name; a link to a definition is not followed."""
    properties = crs.get("properties") if isinstance(crs, dict) else None
    stated = properties.get("name") if isinstance(properties, dict) else None
    text = str(stated or "").strip()
    link = _CRS_LINK.fullmatch(text)
    if link is not None:
        text = f"{link[1]}:{link[2]}"
    if not _CRS_NAME.fullmatch(text):
        raise CrsError(
            f"{name} names a CRS that cannot be used",
            expected="EPSG:n or urn:ogc:def:crs:EPSG::n",
            found=excerpt(repr(crs)),
            remedy="export it with its CRS named, or in WGS84",
        )
    return text


def _geopackage(raw: bytes, folder: Path, name: str) -> dict[str, tuple[Path, str]]:
    path = folder / "register.gpkg"
    path.write_bytes(raw)
    address = f"file:{pathname2url(str(path))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"):
                connection.execute(f"PRAGMA {pragma}")
            parts = dict(
                connection.execute(
                    "SELECT name, type || ' ' || coalesce(sql, '') FROM sqlite_master"
                )
            )
            layers = [
                str(row[0])
                for row in connection.execute(
                    "SELECT table_name FROM gpkg_contents WHERE data_type = 'features'"
                )
            ]
    except sqlite3.Error as error:
        raise _unreadable(name, "a GeoPackage", error) from error
    for layer in layers:
        _check_layer(layer, parts, name)
    return {layer: (path, layer) for layer in layers}


def _check_layer(layer: str, parts: dict[str, str], name: str) -> None:
    """A layer must be a plain table: a view or virtual table may run anything."""
    kind, _, sql = parts.get(layer, "nothing ").partition(" ")
    if kind != "table" or re.match(r"\s*CREATE\s+VIRTUAL", sql, re.IGNORECASE):
        raise InputError(
            f"{name} has a layer that is no table",
            expected="features in a table",
            found=f"{excerpt(layer)}: {'virtual table' if kind == 'table' else kind}",
            remedy="export the layer to a new GeoPackage",
        )


def _shapefiles(raw: bytes, folder: Path, name: str) -> dict[str, tuple[Path, str]]:
    found: dict[str, tuple[Path, str]] = {}
    left = UNPACKED_MAX
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for number, parts in enumerate(_stems(archive, name).items()):
                stem, members = parts
                place = folder / f"layer{number}"
                place.mkdir()
                for suffix, member in members.items():
                    with archive.open(member) as file:
                        content = file.read(left + 1)
                    left -= len(content)
                    if left < 0:
                        raise _too_large(name)
                    _check_part(suffix, content, name)
                    (place / f"layer{suffix}").write_bytes(content)
                found[stem] = (place / "layer.shp", "layer")
    except InputError:
        raise
    except Exception as error:  # damaged archives fail in many ways
        raise _unreadable(name, "a zipped shapefile", error) from error
    return found


def _stems(archive: zipfile.ZipFile, name: str) -> dict[str, dict[str, zipfile.ZipInfo]]:
    """Parts of each shapefile in an archive, by its name; nothing else is taken out."""
    members = archive.infolist()
    if len(members) > _MEMBERS_MAX:
        raise _too_large(name)
    found: dict[str, dict[str, zipfile.ZipInfo]] = {}
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        is_clutter = path.name.startswith("._") or "__MACOSX" in path.parts
        if path.suffix.lower() in _PARTS and not is_clutter:
            stem = str(path.with_suffix(""))
            found.setdefault(stem, {})[path.suffix.lower()] = member
    whole = {stem: parts for stem, parts in found.items() if {".shp", ".dbf"} <= set(parts)}
    names = [PurePosixPath(stem).name for stem in whole]
    if len(set(names)) == len(names):
        return dict(zip(names, whole.values(), strict=True))
    return whole


def _check_part(suffix: str, content: bytes, name: str) -> None:
    is_own = {
        ".shp": content.startswith(_SHP_MAGIC),
        ".shx": content.startswith(_SHP_MAGIC),
        ".dbf": content[:1] in (b"\x03", b"\x83", b"\x30", b"\x31", b"\x8b", b"\xf5", b"\x04"),
    }
    if not is_own.get(suffix, len(content) < 100_000 and b"<" not in content[:1]):
        raise InputError(
            f"{name} is a damaged shapefile",
            expected=f"the binary form of a {suffix}",
            found=excerpt(repr(content[:16])),
            remedy="export it again",
        )


def _too_large(name: str) -> InputError:
    return InputError(
        f"{name} is too large unpacked",
        expected=f"at most {UNPACKED_MAX / 1e6:.0f} MB in {_MEMBERS_MAX} files",
        remedy="cut the layer to the city",
    )


def _unreadable(name: str, expected: str, error: Exception) -> InputError:
    return InputError(
        f"{name} is not a readable vector file",
        expected=expected,
        found=excerpt(f"{type(error).__name__}: {error}"),
        remedy="export it again",
    )

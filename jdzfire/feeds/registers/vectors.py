"""GeoPackage, GeoJSON, shapefile, KML and OpenStreetMap into attribute rows and WGS84 shapes."""

from __future__ import annotations

import ast
import io
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from jdzfire.crs import belt_of, gauss_kruger_to_wgs84, project_to_wgs84, to_wgs84
from jdzfire.errors import CrsError, InputError
from jdzfire.feeds.registers.dbf_text import mend_table
from jdzfire.feeds.registers.kml import is_kml, read_kml
from jdzfire.feeds.registers.osm import is_osm, read_osm
from jdzfire.feeds.registers.vector_files import open_vector_file
from jdzfire.feeds.text import excerpt

Shapes = NDArray[np.object_]
_SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_LIST_CHARS = 10_000
LIST_MARK = "；"
"""Between the words of a list in one cell."""


def is_vector(raw: bytes) -> bool:
    """Whether the bytes are a GeoPackage, GeoJSON, KML, zipped shapefile or OpenStreetMap."""
    if is_osm(raw):
        return True
    if is_geojson(raw) or raw.startswith(b"SQLite format 3") or is_kml(raw):
        return True
    if not raw.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return any(name.lower().endswith(".shp") for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False


def is_geojson(raw: bytes) -> bool:
    """Whether the bytes are JSON text."""
    return raw[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read_shapes(raw: bytes, *, source_name: str, layer: str) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Table of a vector file as it is, CRS as labelled, and the layers that were not read.

    Parameters
    ----------
    raw : bytes
    source_name : str
    layer : str
        Layer wanted when there are several; ``heat-sources`` also finds ``heat_sources``.

    Raises
    ------
    InputError
        Not readable, without geometry, or of several layers none of that name.
    """
    name = excerpt(source_name)
    if is_osm(raw):
        return read_osm(raw, source_name=source_name), []
    if is_kml(raw):
        return read_kml(raw, source_name=source_name), []
    try:
        table, others = _read_layer(raw, layer, name)
    except InputError:
        raise
    except Exception as error:  # GDAL reports damage in many classes
        raise InputError(
            f"{name} is not a readable vector file",
            expected="GeoPackage, GeoJSON, KML, KMZ, OVKML, zipped shapefile or OpenStreetMap",
            found=excerpt(f"{type(error).__name__}: {error}"),
            remedy="export it again",
        ) from error
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError(f"{name} has no geometry", expected=f"a layer of {layer}")
    return table, others


def _read_layer(raw: bytes, layer: str, name: str) -> tuple[Any, list[str]]:
    """The layer by way of a private copy that is nothing but what it seems to be."""
    import pyogrio

    options: dict[str, Any] = {"DATE_AS_STRING": "YES"} if is_geojson(raw) else {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # drivers grumble; what matters is checked after
        layers = open_vector_file(raw, Path(folder), name=name)
        names = list(layers)
        number = _chosen_layer(names, layer, name)
        others = [one for one in names if one != names[number]]
        path, chosen = layers[names[number]]
        if path.suffix == ".shp":
            attributes = path.with_suffix(".dbf")
            mended, options["encoding"] = mend_table(attributes.read_bytes())
            attributes.write_bytes(mended)
            path.with_suffix(".cpg").unlink(missing_ok=True)
        table = pyogrio.read_dataframe(path, layer=chosen, datetime_as_string=True, **options)
        return table, others


def bundle_shapefile(path: Path) -> bytes:
    """A shapefile with its companions as one zip, the same bytes for the same files.

    Parameters
    ----------
    path : Path
        The ``.shp``; ``.shx``, ``.dbf``, ``.prj`` and ``.cpg`` beside it come along.

    Raises
    ------
    InputError
        The file, its ``.shx`` or its ``.dbf`` is not there.
    """
    buffer = io.BytesIO()
    try:
        beside = sorted(path.parent.iterdir())
    except OSError as error:
        raise InputError(
            f"{excerpt(path.name)} cannot be read",
            found=str(error.strerror),
            remedy="check the path",
        ) from error
    found = {
        part.suffix.lower(): part
        for part in beside
        if part.stem == path.stem and part.suffix.lower() in _SHAPEFILE
    }
    missing = [suffix for suffix in (".shp", ".shx", ".dbf") if suffix not in found]
    if missing:
        raise InputError(
            f"{excerpt(path.name)} is not whole",
            expected=".shp, .shx and .dbf side by side",
            found="no " + ", ".join(missing),
            remedy="copy all files of the shapefile together",
        )
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix, part in sorted(found.items()):
            info = zipfile.ZipInfo(f"layer{suffix}", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(info, part.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _chosen_layer(layers: list[str], wanted: str, name: str) -> int:
    """Position of the layer wanted; a file of one layer needs no name."""
    plain = [entry.lower().replace("-", "_") for entry in layers]
    if len(layers) == 1:
        return 0
    if wanted.replace("-", "_") not in plain:
        raise InputError(
            f"{name} has no layer for {wanted}",
            expected=f"one layer, or one named {wanted}",
            found=excerpt(", ".join(layers) or "no layer"),
            remedy="export the layer alone, or rename it",
        )
    return plain.index(wanted.replace("-", "_"))


def shapes_to_wgs84(
    table: gpd.GeoDataFrame, *, datum: str | None, crs: CRS | None, has_label: bool
) -> tuple[Shapes, str]:
    """Shapes of a table in WGS84, and the datum they were given in.

    A declared CRS must agree with the file's own label, unless the file has none or is GeoJSON,
    which cannot carry one. A declared datum is for degrees; GCJ-02 and BD-09 contradict a
    projected file, the others add nothing about it. Projected Chinese belts are taken with
    or without the zone in front of the easting, whatever its label.

    Raises
    ------
    CrsError
        No CRS is known, labels contradict, or the numbers do not fit them.
    """
    label = None if table.crs is None else CRS.from_user_input(table.crs)
    system = _agreed_crs(label, crs, has_label=has_label)
    shapes = shapely.force_2d(np.asarray(table.geometry.array))
    if system.is_geographic:
        name = datum or ("cgcs2000" if _is_cgcs2000(system) else "wgs84")
        if datum is None and not (
            _is_cgcs2000(system) or system.to_epsg() == 4326 or _is_84(system)
        ):
            return _moved(shapes, lambda x, y: project_to_wgs84(x, y, system)), system.name
        return _moved(shapes, lambda x, y: to_wgs84(x, y, name)), name
    if datum in ("gcj02", "bd09"):
        raise CrsError(
            f"datum {datum} was declared for a projected file",
            expected="degrees",
            found=system.name,
            remedy="leave --datum out, or declare the CRS with --crs",
        )
    if belt_of(system) is not None:
        return _moved(shapes, lambda x, y: gauss_kruger_to_wgs84(x, y, crs=system)), system.name
    return _moved(shapes, lambda x, y: project_to_wgs84(x, y, system)), system.name


def _agreed_crs(label: CRS | None, declared: CRS | None, *, has_label: bool) -> CRS:
    if declared is None and label is None:
        raise CrsError(
            "the file states no CRS",
            expected="a CRS in the file, or a declared one",
            remedy="declare it, for example --crs EPSG:4326",
        )
    if declared is None:
        return label  # type: ignore[return-value]
    if label is None or not has_label or _same(label, declared):
        return declared
    raise CrsError(
        "declared CRS and the file's own contradict each other",
        expected=label.name,
        found=declared.name,
        remedy="leave --crs out, or correct the file",
    )


def _same(one: CRS, other: CRS) -> bool:
    code = one.to_epsg()
    return one.equals(other, ignore_axis_order=True) or (
        code is not None and code == other.to_epsg()
    )


def _is_cgcs2000(system: CRS) -> bool:
    return "2000" in system.name and "China" in f"{system.name} {system.datum}"


def _is_84(system: CRS) -> bool:
    return "WGS 84" in system.name or "WGS84" in system.name


def _moved(shapes: Shapes, move: Any) -> Shapes:
    def by_columns(points: NDArray[np.float64]) -> NDArray[np.float64]:
        if not len(points):
            return points
        return np.column_stack(move(points[:, 0], points[:, 1]))

    return np.asarray(shapely.transform(shapes, by_columns), dtype=object)


def attributes_of(table: gpd.GeoDataFrame) -> pd.DataFrame:
    """Attributes of a vector table as cells: nulls are None, times are text."""
    plain = pd.DataFrame(table.drop(columns=table.geometry.name))
    cells = {
        str(name): pd.Series([_cell(value) for value in plain[name]], dtype=object)
        for name in plain.columns
    }
    return pd.DataFrame(cells, index=pd.RangeIndex(len(plain)))


def _list_of(text: str) -> Any:
    """The list a text spells, as other programmes write one into a cell; else the text."""
    try:
        found = ast.literal_eval(text) if len(text) < _LIST_CHARS else text
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return found if isinstance(found, list) else text


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("["):
        value = _list_of(value)
    if isinstance(value, list | tuple | np.ndarray):
        words = [str(one) for one in value if one is not None]
        return LIST_MARK.join(words) or None
    if isinstance(value, dict):
        return value
    if value is None or pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value

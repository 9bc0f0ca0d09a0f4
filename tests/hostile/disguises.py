"""Files that point to another file or to an address, one for each disguise we could think of."""

from __future__ import annotations

import io
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import h5py
import numpy as np
import rasterio
import shapely
from rasterio.io import MemoryFile

from tests.weather.grids import UNITS

SECRET = "SECRET-7f3a-of-another-file"  # noqa: S105


def disguises(secret: Path, url: str) -> Iterator[tuple[str, str, bytes]]:
    """Name of the file, register kind it is given as, and its bytes.

    Parameters
    ----------
    secret : Path
        GeoJSON, CSV, raster and NetCDF files named ``secret.*`` in this folder hold :data:`SECRET`.
    url : str
        Address that counts its requests.
    """
    yield from _virtual_layers(secret, url)
    yield from _json_bodies(secret, url)
    yield from _geopackages(secret, url)
    yield from _kmls(secret, url)
    yield from _rasters(secret, url)
    yield from _weather(secret)
    yield from _workbooks(secret, url)


def _vrt(source: str) -> str:
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )


def _virtual_layers(secret: Path, url: str) -> Iterator[tuple[str, str, bytes]]:
    for name, source in (
        ("file", str(secret / "secret.geojson")),
        ("csv", str(secret / "secret.csv")),
        ("url", f"{url}/a.geojson"),
        ("curl", f"/vsicurl/{url}/b.geojson"),
    ):
        text = _vrt(source)
        yield f"vrt_{name}.geojson", "zones", text.encode()
        yield f"vrt_brace_{name}.geojson", "zones", b"{" + text.encode()
        yield f"vrt_kml_{name}.kml", "zones", b"<kml>" + text.encode() + b"</kml>"
        yield f"vrt_csv_{name}.csv", "zones", text.encode()
        yield f"vrt_shp_{name}.zip", "zones", _zip({"x.shp": text, "x.dbf": text, "x.shx": text})
        yield (
            f"vrt_vrt_{name}.zip",
            "zones",
            _zip({"x.vrt": text, "x.shp": _shp(), "x.dbf": _dbf()}),
        )
        property_of = {"type": "Feature", "properties": {"name": text}, "geometry": None}
        body = json.dumps({"type": "FeatureCollection", "features": [property_of]})
        yield f"vrt_in_property_{name}.geojson", "zones", body.encode()
    yield "name_path.zip", "zones", _zip({f"../../{secret}/x.shp": _shp(), "/etc/x.dbf": _dbf()})


def _json_bodies(secret: Path, url: str) -> Iterator[tuple[str, str, bytes]]:
    crs_link = {"type": "link", "properties": {"href": f"{url}/crs", "type": "proj4"}}
    feature = {
        "type": "Feature",
        "properties": {"name": "x", "id": "1"},
        "geometry": {"type": "Point", "coordinates": [117.2, 29.4]},
    }
    collection: dict[str, Any] = {"type": "FeatureCollection", "features": [feature]}
    bodies: dict[str, Any] = {
        "crs_link": {**collection, "crs": crs_link},
        "crs_url": {**collection, "crs": {"type": "name", "properties": {"name": f"{url}/crs"}}},
        "crs_file": {
            **collection,
            "crs": {"type": "name", "properties": {"name": str(secret / "secret.csv")}},
        },
        "links": {**collection, "links": [{"rel": "next", "href": f"{url}/next"}]},
        "stac": {
            "stac_version": "1.0.0",
            **collection,
            "assets": {"a": {"href": f"{url}/a.tif", "type": "image/tiff"}},
        },
        "stacta": {"stac_version": "1.0.0", "asset_templates": {"b": {"href": f"{url}/{{x}}"}}},
        "oapif": {"links": [{"rel": "data", "href": f"{url}/collections"}], "collections": []},
        "esri": {
            "displayFieldName": "",
            "geometryType": "esriGeometryPoint",
            "spatialReference": {"wkid": 4326},
            "fields": [],
            "features": [],
            "exceededTransferLimit": True,
            "url": f"{url}/query?resultOffset=0",
        },
        "topo": {"type": "Topology", "objects": {"x": {"type": "Point", "coordinates": [0, 0]}}},
        "tilejson": {"tilejson": "2.0.0", "tiles": [f"{url}/{{z}}/{{x}}/{{y}}.pbf"]},
        "ref": {"$ref": f"file://{secret}/secret.geojson"},
        "pipeline": {"type": "gdal_streamed_alg", "command_line": f"gdal vector read {secret}"},
        "jsonfg": {
            "conformsTo": ["[ogc-json-fg-1-0.1:core]"],
            "coordRefSys": f"{url}/c",
            **collection,
        },
    }
    for name, body in bodies.items():
        yield f"json_{name}.geojson", "teams", json.dumps(body).encode()
    for name, text in (
        ("plscenes", "{PLSCENES:"),
        ("path", str(secret / "secret.geojson")),
        ("vsicurl", f"/vsicurl/{url}/x.geojson"),
        ("wfs", f"<OGRWFSDataSource><URL>{url}/wfs</URL></OGRWFSDataSource>"),
        ("http", f"{url}/x.geojson"),
        ("gdalg", '{"type": "gdal_streamed_alg"}'),
    ):
        yield f"text_{name}.geojson", "zones", text.encode()


def _geopackages(secret: Path, url: str) -> Iterator[tuple[str, str, bytes]]:
    for name, statements in {
        "view": [
            "ALTER TABLE zones RENAME TO held",
            "CREATE VIEW zones AS SELECT * FROM held",
        ],
        "virtual": [
            "DROP TABLE zones",
            "CREATE VIRTUAL TABLE zones USING rtree(id, minx, maxx, miny, maxy)",
        ],
        "trigger": [
            "CREATE TRIGGER t AFTER INSERT ON zones BEGIN DELETE FROM gpkg_contents; END",
        ],
        "extension": [
            "INSERT INTO gpkg_extensions VALUES ('zones', NULL, 'vsicurl', "  # noqa: S608
            f"'{url}/definition', 'read-write')",
        ],
        "srs": [
            f"UPDATE gpkg_spatial_ref_sys SET definition = '{url}/crs' WHERE srs_id = 4326",  # noqa: S608
        ],
    }.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.gpkg"
            _zone_layer().to_file(path, layer="zones", driver="GPKG")
            plain = sqlite3.connect(path)
            for statement in statements:
                plain.execute(statement)
            plain.commit()
            plain.close()
            yield f"gpkg_{name}.gpkg", "zones", path.read_bytes()
    del secret


def _zone_layer() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"zone_id": ["Z1"], "name": ["林"], "county": ["浮梁县"]},
        geometry=[shapely.box(117.2, 29.3, 117.3, 29.4)],
        crs="EPSG:4326",
    )


def _kmls(secret: Path, url: str) -> Iterator[tuple[str, str, bytes]]:
    place = "<Placemark><name>{}</name><Point><coordinates>117,29</coordinates></Point></Placemark>"
    head = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    link = f"<NetworkLink><Link><href>{url}/link.kml</href></Link></NetworkLink>"
    icon = f"<Style><IconStyle><Icon><href>{url}/i.png</href></Icon></IconStyle></Style>"
    entity = f'<!DOCTYPE kml [<!ENTITY x SYSTEM "file://{secret}/secret.csv">]>'
    remote = f'<!DOCTYPE kml SYSTEM "{url}/kml.dtd">'
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret}/secret.csv"/>'
    style = f'<?xml-stylesheet href="{url}/s.xsl" type="text/xsl"?>'
    tail = "</Document></kml>"
    for name, text in {
        "link": head + link + place.format("x") + tail,
        "icon": head + icon + place.format("x") + tail,
        "entity": entity + head + place.format("&x;") + tail,
        "remote_dtd": remote + head + place.format("x") + tail,
        "include": head + include + place.format("x") + tail,
        "stylesheet": style + head + place.format("x") + tail,
    }.items():
        yield f"kml_{name}.kml", "teams", text.encode()
        yield f"kmz_{name}.kmz", "teams", _zip({"doc.kml": text})


def _rasters(secret: Path, url: str) -> Iterator[tuple[str, str, bytes]]:
    for name, source in (
        ("file", str(secret / "secret.tif")),
        ("curl", f"/vsicurl/{url}/x.tif"),
        (
            "wms",
            f"<GDAL_WMS><Service name='TMS'><ServerUrl>{url}/</ServerUrl></Service></GDAL_WMS>",
        ),
    ):
        text = (
            '<VRTDataset rasterXSize="4" rasterYSize="4"><SRS>EPSG:4326</SRS>'
            "<GeoTransform>117,0.1,0,30,0,-0.1</GeoTransform>"
            '<VRTRasterBand dataType="Int16" band="1"><SimpleSource>'
            f'<SourceFilename relativeToVRT="0">{source}</SourceFilename><SourceBand>1</SourceBand>'
            "</SimpleSource></VRTRasterBand></VRTDataset>"
        )
        for kind in ("dem", "landcover"):
            yield f"raster_{kind}_{name}.tif", kind, text.encode()
    yield "raster_service.tif", "dem", _service(url).encode()
    yield "raster_wcs.tif", "dem", f"<WCS_GDAL><ServiceURL>{url}/?</ServiceURL></WCS_GDAL>".encode()
    yield "raster_stac.tif", "dem", json.dumps({"stac_version": "1.0.0", "assets": {}}).encode()
    yield "raster_path.tif", "dem", str(secret / "secret.tif").encode()


def _service(url: str) -> str:
    return f"<GDAL_WMS><Service name='TMS'><ServerUrl>{url}/</ServerUrl></Service></GDAL_WMS>"


def tiff(value: int = 200) -> bytes:
    """A plain GeoTIFF of 4 x 4 cells."""
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            width=4,
            height=4,
            count=1,
            dtype="int16",
            crs="EPSG:4326",
            transform=rasterio.Affine(0.1, 0.0, 117.0, 0.0, -0.1, 30.0),
        ) as out:
            out.write(np.full((1, 4, 4), value, dtype="int16"))
        return bytes(memory.read())


def _weather(secret: Path) -> Iterator[tuple[str, str, bytes]]:
    for way in ("link", "soft", "external", "virtual"):
        yield f"weather_{way}.nc", "weather", _hdf5(secret, way)


def _hdf5(secret: Path, way: str) -> bytes:
    buffer = io.BytesIO()
    names = list(UNITS)
    with h5py.File(buffer, "w") as file:
        for name, values in (("time", [0.0]), ("lat", [29.0, 29.5]), ("lon", [117.0, 117.5])):
            file[name] = np.array(values)
            file[name].make_scale(name)
        file["time"].attrs["units"] = "days since 2024-03-01"
        for name in names:
            if name == names[0] and way == "link":
                file[name] = h5py.ExternalLink(str(secret / "secret.nc"), name)
                continue
            if name == names[0] and way == "soft":
                file[name] = h5py.SoftLink(f"/{names[1]}")
                continue
            if name == names[0] and way == "external":
                parts = [(str(secret / "secret.bin"), 0, 32)]
                data = file.create_dataset(name, shape=(1, 2, 2), dtype="f8", external=parts)
            elif name == names[0] and way == "virtual":
                layout = h5py.VirtualLayout(shape=(1, 2, 2), dtype="f8")
                layout[:] = h5py.VirtualSource(str(secret / "secret.nc"), name, shape=(1, 2, 2))
                data = file.create_virtual_dataset(name, layout)
            else:
                data = file.create_dataset(name, data=np.full((1, 2, 2), 15.0))
            data.attrs["units"] = UNITS[name]
            for axis, scale in enumerate(("time", "lat", "lon")):
                data.dims[axis].attach_scale(file[scale])
    return buffer.getvalue()


def _workbooks(secret: Path, url: str) -> Iterator[tuple[str, str, bytes]]:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.append(["队伍名称", "经度", "纬度", "联系电话"])
    sheet.append([f'=WEBSERVICE("{url}/x")', 117.2, 29.4, f"='file://{secret}/[secret.csv]S'!A1"])
    buffer = io.BytesIO()
    book.save(buffer)
    yield "book_formula.xlsx", "teams", buffer.getvalue()
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}/secret.csv">]>'
    yield "book_entity.xlsx", "teams", _with_part(buffer.getvalue(), entity)


def _with_part(raw: bytes, doctype: str) -> bytes:
    """The workbook with a DOCTYPE in its first sheet, and the entity in a cell."""
    found = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(found, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename.endswith("sheet1.xml"):
                content = content.replace(b"<worksheet", doctype.encode() + b"<worksheet", 1)
                content = content.replace(b"<v>117.2</v>", b"<v>&e;</v>")
            new.writestr(item.filename, content)
    return found.getvalue()


def _zip(members: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _shp() -> bytes:
    return _parts()[".shp"]


def _dbf() -> bytes:
    return _parts()[".dbf"]


def _parts() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.shp"
        _zone_layer().to_file(path)
        return {part.suffix: part.read_bytes() for part in Path(folder).iterdir()}


def write_secrets(folder: Path) -> None:
    """Files of every kind whose content must come out nowhere."""
    folder.mkdir(parents=True, exist_ok=True)
    layer = _zone_layer().assign(zone_id=SECRET, name=SECRET)
    layer.to_file(folder / "secret.geojson", driver="GeoJSON")
    (folder / "secret.csv").write_text(f"name,x\n{SECRET},1\n", encoding="utf-8")
    (folder / "secret.tif").write_bytes(tiff(777))
    with h5py.File(folder / "secret.nc", "w") as file:
        file[next(iter(UNITS))] = np.full((1, 2, 2), 7.77)
    (folder / "secret.bin").write_bytes(np.full(4, 7.77).tobytes())

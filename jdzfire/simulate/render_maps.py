"""Registers with geometry and grids: GeoPackage, GeoTIFF, NetCDF, without a clock in them."""

from __future__ import annotations

from io import BytesIO

import geopandas as gpd
import pyogrio
import rasterio
import xarray as xr
from rasterio.io import MemoryFile
from rasterio.transform import Affine


def render_geopackage(table: gpd.GeoDataFrame, layer: str, year: int) -> bytes:
    """One layer as GeoPackage; its date of last change is the first of January."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{year}-01-01T00:00:00.000Z"})
    try:
        out = BytesIO()
        pyogrio.write_dataframe(table, out, layer=layer, driver="GPKG", promote_to_multi=None)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
    return out.getvalue()


def render_geotiff(grid: xr.DataArray, *, nodata: float) -> bytes:
    """A north-up grid in EPSG:4326 as compressed GeoTIFF of one band."""
    profile = {
        "driver": "GTiff",
        "height": grid.sizes["y"],
        "width": grid.sizes["x"],
        "count": 1,
        "dtype": str(grid.dtype),
        "crs": "EPSG:4326",
        "transform": Affine(*grid.attrs["transform"]),
        "nodata": nodata,
        "compress": "deflate",
        "tiled": True,
    }
    with rasterio.Env(), MemoryFile() as memory:
        with memory.open(**profile) as target:
            target.write(grid.to_numpy(), 1)
            target.set_band_unit(1, str(grid.attrs["units"]))
        return bytes(memory.read())


def render_netcdf(weather: xr.Dataset) -> bytes:
    """The weather as NetCDF (classic, 64-bit offset), days as whole numbers."""
    year = int(weather["time"].dt.year[0])
    clock = {"units": f"days since {year}-01-01", "dtype": "int32"}
    data = weather.to_netcdf(engine="scipy", format="NETCDF3_64BIT", encoding={"time": clock})
    return bytes(data)

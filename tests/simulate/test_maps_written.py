from __future__ import annotations

from io import BytesIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr
from rasterio.io import MemoryFile

from jdzfire.schemas import ADMIN, HEAT_SOURCES, ROADS, SETTLEMENTS, ZONES, Contract, validate
from jdzfire.simulate import Season


def _read_layer(files: dict[str, bytes], folder: Path, layer: str) -> gpd.GeoDataFrame:
    path = folder / f"{layer}.gpkg"
    path.write_bytes(files[f"registers/{layer}.gpkg"])
    return gpd.read_file(path, layer=layer)


@pytest.mark.parametrize(
    ("layer", "contract"),
    [
        ("admin", ADMIN),
        ("zones", ZONES),
        ("heat_sources", HEAT_SOURCES),
        ("roads", ROADS),
        ("settlements", SETTLEMENTS),
    ],
)
def test_layers_read_back_to_their_contracts(
    files: dict[str, bytes], tmp_path: Path, layer: str, contract: Contract
) -> None:
    table = _read_layer(files, tmp_path, layer)
    assert len(validate(table, contract)) == len(table) > 0


def test_unregistered_works_stay_out_of_the_register(
    season: Season, files: dict[str, bytes], tmp_path: Path
) -> None:
    known = _read_layer(files, tmp_path, "heat_sources")
    truth = pd.read_csv(BytesIO(files["truth/heat_sources.csv"]))
    assert set(known["source_id"]) == set(truth.loc[truth["is_registered"], "source_id"])
    assert len(known) < len(truth) == len(season.sites)


def test_grids_fit_each_other(files: dict[str, bytes]) -> None:
    with (
        MemoryFile(files["registers/dem.tif"]) as first,
        MemoryFile(files["registers/landcover.tif"]) as second,
        first.open() as dem,
        second.open() as cover,
    ):
        assert dem.crs == cover.crs == rasterio.CRS.from_epsg(4326)
        assert dem.transform == cover.transform
        assert dem.shape == cover.shape
        height, codes = dem.read(1), cover.read(1)
    assert set(np.unique(codes)) <= {10, 20, 30, 40, 50, 60, 80}
    assert 5 < height.min() < 40
    assert 700 < height.max() < 2000
    # fields lie lower than forest
    assert np.median(height[codes == 40]) < np.median(height[codes == 10])


def test_relief_rises_to_the_north_east(season: Season) -> None:
    plain = season.dem.sel(x=117.05, y=28.90, method="nearest").item()
    hills = season.dem.sel(x=slice(117.5, 117.65), y=slice(29.65, 29.5)).mean().item()
    assert plain < 60
    assert hills > 300


def test_weather_keeps_the_contract(season: Season, files: dict[str, bytes]) -> None:
    with xr.open_dataset(BytesIO(files["registers/weather.nc"]), engine="scipy") as weather:
        assert dict(weather.sizes) == {"time": 366, "lat": 14, "lon": 9}
        units = {name: weather[name].attrs["units"] for name in weather.data_vars}
        assert units == {
            "tasmax": "degC",
            "hursmin": "%",
            "tas": "degC",
            "hurs": "%",
            "sfcWind": "m s-1",
            "sfcWindmax": "m s-1",
            "pr": "mm/day",
        }
        assert weather["lat"].to_index().is_monotonic_increasing
        assert str(weather["time"].to_index()[59].date()) == "2024-02-29"
        assert (weather["hursmin"] <= weather["hurs"]).all()
        assert (weather["sfcWind"] <= weather["sfcWindmax"]).all()
        assert weather["hurs"].max() <= 100
        assert not weather.isnull().any().to_array().any()
        wet, dry = weather["pr"].sel(time="2024-06").sum("time"), weather["pr"].sel(time="2024-10")
        assert wet.mean() > dry.sum("time").mean()
        assert weather["tasmax"].sel(time="2024-07").mean() > 28
        assert weather["tasmax"].sel(time="2024-01").mean() < 16


def test_growth_ends_at_the_fires_area(season: Season, files: dict[str, bytes]) -> None:
    growth = pd.read_parquet(BytesIO(files["truth/fire_growth.parquet"]))
    largest = growth.groupby("fire_id")["area_ha"].max()
    fires = season.fires.set_index("fire_id")
    assert set(largest.index) == set(fires.index)
    long_ones = fires.index[(fires["ended_at"] - fires["started_at"]) > pd.Timedelta(hours=6)]
    gap = largest[long_ones] / fires.loc[long_ones, "area_ha"]
    assert gap.between(0.95, 1.001).all()


def test_truth_permits_hold_lots_and_faults(season: Season, files: dict[str, bytes]) -> None:
    permits = pd.read_csv(BytesIO(files["truth/permits.csv"]))
    assert len(permits) == len(season.permits)
    assert permits["wkt"].str.startswith("POLYGON").all()
    assert (pd.to_datetime(permits["valid_from"]) < pd.to_datetime(permits["valid_to"])).all()
    assert permits["valid_from"].str.endswith("Z").all()

"""Burned area of simulated scars, held against their truth."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import xarray as xr

from jdzfire.errors import InputError
from jdzfire.experiments.scar_scenes import write_scar_scenes
from jdzfire.feeds.scenes import find_scenes, read_around, read_scene
from jdzfire.scars.burned_area import burn_ratio, burned_area, scar_shape
from jdzfire.simulate.scenes import draw_scar, render_scene

X, Y = 620_000.0, 3_250_000.0
BOUNDS = (X - 2000, Y - 2000, X + 2000, Y + 2000)
ON = date(2024, 4, 4)


def degrees(shape):
    return gpd.GeoSeries([shape], crs=32650).to_crs(4326).iloc[0]


def around(shape, metres: float = 900.0) -> tuple[float, float, float, float]:
    return degrees(shape.buffer(metres)).bounds


def write(folder: Path, day: date, scars, **how) -> None:
    folder.mkdir(exist_ok=True)
    for name, data in render_scene(day, BOUNDS, 32650, scars=scars, **how):
        (folder / name).write_bytes(data)


@pytest.mark.slow
def test_twenty_scars_under_noise_and_cloud(tmp_path: Path) -> None:
    off, held = [], []
    for seed in range(20):
        area_ha = float(np.random.default_rng(seed).uniform(3, 60))
        folder = tmp_path / str(seed)
        truth = write_scar_scenes(
            folder, lon=118.24, lat=29.37, area_ha=area_ha, on=ON, seed=seed, cloud_share=0.3
        )
        scenes = find_scenes(folder)
        x, y = _centre(scenes[0].nir)
        scar = draw_scar(x, y, area_ha, seed=seed)
        read = read_around(scenes, around(scar))
        found = burned_area(read[:3], read[3:], degrees(scar.buffer(250)))
        off.append(found.burned_ha / truth - 1)
        held.append(found.low_ha <= 1.05 * truth and found.high_ha >= 0.95 * truth)
        assert truth == pytest.approx(area_ha, rel=1e-6)
    assert np.abs(off).max() < 0.10
    assert abs(np.mean(off)) < 0.04
    assert all(held)


def _centre(path: Path) -> tuple[float, float]:
    with rasterio.open(path) as file:
        return (file.bounds.left + file.bounds.right) / 2, (
            file.bounds.top + file.bounds.bottom
        ) / 2


def test_a_drier_season_is_no_fire(tmp_path: Path) -> None:
    write(tmp_path, date(2024, 3, 1), [], greenness=1.0)
    write(tmp_path, date(2024, 4, 20), [], greenness=0.8)
    read = read_around(find_scenes(tmp_path), around(draw_scar(X, Y, 10, seed=1)))
    place = degrees(draw_scar(X, Y, 20, seed=1))
    found = burned_area(read[:1], read[1:], place)
    assert found.burned_ha == 0.0
    assert found.offset > 0.1
    assert scar_shape(found).is_empty
    assert sum(found.by_severity_ha.values()) == 0.0


def test_what_lies_under_cloud_is_in_the_interval(tmp_path: Path) -> None:
    scar = draw_scar(X, Y, 30, seed=3)
    write(tmp_path, date(2024, 3, 1), [])
    write(tmp_path, date(2024, 4, 20), [scar], cloud_share=0.5, seed=3)
    read = read_around(find_scenes(tmp_path), around(scar))
    found = burned_area(read[:1], read[1:], degrees(scar.buffer(200)))
    assert found.low_ha < 30 < found.high_ha
    assert 0.2 < found.clear_share < 0.9
    assert found.before == (date(2024, 3, 1),)
    covered = xr.where(read[1]["clear"], False, False)
    with pytest.raises(InputError, match="none of the area"):
        burned_area(read[:1], [read[1].assign(clear=covered)], degrees(scar))
    with pytest.raises(InputError, match="before and one after"):
        burned_area([], read[1:], degrees(scar))
    other = read_scene(find_scenes(tmp_path)[0], around(scar, 400))
    with pytest.raises(InputError, match="different grids"):
        burned_area([other], read[1:], degrees(scar))


def test_the_offset_of_sentinel_2_is_read_from_its_own_metadata(tmp_path: Path) -> None:
    """Without the -1000 of baseline 04.00 the ratio of dark land would be wrong."""
    write(tmp_path / "plain", date(2024, 3, 1), [], noise=0.0)
    safe = tmp_path / "S2A_MSIL2A_20240301T025541_N0510_R032_T50RMT.SAFE"
    bands = safe / "GRANULE" / "L2A_T50RMT" / "IMG_DATA" / "R20m"
    bands.mkdir(parents=True)
    for path in (tmp_path / "plain").iterdir():
        with rasterio.open(path) as file:
            profile, values = file.profile, file.read(1)
        with rasterio.open(bands / path.name.replace(".tif", ".jp2"), "w", **profile) as copy:
            copy.write(values, 1)
    (safe / "MTD_MSIL2A.xml").write_text(
        '<a><BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE>'
        '<BOA_ADD_OFFSET band_id="8">-1000</BOA_ADD_OFFSET></a>'
    )
    bounds = around(draw_scar(X, Y, 10, seed=1))
    ratios = [
        float(burn_ratio(read_scene(find_scenes(folder)[0], bounds)).median())
        for folder in (tmp_path / "plain", safe)
    ]
    assert ratios[0] == pytest.approx(ratios[1], abs=1e-6)
    assert ratios[0] == pytest.approx((0.32 - 0.09) / (0.32 + 0.09), abs=0.03)
    assert find_scenes(safe)[0].offset == pytest.approx(-0.1)


def test_landsat_is_read_by_its_own_scale_and_clouds(tmp_path: Path) -> None:
    shape, transform = (200, 200), rasterio.transform.from_origin(X - 3000, Y + 3000, 30, 30)
    quality = np.full(shape, 0b1010_1000_0000, dtype="uint16")
    quality[:, :100] |= 0b1000  # cloud
    values = {"SR_B5": (0.32 + 0.2) / 2.75e-5, "SR_B7": (0.09 + 0.2) / 2.75e-5}
    stem = "LC09_L2SP_121040_20240402_20240403_02_T1"
    for name in ("SR_B5", "SR_B7", "QA_PIXEL"):
        held = (
            quality if name == "QA_PIXEL" else np.full(shape, round(values[name]), dtype="uint16")
        )
        with rasterio.open(
            tmp_path / f"{stem}_{name}.TIF", "w", driver="GTiff", width=200, height=200, count=1,
            dtype="uint16", crs="EPSG:32650", transform=transform,
        ) as file:  # fmt: skip
            file.write(held, 1)
    (files,) = find_scenes(tmp_path)
    assert (files.sensor, files.day) == ("landsat", date(2024, 4, 2))
    scene = read_scene(files, around(draw_scar(X, Y, 10, seed=1), 500))
    assert float(scene["nir"].where(scene["clear"]).median()) == pytest.approx(0.32, abs=1e-3)
    assert 0.3 < float(scene["clear"].mean()) < 0.9


def test_scenes_that_are_not_whole_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no scene"):
        find_scenes(tmp_path)
    write(tmp_path, date(2024, 3, 1), [])
    (scene,) = find_scenes(tmp_path)
    with pytest.raises(InputError, match="does not cover"):
        read_scene(scene, (10.0, 50.0, 10.1, 50.1))
    assert read_around([scene], (10.0, 50.0, 10.1, 50.1)) == []
    scene.swir.write_bytes(scene.swir.read_bytes()[:200])
    with pytest.raises(InputError, match="cannot be read"):
        read_scene(scene, around(draw_scar(X, Y, 10, seed=1)))
    scene.quality.unlink()
    with pytest.raises(InputError, match="not whole"):
        find_scenes(tmp_path)


def test_a_file_that_sends_gdal_elsewhere_is_refused(tmp_path: Path) -> None:
    write(tmp_path, date(2024, 3, 1), [])
    (scene,) = find_scenes(tmp_path)
    inner = tmp_path / "secret.dat"
    inner.write_bytes(scene.swir.read_bytes())
    scene.swir.write_text(
        '<VRTDataset rasterXSize="200" rasterYSize="200"><VRTRasterBand dataType="UInt16" band="1">'
        f"<SimpleSource><SourceFilename>{inner}</SourceFilename><SourceBand>1</SourceBand>"
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(InputError, match="cannot be read"):
        read_scene(scene, around(draw_scar(X, Y, 10, seed=1)))

"""Archives of days: what is written is what was read, and says where it came from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from jdzfire.errors import InputError, UsageError
from jdzfire.feeds.weather_archive import open_days, write_archive
from jdzfire.weather.contract import FORECAST_FROM
from jdzfire.weather.danger import danger_of_days
from tests.weather.grids import weather_days
from tests.weather.test_hours import hours

STATION = "date,TMEAN,TMAX,RM,WS\n2024-03-05,15,25,60,2.0\n2024-03-06,16,20,70,1.0\n"
RAIN = "#UTCTIME,\nDATETIME,8150\n2024-03-05 00:00:00,3\n"


def save(dataset: xr.Dataset, path: Path) -> Path:
    dataset.to_netcdf(path, engine="h5netcdf")
    return path


@pytest.mark.parametrize("form", ["zarr", "nc"])
def test_hours_in_two_files_become_days_and_danger(tmp_path: Path, form: str) -> None:
    if form == "zarr":
        pytest.importorskip("zarr", reason="the extra weather is not installed")
    given = hours()
    half = given.sizes["time"] // 2 + 3  # within a day
    files = [
        save(given.isel(time=slice(half, None)), tmp_path / "b.nc"),
        save(given.isel(time=slice(None, half)), tmp_path / "a.nc"),
    ]
    made = open_days(files)
    assert made["tasmax"].chunks is not None
    path = tmp_path / f"days.{form}"
    write_archive(made, path, made_of=[file.name for file in files])
    again = open_days([path])
    whole = open_days([save(given, tmp_path / "all.nc")])
    for name in whole.data_vars:
        np.testing.assert_allclose(
            again[name].astype(float), whole[name].astype(float), rtol=1e-5, equal_nan=True
        )
    told = json.loads(again.attrs["history"].split(" ", 1)[1]) if form == "zarr" else None
    assert told is None or told["made_of"] == ["b.nc", "a.nc"]
    danger = danger_of_days(again)
    assert danger["fwi"].chunks is not None
    plain = danger_of_days(whole.compute())
    np.testing.assert_allclose(danger["fwi"], plain["fwi"], rtol=1e-3, atol=1e-3, equal_nan=True)
    assert FORECAST_FROM in danger.coords
    with pytest.raises(UsageError, match="exists"):
        write_archive(made, path, made_of=[])


def test_tables_of_one_station_are_joined_by_day(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(STATION)
    (tmp_path / "p.csv").write_text(RAIN)
    days = open_days([tmp_path / "m.csv", tmp_path / "p.csv"], place=(116.3, 25.7))
    assert days["pr"].squeeze().to_numpy().tolist()[:1] == [3.0]
    assert np.isnan(days["pr"].squeeze().to_numpy()[1])
    assert float(days["lon"][0]) == 116.3


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    a = save(weather_days(count=3), tmp_path / "a.nc")
    moved = save(weather_days("2024-03-04", count=3, lon=(118.0, 118.5)), tmp_path / "b.nc")
    again = save(weather_days("2024-03-03", count=3), tmp_path / "c.nc")
    (tmp_path / "d.nc").write_bytes(a.read_bytes()[:2000])
    for files, told in (
        ([a, moved], "do not fit"),
        ([a, again], "overlap"),
        ([tmp_path / "d.nc"], "not a readable"),
        ([tmp_path / "gone.csv"], "cannot be read"),
        ([tmp_path / "gone.zarr"], "not a readable Zarr"),
    ):
        with pytest.raises(InputError, match=told):
            open_days(files)
    with pytest.raises(UsageError, match="no weather file"):
        open_days([])


def test_an_archive_torn_in_the_middle_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("zarr", reason="the extra weather is not installed")
    days = weather_days(count=3)
    path = tmp_path / "days.zarr"
    with monkeypatch.context() as torn:
        torn.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            write_archive(days, path, made_of=[])
    assert not path.exists()
    write_archive(days, path, made_of=[])
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["days.zarr"]
    assert open_days([path]).sizes["time"] == 3


def test_a_file_that_points_to_another_is_refused(tmp_path: Path) -> None:
    import h5py

    path = save(weather_days(count=3), tmp_path / "a.nc")
    with h5py.File(path, "a") as file:
        file["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/x")
    with pytest.raises(InputError, match="a link to somewhere else"):
        open_days([path])

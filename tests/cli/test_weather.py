"""Weather and the annual report from the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr

from tests.cli.test_cli import run as run  # the fixture
from tests.weather.grids import weather_days
from tests.weather.test_hours import hours


def test_days_then_danger(run, tmp_path: Path) -> None:
    hours().to_netcdf(tmp_path / "hours.nc", engine="h5netcdf")
    words = ("weather", "days", tmp_path / "hours.nc", "--to", tmp_path / "d.nc")
    code, out, _ = run(
        "weather", "days", tmp_path / "hours.nc", "--to", tmp_path / "d.nc", "--json"
    )
    assert code == 0
    assert json.loads(out)["cells"] == 4
    code, out, _ = run("weather", "danger", tmp_path / "d.nc", "--to", tmp_path / "x.nc")
    assert code == 0
    assert "8 days 2023-12-29 to 2024-01-05, 4 cells" in out
    with xr.open_dataset(tmp_path / "x.nc", engine="h5netcdf") as danger:
        assert danger["fwi"].notnull().any()
        assert "hours.nc" not in danger.attrs["history"]
        assert "d.nc" in danger.attrs["history"]
    code, _, err = run(*words)
    assert code == 2
    assert "exists" in err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["weather", "days", "gone.nc", "--to", "x.nc"], 3, "not a readable NetCDF"),
        (["weather", "days", "a.csv", "--to", "x.nc", "--place", "117"], 2, "no place"),
        (["weather", "days", "a.csv", "--to", "x.nc", "--place", "29,117"], 2, "not on the earth"),
        (["weather", "burns", "--day", "tomorrow"], 2, "no day"),
        (["weather", "burns", "--day", "2024-04-05", "--year", "2024"], 2, "exclude"),
    ],
)
def test_what_cannot_be_done_is_said(run, tmp_path, monkeypatch, words, code, told) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("date,TMAX\n2024-03-05,20\n")
    ended, _, err = run(*words)
    assert ended == code
    assert told in err


@pytest.mark.slow
def test_burns_and_the_annual_report(run, month_copy: Path, tmp_path: Path) -> None:
    day = pd.read_csv(io.StringIO("day\n2024-04-05")).iloc[0, 0]
    code, out, _ = run("weather", "burns", "--day", day, "--home", month_copy, "--json")
    assert code == 0
    assert json.loads(out)["day"] == "2024-04-05"
    code, out, _ = run("weather", "burns", "--year", "2024", "--home", month_copy, "--lang", "en")
    assert code == 0
    sheet = tmp_path / "sheet.html"
    assert run("weather", "burns", "--day", day, "--home", month_copy, "--out", sheet)[0] == 0
    assert "炼山用火气象审查表" in sheet.read_text(encoding="utf-8")
    assert run("weather", "burns", "--day", day, "--home", month_copy, "--out", "a.txt")[0] == 2
    for form, begin in (("html", b"<!"), ("docx", b"PK")):
        path = tmp_path / f"a.{form}"
        words = ("--year", "2024", "--format", form, "--out", path, "--home", month_copy)
        code, out, _ = run("season", "annual", *words, "--now", "2024-05-01T00:00Z")
        assert code == 0
        assert path.read_bytes()[:2].lower() == begin.lower()
    code, _, err = run("season", "annual", "--year", "2019", "--home", month_copy)
    assert code == 2
    assert "nothing was seen in 2019" in err


@pytest.mark.slow
def test_a_forecast_never_changes_an_analysis(run, tmp_path: Path) -> None:
    """Registered by the command, whatever comes first."""
    import numpy as np

    from jdzfire.feeds.registers.weather import read_weather

    root = tmp_path / "fresh"

    def put(name: str, tasmax: float, begun: str | None) -> None:
        days = weather_days("2024-03-01", count=3, tasmax=tasmax)
        if begun is not None:
            days = days.assign_coords(forecast_reference_time=np.datetime64(begun, "ns"))
        days.to_netcdf(tmp_path / name, engine="h5netcdf")
        code, _, err = run("register", "weather", tmp_path / name, "--home", root)
        assert code == 0, err

    def held() -> xr.Dataset:
        raw = (root / "registers" / "weather.nc").read_bytes()
        return read_weather(raw, source_name="weather.nc")

    put("forecast.nc", 20.0, "2024-02-29T00")
    assert held()["forecast_from"].notnull().all()
    put("earlier.nc", 25.0, "2024-02-28T00")
    assert float(held()["tasmax"].max()) == 20.0
    put("later.nc", 22.0, "2024-02-29T12")
    assert float(held()["tasmax"].max()) == 22.0
    put("analysis.nc", 18.0, None)
    assert float(held()["tasmax"].max()) == 18.0
    assert held()["forecast_from"].isnull().all()
    put("again.nc", 30.0, "2024-03-02T00")
    assert float(held()["tasmax"].max()) == 18.0

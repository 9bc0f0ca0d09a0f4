"""GRIB weather, through the process that reads foreign files."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from jdzfire.errors import InputError
from jdzfire.feeds.reader_process import ReaderProcess

pytest.importorskip("cfgrib", reason="the extra weather is not installed")

# in a process of its own, ended at once: the clean-up of ecCodes after it has written may crash
WRITE = """
import os, sys
import eccodes, numpy as np
FIELDS = (("2t", 2, 290.0), ("2d", 2, 280.0), ("10u", 10, 3.0), ("10v", 10, 4.0), ("tp", 0, 0.0))
GRID = dict(
    Ni=2, Nj=3, latitudeOfFirstGridPointInDegrees=29.5, latitudeOfLastGridPointInDegrees=29.0,
    longitudeOfFirstGridPointInDegrees=117.0, longitudeOfLastGridPointInDegrees=117.25,
    iDirectionIncrementInDegrees=0.25, jDirectionIncrementInDegrees=0.25,
)
with open(sys.argv[1], "wb") as file:
    for step in range(0, 49, 3):
        for name, level, value in FIELDS:
            message = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib2")
            kind = "heightAboveGround" if level else "surface"
            told = dict(dataDate=20240301, dataTime=0, typeOfLevel=kind, shortName=name)
            span = f"0-{step}" if name == "tp" else str(step)
            for key, held in {**GRID, **told, "stepRange": span}.items():
                eccodes.codes_set(message, key, held)
            if level:
                eccodes.codes_set(message, "level", level)
            fell = value + (step / 3000 if name == "tp" else step / 100)
            eccodes.codes_set_values(message, np.full(6, fell))
            eccodes.codes_write(message, file)
os._exit(0)
"""


@pytest.fixture(scope="module")
def grib(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = Path(tmp_path_factory.mktemp("grib") / "ifs.grib2")
    subprocess.run([sys.executable, "-c", WRITE, str(path)], check=True, timeout=60)
    return path.read_bytes()


def test_a_run_of_a_forecast(grib: bytes) -> None:
    with ReaderProcess() as reader:
        plain = reader.read("plain_weather", grib, source_name="ifs.grib2")
    with xr.open_dataset(io.BytesIO(plain), engine="scipy") as opened:
        days = opened.load()
    assert (days["forecast_from"] == np.datetime64("2024-03-01")).all()
    second = days.sel(time="2024-03-02").isel(lat=0, lon=0)
    # the run sums rain from its begin, 1 mm in 3 hours: 8 mm a day
    assert float(second["pr"]) == pytest.approx(8.0, abs=0.01)
    # stamps of 2 March in Beijing: 18:00 UTC of the day before (step 18) to 15:00 UTC (step 39)
    assert float(second["tasmax"]) == pytest.approx(290.39 - 273.15, abs=0.01)
    assert float(second["tas"]) == pytest.approx(290.28 - 273.15, abs=0.01)
    assert float(second["sfcWind"]) == pytest.approx(np.hypot(3.28, 4.28), abs=0.01)


def test_a_cut_file_is_refused_and_the_reader_lives(grib: bytes) -> None:
    with ReaderProcess() as reader:
        for damaged in (grib[:700], b"GRIB" + bytes(500)):
            with pytest.raises(InputError):
                reader.read("plain_weather", damaged, source_name="cut.grib2")
        assert reader.read("plain_weather", grib, source_name="ifs.grib2")[:3] == b"CDF"

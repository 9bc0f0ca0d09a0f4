"""Forty years of fire danger over Jiangxi at 0.1 degree, beside plain xclim on the same archive.

Every way runs in a process of its own, from an archive of days on disk to an archive of danger on
disk, on two threads, with its largest memory. Plain xclim computes the six codes of the FWI in
chunks; jdzfire the same six, and then all that the command writes: the codes, the grade, and the
weather they are made of.

    python benchmarks/bench_weather.py [--years 40] [--folder DIR]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WEST, EAST, SOUTH, NORTH, CELL = 113.6, 118.5, 24.5, 30.1, 0.1  # bounds of Jiangxi
PARTS = ("ffmc", "dmc", "dc", "isi", "bui", "fwi")


def make_days(path: Path, years: int) -> None:
    """Random weather with the seasons of the place, written year by year."""
    import numpy as np
    import pandas as pd
    import xarray as xr

    from jdzfire.feeds.weather_archive import write_archive
    from jdzfire.weather.contract import WEATHER_VARIABLES

    lat, lon = np.arange(SOUTH, NORTH, CELL), np.arange(WEST, EAST, CELL)
    time_ = pd.date_range("1985-01-01", f"{1984 + years}-12-31", freq="D")
    draw = np.random.default_rng(0)
    shape = (len(time_), len(lat), len(lon))
    warm = 17 - 12 * np.cos(2 * np.pi * (time_.day_of_year.to_numpy() - 20) / 365.25)
    base = warm.astype("float32")[:, None, None]

    def field(name: str) -> np.ndarray:
        noise = draw.standard_normal(shape, dtype="float32")
        made = {
            "tasmax": lambda: base + 5 + 3 * noise,
            "tas": lambda: base + 3 + 3 * noise,
            "hursmin": lambda: np.clip(50 + 15 * noise, 10, 95),
            "hurs": lambda: np.clip(60 + 15 * noise, 12, 98),
            "sfcWind": lambda: np.abs(2.5 + 1.5 * noise),
            "sfcWindmax": lambda: np.abs(5 + 2 * noise),
            "pr": lambda: np.where(noise > 0.4, (noise - 0.4) * 15, 0),
        }
        return made[name]().astype("float32")

    days = xr.Dataset(
        {
            name: (("time", "lat", "lon"), field(name), {"units": unit})
            for name, unit in WEATHER_VARIABLES.items()
        },
        coords={"time": time_, "lat": lat, "lon": lon},
    )
    write_archive(days, path, made_of=["random"])


def plain(source: Path, target: Path) -> None:
    """What somebody with xarray and xclim writes."""
    import xarray as xr
    from xclim.indices.fire import fire_weather_ufunc

    days = xr.open_zarr(source, consolidated=False).chunk(time=-1)
    codes = fire_weather_ufunc(
        tas=days["tas"], hurs=days["hurs"], sfcWind=days["sfcWind"] * 3.6, pr=days["pr"],
        lat=days["lat"], indexes=[name.upper() for name in PARTS],
        ffmc_start=85.0, dmc_start=6.0, dc_start=15.0,
    )  # fmt: skip
    made = xr.Dataset(codes).transpose("time", "lat", "lon").astype("float32")
    pieces = {"time": 366, "lat": 32, "lon": 32}
    made.chunk(pieces).drop_encoding().to_zarr(target, consolidated=False, zarr_format=3)


def fwi_only(source: Path, target: Path) -> None:
    """The same six codes by jdzfire."""
    from jdzfire.feeds.weather_archive import open_days, write_archive
    from jdzfire.weather.danger import danger_of_days

    danger = danger_of_days(open_days([source]), with_grade=False)
    write_archive(danger[list(PARTS)], target, made_of=[source.name])


def whole(source: Path, target: Path) -> None:
    """The command ``jdzfire weather danger``."""
    from jdzfire.cli.app import app

    app(["weather", "danger", str(source), "--to", str(target)], standalone_mode=False)


WAYS = {"plain": plain, "fwi_only": fwi_only, "whole": whole}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--years", type=int, default=40)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--way", choices=WAYS, default=None)
    parser.add_argument("--turns", type=int, default=1)
    options = parser.parse_args()
    if options.way:
        begun = time.perf_counter()
        source = options.folder / "days.zarr"
        WAYS[options.way](source, options.folder / f"{options.way}.zarr")
        mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{time.perf_counter() - begun:.1f} {mib:.0f}")
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        make_days(folder / "days.zarr", options.years)
        cells = len(range(round((NORTH - SOUTH) / CELL))) * len(range(round((EAST - WEST) / CELL)))
        million = cells * options.years * 365.25 / 1e6
        print(f"{options.years} years, {cells} cells, {million:.1f} million cell-days")
        first = None
        for way in WAYS:
            command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
            seconds, mib = subprocess.run(  # noqa: S603
                command, check=True, capture_output=True, text=True
            ).stdout.split()[-2:]
            first = first or float(seconds)
            print(
                f"{way:>9}: {seconds} s, {float(seconds) / million:.2f} s a million cell-days, "
                f"{float(seconds) / first:.2f} x plain, {mib} MiB at most"
            )


if __name__ == "__main__":
    main()

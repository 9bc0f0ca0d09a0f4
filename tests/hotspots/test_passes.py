"""Passes over places: within the swath and the span, as single orbits say; corrected by data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from jdzfire.feeds.registry import read_hotspots
from jdzfire.hotspots.passes import PREDICTED, PassRules, passes_over, phase_shift_s
from jdzfire.orbits import ORBITS, find_passes, view_from
from tests.feeds.samples import SHARED
from tests.tables import hotspot_table

CITY = Point(117.2, 29.3)
START = datetime(2024, 4, 4, tzinfo=UTC)
BY_NAME = {orbit.satellite: orbit for orbit in ORBITS}


def places(*points: Point) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(points), index=[f"T{k}" for k in range(len(points))], crs=4326)


def test_passes_are_those_of_each_place_alone() -> None:
    there = places(CITY, Point(117.9, 28.7), Point(116.9, 30.0))
    found = passes_over(there, START, START + timedelta(days=8))
    wanted = set()
    for name, point in there.items():
        for orbit in ORBITS:
            if not PREDICTED[orbit.satellite][0] <= START < PREDICTED[orbit.satellite][1]:
                continue
            begin = START.timestamp()
            near = find_passes(
                orbit, point.x, point.y, begin - 900, begin + 8 * 86400 + 900, reach_deg=17
            )
            view = view_from(orbit, near, np.full(len(near), point.x), np.full(len(near), point.y))
            for at_s, scan in zip(view.at_s, view.scan_deg, strict=True):
                if abs(scan) <= 56.3 and begin <= at_s < begin + 8 * 86400:
                    wanted.add((name, orbit.satellite, round(at_s)))
    seconds = (found["at"].astype("int64") / 1e6).round().astype(int)
    assert set(zip(found["place"], found["satellite"], seconds, strict=True)) == wanted
    assert found["at"].is_monotonic_increasing


def test_viirs_passes_come_about_half_past_one() -> None:
    found = passes_over(places(CITY), START, START + timedelta(days=16), satellites=["NOAA-20"])
    hours = (found["at"] + timedelta(hours=8)).dt.hour
    assert set(hours) <= {0, 1, 2, 12, 13, 14}
    assert 2 * 16 <= len(found) <= 4 * 16
    assert (found["scan_deg"] <= PassRules().viirs_scan_deg).all()


def test_the_swath_and_the_span_have_edges() -> None:
    found = passes_over(places(CITY), START, START + timedelta(days=4), satellites=["NOAA-20"])
    worst = found.loc[found["scan_deg"].idxmax()]
    narrow = PassRules(viirs_scan_deg=worst["scan_deg"] - 0.001)
    fewer = passes_over(
        places(CITY), START, START + timedelta(days=4), satellites=["NOAA-20"], rules=narrow
    )
    assert len(fewer) == len(found) - 1
    first = found["at"].iloc[0]
    after = passes_over(places(CITY), first + timedelta(microseconds=1), START + timedelta(days=4),
                        satellites=["NOAA-20"])  # fmt: skip
    assert len(after) == len(found) - 1
    again = passes_over(places(CITY), START, first, satellites=["NOAA-20"])
    assert again.empty


def test_nothing_is_predicted_beyond_what_is_trusted() -> None:
    late = datetime(2026, 11, 10, tzinfo=UTC)
    names = set(passes_over(places(CITY), late, late + timedelta(days=2))["satellite"])
    assert names == {"NOAA-20", "NOAA-21"}
    assert passes_over(places(), START, START + timedelta(days=1)).empty


def made_hotspots(satellite: str, late_s: float, count: int = 40) -> gpd.GeoDataFrame:
    """Hotspots under passes of an orbit that is ``late_s`` behind the model."""
    orbit = BY_NAME[satellite]
    orbit = replace(orbit, phase_deg=orbit.phase_deg - 360 * late_s / orbit.period_s)
    begin = START.timestamp()
    near = find_passes(orbit, CITY.x, CITY.y, begin, begin + 40 * 86400, reach_deg=12)[:count]
    view = view_from(orbit, near, np.full(len(near), CITY.x), np.full(len(near), CITY.y))
    minutes = pd.to_datetime(np.floor(view.at_s / 60) * 60, unit="s", utc=True)
    rows = [
        {"lon": CITY.x, "lat": CITY.y, "at": pd.Timestamp(at).as_unit("us"), "satellite": satellite}
        for at in minutes
    ]
    return hotspot_table(rows)


@pytest.mark.parametrize("late_s", [0.0, 300.0, -1200.0])
def test_hotspots_correct_an_orbit(late_s: float) -> None:
    table = made_hotspots("NOAA-21", late_s)
    shift = phase_shift_s(table)["NOAA-21"]
    assert shift == pytest.approx(-late_s, abs=20)  # a minute's rounding, half of it on each side
    corrected = passes_over(
        places(CITY), START, START + timedelta(days=10), satellites=["NOAA-21"],
        shifts={"NOAA-21": shift},
    )  # fmt: skip
    truth = table["acquired_at"][table["acquired_at"] < START + timedelta(days=9)]
    for at in truth:
        assert (corrected["at"] - at).abs().min() < timedelta(seconds=90)


def test_too_few_or_quarrelling_hotspots_correct_nothing() -> None:
    assert phase_shift_s(made_hotspots("NOAA-21", 300.0, 19)) == {}
    both = pd.concat([made_hotspots("NOAA-21", 0.0), made_hotspots("NOAA-21", 1500.0)])
    assert phase_shift_s(gpd.GeoDataFrame(both, crs=4326)) == {}


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "within", "late_s"),
    [
        ("global/J1_VIIRS_C2_Global_VJ114IMGTDL_NRT_2023313.txt", 0.999, 60),
        ("other_regions/ukraine_fire_nrt_SV-C2_272179.csv", 0.998, 60),
        ("global/SUOMI_VIIRS_C2_Russia_Asia_24h_2021-09-28.csv", 0.999, 120),
    ],
)
def test_real_hotspots_lie_in_the_predicted_swaths(name: str, within: float, late_s: int) -> None:
    path: Path = SHARED / "firms" / name
    if not path.exists():
        pytest.skip(f"no {path.name} in ../shared/data beside the repository")
    at = datetime(2026, 11, 23, tzinfo=UTC)
    table = read_hotspots("firms", path.read_bytes(), source_name=name, received_at=at).table
    orbit = BY_NAME[table["satellite"].iloc[0]]
    when = table["acquired_at"].astype("int64").to_numpy() / 1e6 + 30
    view = view_from(orbit, when, table.geometry.x.to_numpy(), table.geometry.y.to_numpy())
    assert (np.abs(view.scan_deg) <= 56.3).mean() >= within
    assert abs(np.median(view.at_s - when)) < late_s

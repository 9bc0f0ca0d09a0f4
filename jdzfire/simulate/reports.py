"""People as a sensor: calls, towers, cameras, drones and information officers."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jdzfire.arrays import Floats
from jdzfire.simulate.clock import DAY_S, midnight_s, year_days
from jdzfire.simulate.growth import Curves
from jdzfire.simulate.noise import stream
from jdzfire.simulate.sites import Sites
from jdzfire.simulate.sources import offset_degrees

REPORTERS = ("12119", "瞭望塔", "视频监控", "无人机", "灾害信息员")
SHARES = (0.42, 0.20, 0.14, 0.06, 0.18)
ERRORS_M = (900.0, 600.0, 400.0, 30.0, 250.0)
"""Usual position error of each [m]; guesses [K]."""
REPORT_CHANCE = {"wildfire": 0.72, "burn": 0.03, "farm_fire": 0.05}
DATUMS = ("WGS84", "GCJ-02", "CGCS2000", "")
DATUM_SHARES = (0.25, 0.45, 0.2, 0.1)


def build_reports(
    fires: pd.DataFrame,
    curves: Curves,
    sites: Sites,
    first_s: Floats,
    *,
    mistakes: int,
    year: int,
    seed: int,
) -> pd.DataFrame:
    """One report a reported fire, and some calls about what was no fire.

    Parameters
    ----------
    first_s : ndarray
        When each fire was reported, NaN if never (:func:`first_reports`).
    mistakes : int
        Calls about steam, lights or a kitchen.

    Returns
    -------
    DataFrame
        fire (row, -1: no fire), at_s, reporter, lon, lat (WGS84, with the reporter's error),
        datum (what the sheet will be written in), error_m, remark, lon_true, lat_true; sorted.
    """
    rng = stream(seed, f"reports-{year}")
    fire = np.flatnonzero(np.isfinite(first_s))
    lon, lat = sites.draw(rng, np.exp(-sites.village_km), mistakes)
    noise_at = _noise_times(rng, mistakes, year)
    true_lon = np.concatenate([fires["lon"].to_numpy()[fire], lon])
    true_lat = np.concatenate([fires["lat"].to_numpy()[fire], lat])
    count = len(true_lon)
    kind = rng.choice(len(REPORTERS), size=count, p=SHARES)
    error_m = np.array(ERRORS_M)[kind] * rng.lognormal(0, 0.3, count)
    move = rng.normal(0, 1, (2, count)) * error_m / 1000 / 1.8
    seen_lon, seen_lat = offset_degrees(true_lon, true_lat, move[0], move[1])
    where = sites.describe(true_lon, true_lat)
    is_fire = np.arange(count) < len(fire)
    on_fields = (fires["kind"] == "farm_fire").to_numpy()[fire]
    ground_zh = [*("田间" if fields else "山上" for fields in on_fields), *[None] * mistakes]
    area = np.zeros(count)
    area[: len(fire)] = curves.at(fire, np.maximum(first_s[fire], curves.start_s[fire]))[0]
    table = pd.DataFrame(
        {
            "fire": np.where(is_fire, np.pad(fire, (0, mistakes)), -1),
            "at_s": np.concatenate([first_s[fire], noise_at]),
            "reporter": [REPORTERS[i] for i in kind],
            "lon": seen_lon.round(6),
            "lat": seen_lat.round(6),
            "datum": [DATUMS[i] for i in rng.choice(len(DATUMS), size=count, p=DATUM_SHARES)],
            "error_m": np.ceil(error_m / 50) * 50,
            "remark": [
                _remark(town + place, ground, size)
                for town, place, ground, size in zip(
                    where["township"], where["place"], ground_zh, area, strict=True
                )
            ],
            "lon_true": true_lon,
            "lat_true": true_lat,
        }
    )
    table = table.sort_values(["at_s", "lon"], kind="stable").reset_index(drop=True)
    numbers = [f"BG{year}{number + 1:04d}" for number in range(count)]
    return table.assign(report_id=numbers)


def first_reports(fires: pd.DataFrame, curves: Curves, year: int, seed: int) -> Floats:
    """When each fire was reported, seconds since 1970; NaN for never.

    By day after some forty minutes, by night two hours, sooner for large fires; not after the
    fire is out. Fires nobody noticed stay so.
    """
    rng = stream(seed, f"notice-{year}")
    start = fires["start_s"].to_numpy(dtype=float)
    hour = (start / 3600 + 8) % 24
    dark = (hour < 6) | (hour > 19)
    delay = np.where(dark, 120.0, 40.0) * 60 * rng.lognormal(0, 0.6, len(fires))
    delay = delay / (1 + fires["area_ha"].to_numpy(dtype=float) / 15)
    chance = fires["kind"].map(REPORT_CHANCE).to_numpy(dtype=float)
    is_wild = (fires["kind"] == "wildfire").to_numpy()
    handled = fires["is_handled"].to_numpy(dtype=bool)
    chance = np.where(is_wild & ~handled, 0.0, chance)
    chance = np.where(~is_wild & handled, 0.8, chance)
    at = start + delay
    is_reported = (rng.random(len(fires)) < chance) & (at < curves.ended_s)
    return np.where(is_reported, np.round(at), np.nan)


def notice_handled(first_s: Floats, fires: pd.DataFrame, curves: Curves, seen: set[int]) -> Floats:
    """Handled fires not found by residents or satellites are reported before they end."""
    rows = np.flatnonzero(fires["is_handled"].to_numpy(dtype=bool) & np.isnan(first_s))
    found = first_s.copy()
    for row in rows:
        if int(row) not in seen:
            lasted = curves.ended_s[row] - curves.start_s[row]
            found[row] = np.round(curves.start_s[row] + 0.5 * lasted)
    return found


def _noise_times(rng: np.random.Generator, count: int, year: int) -> Floats:
    day = rng.integers(year_days(year), size=count)
    hour = np.clip(rng.normal(15, 4, count), 0.5, 23.5)
    return np.round(midnight_s(date(year, 1, 1)) + day * DAY_S + hour * 3600)


def _remark(where: str, ground: str | None, area_ha: float) -> str:
    if ground is None:
        return f"{where}附近有烟，疑似起火"
    size = "火势较大" if area_ha > 2 else "有明火" if area_ha > 0.2 else "有烟"
    return f"{where}附近{ground}{size}，过火约{max(area_ha * 15, 1):.0f}亩"

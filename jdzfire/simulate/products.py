"""From pixels to lines of files: what each feed would have delivered, and when.

The same pixel of a polar sensor becomes two lines: near real time (NRT) within hours and
standard product (SP) months later, its place moved in the fourth decimal.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from jdzfire.simulate.clock import DAY_S, to_times
from jdzfire.simulate.noise import stream
from jdzfire.simulate.sources import Heat

NRT_SENSORS = {
    "S-NPP": "VIIRS_SNPP",
    "NOAA-20": "VIIRS_NOAA20",
    "NOAA-21": "VIIRS_NOAA21",
    "Terra": "MODIS",
    "Aqua": "MODIS",
}
ARCHIVE_FILES = {
    "S-NPP": "SV-C2",
    "NOAA-20": "J1V-C2",
    "NOAA-21": "J2V-C2",
    "Terra": "M-C61",
    "Aqua": "M-C61",
}
NRT_DELAY_H = 1.7
"""Usual delay of NRT; never under 1 h or over 3 h here (China has NRT only, <= 3 h [V])."""
SP_DELAY_DAYS = 75.0
AHI_DELAY_S = 25 * 60.0
REPORT_DELAY_S = 120.0
SP_SHIFT_DEG = (0.0001, 0.0005)


def lay_out_lines(
    polar: pd.DataFrame, ahi: pd.DataFrame, reports: pd.DataFrame, heat: Heat, year: int, seed: int
) -> pd.DataFrame:
    """All lines of all feed files, in their order in the files.

    Returns
    -------
    DataFrame
        file, line (header lines counted, the first line of a file is 1), feed, product,
        satellite, instrument, acquired_at, available_at, lon, lat (as written, in the datum the
        line is written in), lon_true, lat_true, origin (fire, heat_source, glint, no_fire),
        fire_id, source_id, pixel_id and the sensor's values.
    """
    rng = stream(seed, f"products-{year}")
    pixels = _describe(polar, rng)
    nrt = _near_real_time(pixels, rng)
    parts = [nrt, _standard(nrt, rng, year), _geostationary(ahi, rng), _told(reports, year)]
    lines = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    lines = lines.sort_values(["file", "order"], kind="stable", ignore_index=True)
    head = np.where(lines["feed"] == "himawari", 3, 2)
    source = lines["source"].to_numpy(dtype=np.int64)
    fires = np.array(heat.fires["fire_id"], dtype=object)
    sites = np.array(heat.sites["source_id"], dtype=object)
    names = np.concatenate([fires, sites, [None]]).astype(object)
    is_fire = (lines["origin"] == "fire").to_numpy()
    is_industrial = (lines["origin"] == "heat_source").to_numpy()
    named = pd.Series(names[np.clip(source, -1, len(names) - 1)], dtype=object)
    return lines.assign(
        line=lines.groupby("file").cumcount() + head,
        fire_id=named.where(is_fire, None),
        source_id=named.where(is_industrial, None),
        acquired_at=to_times(lines["at_s"]),
        available_at=to_times(lines["ready_s"]),
    ).drop(columns=["order", "source", "ready_s"])


def _describe(polar: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Confidence, ids and the times the NRT lines come."""
    ordered = polar.sort_values(["at_s", "satellite", "lat", "lon"], kind="stable")
    pixels = ordered.reset_index(drop=True)
    count = len(pixels)
    mir = pixels["mir_k"].to_numpy(dtype=float)
    glint = (pixels["origin"] == "glint").to_numpy()
    day = pixels["is_day"].to_numpy(dtype=bool)
    weak = day & (rng.random(count) < np.where(glint, 0.75, 0.08))
    word = np.where(weak, "low", np.where(mir >= 367.0, "high", "nominal"))
    ground = np.where(day, 303.0, 286.0)
    percent = np.clip(30 + 1.6 * (mir - ground) + rng.normal(0, 9, count), 3, 100)
    percent = np.where(glint, percent * 0.7, percent)
    delay = np.clip(NRT_DELAY_H * rng.lognormal(0, 0.3, count), 1.0, 3.0) * 3600
    minute = np.floor(pixels["at_s"].to_numpy(dtype=float) / 60) * 60
    first = pd.Series(delay).groupby([pixels["satellite"], minute]).transform("first")
    return pixels.assign(
        at_s=minute,
        confidence=word,
        confidence_pct=percent.round(),
        ready_s=minute + np.round(first.to_numpy(dtype=float)),
        pixel_id=[f"P{number + 1:06d}" for number in range(count)],
        order=np.arange(count),
    )


def _near_real_time(pixels: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    day = to_times(pixels["at_s"]).dt.strftime("%Y-%m-%d")
    sensor = pixels["satellite"].map(NRT_SENSORS).astype("str")
    return pixels.assign(
        feed="firms",
        product="NRT",
        file="feeds/firms/" + sensor + "_NRT_" + day.astype("str") + ".csv",
        lon=pixels["lon"].round(5),
        lat=pixels["lat"].round(5),
        frp_mw=pixels["frp_mw"].round(2),
    )


def _standard(nrt: pd.DataFrame, rng: np.random.Generator, year: int) -> pd.DataFrame:
    """The same pixels months later, moved by one to five units of the fourth decimal."""
    count = len(nrt)
    shift = rng.uniform(*SP_SHIFT_DEG, (2, count)) * rng.choice([-1, 1], (2, count))
    name = nrt["satellite"].map(ARCHIVE_FILES).astype("str")
    return nrt.assign(
        product="SP",
        file="feeds/firms_archive/fire_archive_" + name + f"_{year}.csv",
        lon=(nrt["lon"] + shift[0]).round(6),
        lat=(nrt["lat"] + shift[1]).round(6),
        ready_s=nrt["at_s"] + np.round(SP_DELAY_DAYS * DAY_S * rng.uniform(0.8, 1.3, count)),
    )


def _geostationary(ahi: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    cells = ahi.reset_index(drop=True)
    count = len(cells)
    day = to_times(cells["at_s"]).dt.strftime("%Y%m%d").astype("str")
    strong = cells["frp_mw"].to_numpy(dtype=float)
    level = np.where(strong > 60, 1, 2)
    trust = np.where(strong > 80, 5, np.where(rng.random(count) < 0.6, 3, 1))
    trust = np.where(cells["origin"] == "glint", np.where(rng.random(count) < 0.6, 1, 3), trust)
    return cells.assign(
        feed="himawari",
        product="NRT",
        file="feeds/himawari/H09_" + day + "_0000_L2WLF010_FLDK.06001_06001.csv",
        frp_mw=cells["frp_mw"].round(2),
        level=level,
        reliability=trust,
        ready_s=cells["at_s"] + AHI_DELAY_S,
        pixel_id=[f"A{number + 1:06d}" for number in range(count)],
        order=np.arange(count),
    )


def _told(reports: pd.DataFrame, year: int) -> pd.DataFrame:
    count = len(reports)
    return reports.assign(
        feed="ground",
        product="REPORT",
        satellite="person",
        instrument="PERSON",
        file=f"feeds/ground/ground_{year}.csv",
        source=reports["fire"],
        origin=np.where(reports["fire"] >= 0, "fire", "no_fire"),
        ready_s=reports["at_s"] + REPORT_DELAY_S,
        pixel_id=[f"G{number + 1:06d}" for number in range(count)],
        order=np.arange(count),
    ).drop(columns="fire")

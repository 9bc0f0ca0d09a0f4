"""When the polar orbiters pass over places, computed from their repeating orbits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.orbits import ORBITS, Orbit, find_passes, view_from
from jdzfire.schemas import TIME_DTYPE

_COLUMNS = ("place", "satellite", "instrument", "at", "scan_deg")


@dataclass(frozen=True)
class PassRules:
    """Reach of a sensor, and how far its orbit is trusted."""

    viirs_scan_deg: float = 56.3
    """Largest angle from nadir: a swath of 3,060 km [V, VIIRS sensor specification]."""
    modis_scan_deg: float = 55.0
    """Largest angle from nadir: a swath of 2,330 km [V, MODIS sensor specification]."""
    reach_deg: float = 14.0
    """Half a VIIRS swath at the earth's centre [C]."""
    shift_min_count: int = 20
    """Hotspots needed to correct an orbit by them [K]."""
    shift_max_spread_s: float = 240.0
    """Their times must agree this well: half of them within it [K]; a granule's rows spread over
    some 3 minutes around their HHMM [V, global files of 2023-11-09]."""


PREDICTED: dict[str, tuple[datetime, datetime, bool]] = {
    "NOAA-20": (datetime(2018, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC), False),
    "NOAA-21": (datetime(2023, 2, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC), True),
    "S-NPP": (datetime(2021, 6, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC), False),
    "Terra": (datetime(2021, 12, 1, tzinfo=UTC), datetime(2022, 7, 1, tzinfo=UTC), True),
    "Aqua": (datetime(2021, 12, 1, tzinfo=UTC), datetime(2022, 7, 1, tzinfo=UTC), True),
}
"""From and until when a satellite's passes are predicted, and whether only about.

NOAA-20 and S-NPP hold their 16-day repeat: the orbits fitted to 2023-11-09 put 99.8 to 100 % of
the S-NPP hotspots of 2021-09 and 2022-02 to 05 into their swath, their times within 3 minutes;
in spring 2021 6 minutes off [V, FIRMS files]. NOAA-21's phase is [K] until hotspots correct it.
Terra and Aqua left their repeat in 2022: by autumn they are up to half an orbit off [V]."""


def passes_over(
    places: gpd.GeoSeries,
    begins_at: datetime,
    ends_at: datetime,
    *,
    satellites: Collection[str] | None = None,
    shifts: Mapping[str, float] | None = None,
    rules: PassRules | None = None,
) -> pd.DataFrame:
    """Passes in which places lie within the swath.

    Parameters
    ----------
    places : GeoSeries [EPSG:4326 points], n rows
        Within some hundred kilometres of each other.
    begins_at, ends_at : datetime
        ``begins_at <= at < ends_at``; aware.
    satellites : collection of str, optional
        Default: all of :data:`PREDICTED`.
    shifts : mapping of float [s], optional
        How much later than the truth each orbit predicts, from :func:`phase_shift_s`.
    rules : PassRules, optional

    Returns
    -------
    DataFrame, one row a pass and place, sorted by at, satellite, place
        ``place`` (index of ``places``), satellite, instrument, ``at`` when the place is abeam
        (UTC), ``scan_deg`` angle from nadir [degree, absolute].

    Notes
    -----
    Passes are found once for the middle of the places, then timed for each place. About 50 ms
    for a month, five satellites and eighty places.
    """
    rules = rules or PassRules()
    wanted = [orbit for orbit in ORBITS if satellites is None or orbit.satellite in set(satellites)]
    parts = [
        _passes_of(_shifted(orbit, shifts or {}), places, begins_at, ends_at, rules)
        for orbit in wanted
        if len(places)
    ]
    found = pd.concat(parts, ignore_index=True) if parts else _table([], [], [], [], [])
    ordered: pd.DataFrame = found.sort_values(["at", "satellite", "place"]).reset_index(drop=True)
    return ordered


def phase_shift_s(
    hotspots: gpd.GeoDataFrame, *, rules: PassRules | None = None
) -> dict[str, float]:
    """How much later than the truth each orbit predicts, from the hotspots themselves.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows
        Of some weeks, at most.
    rules : PassRules, optional

    Returns
    -------
    dict of float [s] by satellite
        Median over its hotspots of the predicted time abeam less the middle of their minute;
        only of satellites with enough hotspots whose times agree.
    """
    rules = rules or PassRules()
    shifts = {}
    for orbit in ORBITS:
        mine = hotspots[(hotspots["satellite"] == orbit.satellite).to_numpy()]
        if len(mine) < rules.shift_min_count:
            continue
        at = mine["acquired_at"].astype("int64").to_numpy() / 1e6 + 30.0
        view = view_from(orbit, at, mine.geometry.x.to_numpy(), mine.geometry.y.to_numpy())
        late = view.at_s - at
        low, high = np.percentile(late, [25, 75])
        if high - low <= rules.shift_max_spread_s:
            shifts[orbit.satellite] = float(np.median(late))
    return shifts


def _shifted(orbit: Orbit, shifts: Mapping[str, float]) -> Orbit:
    late_s = shifts.get(orbit.satellite, 0.0)
    return replace(orbit, phase_deg=orbit.phase_deg + 360.0 * late_s / orbit.period_s)


def _passes_of(
    orbit: Orbit,
    places: gpd.GeoSeries,
    begins_at: datetime,
    ends_at: datetime,
    rules: PassRules,
) -> pd.DataFrame:
    first, last, _ = PREDICTED[orbit.satellite]
    start_s = max(begins_at, first).timestamp()
    end_s = min(ends_at, last).timestamp()
    lon, lat = places.x.to_numpy(), places.y.to_numpy()
    if start_s >= end_s:
        return _table([], [], [], [], [])
    near = find_passes(
        orbit,
        float(lon.mean()),
        float(lat.mean()),
        start_s - 600.0,
        end_s + 600.0,
        reach_deg=rules.reach_deg + 2.0,
    )
    place = np.tile(np.arange(len(places)), len(near))
    view = view_from(orbit, np.repeat(near, len(places)), lon[place], lat[place])
    scan = np.abs(view.scan_deg)
    widest = rules.viirs_scan_deg if orbit.instrument == "VIIRS" else rules.modis_scan_deg
    seen = (scan <= widest) & (view.at_s >= start_s) & (view.at_s < end_s)
    names = places.index.to_numpy()[place[seen]]
    count = int(seen.sum())
    return _table(
        names, [orbit.satellite] * count, [orbit.instrument] * count, view.at_s[seen], scan[seen]
    )


def _table(
    place: object, satellite: object, instrument: object, at_s: object, scan: object
) -> pd.DataFrame:
    micros = np.round(np.asarray(at_s, dtype=np.float64) * 1e6).astype("int64")
    at = pd.DatetimeIndex(micros.view("datetime64[us]")).tz_localize("UTC")
    values = (place, satellite, instrument, at, np.asarray(scan, dtype=np.float64))
    table = pd.DataFrame(dict(zip(_COLUMNS, values, strict=True)))
    return table.astype({"satellite": "str", "instrument": "str", "at": TIME_DTYPE})

"""Fire danger of every day on the grid: Canadian FWI and the Chinese danger grade."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import xarray as xr

from jdzfire.weather.contract import check_weather
from jdzfire.weather.grade import (
    LYT_1172_95,
    GradeTables,
    beaufort_force,
    danger_index,
    grade_of_index,
    rain_history,
)

FWI_PARTS = ("ffmc", "dmc", "dc", "isi", "bui", "fwi")
"""Components of the Canadian Forest Fire Weather Index System."""

_UNITS = {
    "danger_grade": "1",
    "danger_index": "1",
    "wind_force": "1",
    "wind_ms": "m s-1",
    "rh_pct": "%",
    "tmax_c": "degC",
    "rain_mm": "mm/day",
    "days_since_rain": "day",
    **dict.fromkeys(FWI_PARTS, "1"),
}


@dataclass(frozen=True)
class FwiStart:
    """Moisture codes on the day before the first day (standard start of the system)."""

    ffmc: float = 85.0
    """Fine fuel moisture code."""
    dmc: float = 6.0
    """Duff moisture code."""
    dc: float = 15.0
    """Drought code."""


def danger_of_days(
    weather: xr.Dataset,
    *,
    start: FwiStart | None = None,
    tables: GradeTables = LYT_1172_95,
    with_fwi: bool = True,
) -> xr.Dataset:
    """Fire danger of each day and cell.

    The FWI runs from day to day without overwintering and starts again from ``start`` after
    days that are missing, or missing on the whole grid: a gap must not poison the rest of the
    season. The grade is taken from highest temperature, lowest humidity, days since rain and
    highest wind of the same day.

    Parameters
    ----------
    weather : Dataset (time, lat, lon)
        See :data:`jdzfire.weather.contract.WEATHER_VARIABLES`; one value a Beijing day.
    start : FwiStart, optional
        Codes before the first day; default 85, 6, 15.
    tables : GradeTables
        Tables of the danger grade.
    with_fwi : bool
        False leaves the FWI components null: a quick run without xclim, for triage.

    Returns
    -------
    Dataset (time, lat, lon), float64, NaN where not known
        ``ffmc dmc dc isi bui fwi``; ``danger_index``, ``danger_grade`` [1-5];
        ``wind_force`` [Beaufort] and ``wind_ms`` [m s-1] of the highest wind; ``rh_pct`` [%]
        lowest; ``tmax_c`` [degC]; ``rain_mm`` [mm/day]; ``days_since_rain`` [day].

    Raises
    ------
    ContractError
        The weather breaks its contract.

    Notes
    -----
    FWI by xclim, which follows the code of the Canadian Forest Service (Wang et al. 2015)
    [V: its reference weather reproduced in the tests]. xclim wants noon values: with daily
    means the index is an approximation.
    """
    held = check_weather(weather)
    days, last_mm = rain_history(held["pr"])
    month = held["time"].dt.month.to_numpy()[:, None, None]
    values = {name: held[name].to_numpy() for name in ("tasmax", "hursmin", "sfcWindmax")}
    index = danger_index(
        values["tasmax"],
        values["hursmin"],
        days.to_numpy(),
        last_mm.to_numpy(),
        values["sfcWindmax"],
        month,
        tables=tables,
    )
    layers = {
        "danger_index": index,
        "danger_grade": grade_of_index(index, tables=tables),
        "wind_force": beaufort_force(values["sfcWindmax"]),
        "wind_ms": values["sfcWindmax"],
        "rh_pct": values["hursmin"],
        "tmax_c": values["tasmax"],
        "rain_mm": held["pr"].to_numpy(),
        "days_since_rain": days.to_numpy(),
        **_fwi_by_run(held, start or FwiStart(), is_wanted=with_fwi),
    }
    dims = ("time", "lat", "lon")
    coords = {name: held[name] for name in dims}
    return xr.Dataset(
        {name: (dims, grid, {"units": _UNITS[name]}) for name, grid in layers.items()},
        coords=coords,
        attrs={"title": "fire danger by day", "day": "Asia/Shanghai"},
    )


def _fwi_by_run(weather: xr.Dataset, start: FwiStart, *, is_wanted: bool) -> dict[str, np.ndarray]:
    """FWI components over each run of consecutive complete days."""
    shape = tuple(weather.sizes[dim] for dim in ("time", "lat", "lon"))
    parts = {name: np.full(shape, np.nan) for name in FWI_PARTS}
    for first, last in _runs(weather) if is_wanted else []:
        computed = _fwi(weather.isel(time=slice(first, last)), start)
        for name in FWI_PARTS:
            parts[name][first:last] = computed[name]
    return parts


def _runs(weather: xr.Dataset) -> list[tuple[int, int]]:
    """Half-open ranges of consecutive days on which some cell has all noon values."""
    needed = weather[["tas", "hurs", "sfcWind", "pr"]]
    whole = needed.notnull().to_array().all("variable").any(["lat", "lon"]).to_numpy()
    day = weather["time"].to_numpy().astype("datetime64[D]").astype(np.int64)
    kept = np.flatnonzero(whole)
    if not len(kept):
        return []
    breaks = np.flatnonzero((np.diff(kept) > 1) | (np.diff(day[kept]) > 1)) + 1
    return [(int(run[0]), int(run[-1]) + 1) for run in np.split(kept, breaks)]


def _fwi(weather: xr.Dataset, start: FwiStart) -> dict[str, np.ndarray]:
    # xclim defines h as hours anew in pint's units, and pint states the terminal of it
    logging.getLogger("pint.util").setLevel(logging.ERROR)
    from xclim.indices.fire import fire_weather_ufunc

    lat = weather["lat"].broadcast_like(weather["tas"].isel(time=0, drop=True))
    codes = fire_weather_ufunc(
        tas=weather["tas"],
        hurs=weather["hurs"],
        sfcWind=weather["sfcWind"] * 3.6,
        pr=weather["pr"],
        lat=lat,
        indexes=["DC", "DMC", "FFMC", "ISI", "BUI", "FWI"],
        ffmc_start=start.ffmc,
        dmc_start=start.dmc,
        dc_start=start.dc,
    )
    return {
        name: codes[name.upper()].transpose("time", "lat", "lon").to_numpy() for name in FWI_PARTS
    }

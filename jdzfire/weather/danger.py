"""Fire danger of every day on the grid: Canadian FWI and the Chinese danger grade."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import xarray as xr

from jdzfire.weather.compiled import fire_indices
from jdzfire.weather.contract import FORECAST_FROM, check_weather
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

_GRADED = ("danger_index", "danger_grade", "days_since_rain")

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


_ATTRS = {"title": "fire danger by day", "day": "Asia/Shanghai"}


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
    with_grade: bool = True,
    overwinter: bool = False,
) -> xr.Dataset:
    """Fire danger of each day and cell.

    The FWI runs from day to day and starts again from ``start`` after days that are missing, or
    missing on the whole grid: a gap must not poison the rest of the season. The grade is taken
    from highest temperature, lowest humidity, days since rain and highest wind of the same day.

    Parameters
    ----------
    weather : Dataset (time, lat, lon)
        See :data:`jdzfire.weather.contract.WEATHER_VARIABLES`; one value a Beijing day. Chunked
        weather gives lazy danger, computed by pieces of the map.
    start : FwiStart, optional
        Codes before the first day; default 85, 6, 15.
    tables : GradeTables
        Tables of the danger grade.
    with_fwi : bool
        False leaves the FWI components null: a quick run without xclim, for triage.
    with_grade : bool
        False leaves ``danger_index``, ``danger_grade`` and ``days_since_rain`` null: the FWI alone.
    overwinter : bool
        Stop the FWI in winter (temperatures of Wotton and Flannigan 1993) and carry the drought
        code over it with the winter's rain. Where the fire season *is* the winter, as south of the
        Yangtze, that leaves it without an index: for comparison with colder places only.

    Returns
    -------
    Dataset (time, lat, lon), float64, NaN where not known
        ``ffmc dmc dc isi bui fwi``; ``danger_index``, ``danger_grade`` [1-5];
        ``wind_force`` [Beaufort] and ``wind_ms`` [m s-1] of the highest wind; ``rh_pct`` [%]
        lowest; ``tmax_c`` [degC]; ``rain_mm`` [mm/day]; ``days_since_rain`` [day]. Coordinate
        ``forecast_from`` (time) when the weather has it.

    Raises
    ------
    ContractError
        The weather breaks its contract.

    Notes
    -----
    FWI by xclim, which computes moisture with the constant 147.2 of Van Wagner (1987); cffdrs has
    250 * 59.5 / 101 since 2015. That is the whole difference between the two: up to 0.13 of FFMC
    and 2 % of ISI [V: tests]. It wants noon values: with daily means the index is an approximation.
    """
    held = check_weather(weather)
    begun = held.get(FORECAST_FROM)
    fields = held.drop_vars(FORECAST_FROM, errors="ignore")

    def of_block(block: xr.Dataset) -> xr.Dataset:
        layers = _graded(block, tables) if with_grade else _nothing(block, _GRADED)
        if with_fwi:
            layers |= _fwi_by_run(block, start or FwiStart(), overwinter)
        else:
            layers |= _nothing(block, FWI_PARTS)
        return _with_weather(block, layers)

    if fields.chunks:
        if with_fwi:  # compiled once, not by all threads at once
            of_block(fields.isel(time=slice(0, 2), lat=slice(0, 1), lon=slice(0, 1)).compute())
        whole = fields.chunk(time=-1)
        danger = xr.map_blocks(of_block, whole, template=_template(whole))
    else:
        danger = of_block(fields)
    danger.attrs |= {key: held.attrs[key] for key in ("approximated",) if key in held.attrs}
    return danger if begun is None else danger.assign_coords({FORECAST_FROM: begun})


def _template(weather: xr.Dataset) -> xr.Dataset:
    """What the danger of chunked weather will be, not computed."""
    like = weather["tasmax"].reset_coords(drop=True)
    template = xr.Dataset(
        {name: like.astype(float).assign_attrs(units=unit) for name, unit in _UNITS.items()}
    )
    return template.assign_attrs(_ATTRS)


def _graded(held: xr.Dataset, tables: GradeTables) -> dict[str, np.ndarray]:
    days, last_mm = rain_history(held["pr"])
    wind = held["sfcWindmax"].to_numpy()
    index = danger_index(
        held["tasmax"].to_numpy(),
        held["hursmin"].to_numpy(),
        days.to_numpy(),
        last_mm.to_numpy(),
        wind,
        held["time"].dt.month.to_numpy()[:, None, None],
        tables=tables,
    )
    grade = grade_of_index(index, tables=tables)
    return dict(zip(_GRADED, (index, grade, days.to_numpy()), strict=True))


def _with_weather(held: xr.Dataset, layers: dict[str, np.ndarray]) -> xr.Dataset:
    """Layers of danger, and of the weather they are made of."""
    layers |= {
        "wind_force": beaufort_force(held["sfcWindmax"].to_numpy()),
        "wind_ms": held["sfcWindmax"].to_numpy(),
        "rh_pct": held["hursmin"].to_numpy(),
        "tmax_c": held["tasmax"].to_numpy(),
        "rain_mm": held["pr"].to_numpy(),
    }
    dims = ("time", "lat", "lon")
    return xr.Dataset(
        {name: (dims, layers[name], {"units": unit}) for name, unit in _UNITS.items()},
        coords={name: held[name] for name in dims},
        attrs=_ATTRS,
    )


def _nothing(held: xr.Dataset, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    shape = tuple(held.sizes[dim] for dim in ("time", "lat", "lon"))
    return {name: np.full(shape, np.nan) for name in names}


def _fwi_by_run(weather: xr.Dataset, start: FwiStart, overwinter: bool) -> dict[str, np.ndarray]:
    """FWI components over each run of consecutive complete days."""
    runs = _runs(weather)
    if runs == [(0, weather.sizes["time"])]:
        return _fwi(weather, start, overwinter)
    parts = _nothing(weather, FWI_PARTS)
    for first, last in runs:
        computed = _fwi(weather.isel(time=slice(first, last)), start, overwinter)
        for name in FWI_PARTS:
            parts[name][first:last] = computed[name]
    return parts


def _runs(weather: xr.Dataset) -> list[tuple[int, int]]:
    """Half-open ranges of consecutive days on which some cell has all noon values."""
    is_known = [np.isfinite(weather[name].to_numpy()) for name in ("tas", "hurs", "sfcWind", "pr")]
    whole = np.logical_and.reduce(is_known).any(axis=(1, 2))
    day = weather["time"].to_numpy().astype("datetime64[D]").astype(np.int64)
    kept = np.flatnonzero(whole)
    if not len(kept):
        return []
    breaks = np.flatnonzero((np.diff(kept) > 1) | (np.diff(day[kept]) > 1)) + 1
    return [(int(run[0]), int(run[-1]) + 1) for run in np.split(kept, breaks)]


def _fwi(weather: xr.Dataset, start: FwiStart, overwinter: bool) -> dict[str, np.ndarray]:
    # xclim defines h as hours anew in pint's units, and pint states the terminal of it
    logging.getLogger("pint.util").setLevel(logging.ERROR)
    fire_weather_ufunc = fire_indices().fire_weather_ufunc
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
        season_method="WF93" if overwinter else None,
        overwintering=overwinter,
    )
    return {
        name: codes[name.upper()].transpose("time", "lat", "lon").to_numpy() for name in FWI_PARTS
    }

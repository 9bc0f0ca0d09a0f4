"""Weather by the hour, of an analysis or a forecast, made into days of the Beijing clock.

Noon values, which the fire weather index asks for, are those of 12:00 there (04:00 UTC); extremes
are of the 24 hours; rain is what fell in the 24 hours to noon, or to another hour. A value lacks
where an hour lacks.
Everything stays lazy where the hours are, but for the look at the rain.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from jdzfire.errors import InputError
from jdzfire.weather.contract import FORECAST_FROM, WEATHER_VARIABLES
from jdzfire.weather.quantities import INSTANT, instant_quantities, to_unit, vapour_pressure

_HOUR = np.timedelta64(1, "h")
_DAY = np.timedelta64(24, "h")
_NOON_UTC = 4
_BEIJING = np.timedelta64(8, "h")
_STEPS_H = (1, 2, 3, 6)
_BUCKET_H = 6  # NCEP sums rain over six hours and begins again [V, its product page]


def is_of_hours(dataset: xr.Dataset) -> bool:
    """Whether a file with a time axis holds what days can be made of, rain or not."""
    return "time" in dataset.dims and "temperature" in instant_quantities(dataset)


def days_of_hours(
    dataset: xr.Dataset,
    *,
    source: str,
    issued: np.datetime64 | None = None,
    rain_until_h: int = 12,
) -> xr.Dataset:
    """Days in the contract's layout and units.

    Parameters
    ----------
    dataset : Dataset (time, lat, lon)
        Stamps in UTC, every 1, 2, 3 or 6 hours; 2 m temperature; dew point, relative or specific
        humidity (with pressure); 10 m wind; rain as an amount or a rate.
    source : str
        For the messages.
    issued : datetime64, optional
        Begin of the forecast, UTC; None for an analysis.
    rain_until_h : int [h of the Beijing clock]
        When the 24 hours of rain end: 12 for the fire weather index, 8 or 20 as Chinese stations
        count their days.

    Returns
    -------
    Dataset (time, lat, lon)
        Variables of :data:`~jdzfire.weather.contract.WEATHER_VARIABLES`, and ``forecast_from``
        (time), NaT for an analysis. Noon values between stamps are interpolated, which the
        attribute ``approximated`` says.

    Raises
    ------
    InputError
        A quantity, unit or stamp is missing, or numbers the unit cannot mean.
    """
    values = _quantities(dataset, source)
    step = _step_h(dataset["time"].to_numpy(), source)
    rain = _rain_of_steps(values, step, is_forecast=issued is not None)
    axis = _whole_days(dataset["time"].to_numpy(), step)
    temperature, humidity, wind = (
        held.reindex(time=axis)
        for held in (values["temperature"], values["humidity"], _wind(values))
    )
    made = {
        "tasmax": _extreme(temperature, step, "max"),
        "hursmin": _extreme(humidity, step, "min"),
        "tas": _at_noon(temperature, step),
        "hurs": _at_noon(humidity, step),
        "sfcWind": _at_noon(wind, step),
        "sfcWindmax": _extreme(wind, step, "max"),
        "pr": _rain_of_days(rain, axis, step, rain_until_h),
    }
    days = xr.Dataset(made)
    for name, unit in WEATHER_VARIABLES.items():
        days[name].attrs = {"units": unit}
    if step > 1:
        days.attrs["approximated"] = f"noon values between stamps {step} h apart"
    return with_origin(days, issued).transpose("time", "lat", "lon")


def with_origin(days: xr.Dataset, issued: np.datetime64 | None) -> xr.Dataset:
    """Days with the time their forecast began, NaT for an analysis or a measurement."""
    begun = np.datetime64("NaT", "ns") if issued is None else issued.astype("datetime64[ns]")
    return days.assign({FORECAST_FROM: ("time", np.full(days.sizes["time"], begun))})


def _quantities(dataset: xr.Dataset, source: str) -> dict[str, xr.DataArray]:
    """Temperature, humidity, wind and rain in the units of ``INSTANT``, by time."""
    named = instant_quantities(dataset)
    lost = [what for what in ("temperature",) if what not in named]
    lost += (
        ["wind"]
        if not ({"wind"} <= set(named) or {"east_wind", "north_wind"} <= set(named))
        else []
    )
    lost += ["rain"] if not {"rain", "rain_rate"} & set(named) else []
    moist = {"humidity", "dew_point"} & set(named) or {"specific_humidity", "pressure"} <= set(
        named
    )
    lost += [] if moist else ["dew point or humidity"]
    if lost:
        raise InputError(
            f"{source} lacks parts of the weather",
            expected="2 m temperature, dew point or humidity, 10 m wind, rain",
            found="no " + ", ".join(lost) + "; variables: "
            + (", ".join(map(str, list(dataset.data_vars)[:20])) or "none"),
            remedy="ask the centre for all of them (ERA5: t2m, d2m, u10, v10, tp)",
        )  # fmt: skip
    ordered = dataset.sortby("time")
    values = {
        what: to_unit(
            ordered[name].reset_coords(drop=True), INSTANT[what][0], what=what, source=source
        )
        for what, name in named.items()
    }
    if "humidity" not in values:
        values["humidity"] = _humidity(values)
    values["humidity"] = values["humidity"].clip(0, 100)
    return values


def _humidity(values: dict[str, xr.DataArray]) -> xr.DataArray:
    """Relative humidity [%] over water."""
    saturated = vapour_pressure(values["temperature"])
    if "dew_point" in values:
        return 100 * vapour_pressure(values["dew_point"]) / saturated
    moist = values["specific_humidity"]
    return 100 * values["pressure"] * moist / (0.622 + 0.378 * moist) / saturated


def _wind(values: dict[str, xr.DataArray]) -> xr.DataArray:
    if "east_wind" in values and "north_wind" in values:
        east, north = values["east_wind"], values["north_wind"]
        return (east * east + north * north) ** 0.5
    return values["wind"]


def _step_h(times: np.ndarray, source: str) -> int:
    """Hours between the stamps; some may be missing."""
    gaps = np.unique(np.diff(np.sort(times)))
    step = int(gaps[0] / _HOUR) if len(gaps) and gaps[0] % _HOUR == np.timedelta64(0) else 0
    is_even = step in _STEPS_H and not (gaps % (step * _HOUR)).astype(int).any()
    hours = (times - times.astype("datetime64[D]")) / _HOUR
    if not is_even or (hours % step).any():
        raise InputError(
            f"{source} has no even hours",
            expected="each stamp once, every 1, 2, 3 or 6 hours from 00:00 UTC",
            found=f"{len(times)} stamps, {', '.join(str(gap / _HOUR) for gap in gaps[:5])} h apart",
            remedy="ask for all hours of each day, one file for one run of a forecast",
        )
    return step


def _whole_days(times: np.ndarray, step: int) -> np.ndarray:
    """All stamps of the Beijing days that the times touch, UTC; each day's after its midnight."""
    days = (np.array([times.min(), times.max()]) + _BEIJING).astype("datetime64[D]")
    first, last = days - _BEIJING + (-16 % step) * _HOUR
    axis: np.ndarray = np.arange(first, last + _DAY, step * _HOUR).astype("datetime64[ns]")
    return axis


def _by_day(values: xr.DataArray, step: int) -> xr.DataArray:
    """Stamps of each 24 hours along ``part``; time is the first of them."""
    begun = values["time"].isel(time=slice(None, None, 24 // step))
    parts = values.drop_vars("time").coarsen(time=24 // step).construct(time=("time", "part"))
    return parts.assign_coords(time=begun)


def _extreme(values: xr.DataArray, step: int, how: str) -> xr.DataArray:
    parts = _by_day(values, step)
    reduced = parts.max("part", skipna=False) if how == "max" else parts.min("part", skipna=False)
    return _dated(reduced)


def _at_noon(values: xr.DataArray, step: int) -> xr.DataArray:
    """Values at 04:00 UTC, linear between the stamps around it."""
    before = _NOON_UTC // step * step
    weight = (_NOON_UTC - before) / step
    place = (before + 24 - (16 + -16 % step)) // step
    noon = _dated(values.isel(time=slice(place, None, 24 // step)))
    if not weight:
        return noon
    after = _dated(values.isel(time=slice(place + 1, None, 24 // step)))
    return (1 - weight) * noon + weight * after


def _rain_of_days(rain: xr.DataArray, axis: np.ndarray, step: int, until_h: int) -> xr.DataArray:
    """Sum of the 24 hours to the stamp nearest to an hour; a stamp holds the time before it."""
    end = round((until_h - 8) / step) * step
    first_day = (axis[0] + _BEIJING).astype("datetime64[D]").astype("datetime64[ns]")
    begin = first_day + np.timedelta64(end - 24 + step, "h")
    stamps = begin + np.arange(len(axis)) * step * _HOUR
    summed = _by_day(rain.reindex(time=stamps), step).sum("part", skipna=False)
    days = first_day + np.arange(summed.sizes["time"]) * _DAY
    return summed.assign_coords(time=days)


def _dated(values: xr.DataArray) -> xr.DataArray:
    return values.assign_coords(time=(values["time"] + _BEIJING).dt.floor("D"))


def _rain_of_steps(
    values: dict[str, xr.DataArray], step: int, *, is_forecast: bool
) -> xr.DataArray:
    """Rain that fell in the step before each stamp [mm].

    ERA5 states it so. ERA5-Land states what fell since 00:00 UTC, forecasts what fell since their
    begin, those of NCEP in the six hours so far. A file counts as summed when no cell has
    less than at the stamp before, but where a sum begins again, and something adds up.
    """
    if "rain" not in values:
        return (values["rain_rate"] * (step / 24)).clip(min=0)
    rain = values["rain"]
    change = rain.diff("time")
    hour = change["time"].dt.hour
    periods = (0, _BUCKET_H, 24) if is_forecast else (24,)
    for period in periods:
        begins = hour % period == step % period if period else hour < 0
        grows = not bool((change.where(~begins, 0.0) < -1e-4).any())
        again = change.where(begins, 0.0) < -1e-3 if period else change > 1e-3
        if grows and bool(again.any()):
            steps = change.where(~begins, rain.isel(time=slice(1, None)))
            first = rain.isel(time=slice(0, 1))
            kept = first if is_forecast else first.where(first["time"].dt.hour % 24 == step % 24)
            each: xr.DataArray = xr.concat([kept, steps], "time").clip(min=0)
            return each
    return rain.clip(min=0)

"""Quantities of a weather file: told by CF standard names and usual names, in units by pint.

The registry of units is the one of ``cf_xarray``, which xclim uses too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from jdzfire.errors import InputError

INSTANT: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "temperature": ("degC", ("t2m", "2t", "VAR_2T", "tas", "TAIR", "TEM", "TMP")),
    "dew_point": ("degC", ("d2m", "2d", "VAR_2D", "tdps", "DPT")),
    "humidity": ("%", ("r2", "2r", "rh2m", "hurs", "RHU", "RH")),
    "specific_humidity": ("kg kg-1", ("sh2", "2sh", "huss", "QAIR")),
    "pressure": ("hPa", ("sp", "ps", "PRS")),
    "wind": ("m s-1", ("si10", "10si", "sfcWind", "WIND", "WIN")),
    "east_wind": ("m s-1", ("u10", "10u", "VAR_10U", "uas", "WIU10")),
    "north_wind": ("m s-1", ("v10", "10v", "VAR_10V", "vas", "WIV10")),
    "rain": ("mm", ("tp", "PRE", "PRCP", "PRE_1h", "apcp")),
    "rain_rate": ("mm/day", ("prate", "avg_tprate", "mtpr", "pr")),
}
"""Quantity at a time: its unit here, and the short names of ECMWF, CF, NCEP and CMA."""

DAILY: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "tasmax": ("degC", ("tasmax", "TEM_Max", "TMAX", "最高气温", "日最高气温")),
    "tasmean": ("degC", ("tasmean", "TEM_Avg", "TMEAN", "平均气温", "日平均气温")),
    "tas": ("degC", ("tas", "午时气温")),
    "hursmin": ("%", ("hursmin", "RHU_Min", "最小相对湿度", "最低相对湿度")),
    "hursmean": ("%", ("hursmean", "RHU_Avg", "RHU", "RM", "平均相对湿度", "相对湿度")),
    "hurs": ("%", ("hurs", "午时相对湿度")),
    "sfcWindmax": ("m s-1", ("sfcWindmax", "WIN_S_Max", "最大风速")),
    "sfcWindmean": ("m s-1", ("sfcWindmean", "WIN_S_2mi_Avg", "WS", "平均风速")),
    "sfcWind": ("m s-1", ("sfcWind", "午时风速")),
    "pr": ("mm/day", ("pr", "PRE_Time_2020", "PRE_Time_0808", "P", "PRCP", "降水量", "日降水量")),
}
"""Quantity of a day: its unit here, and the names of CF, CMA and usual tables."""

LIMITS: Mapping[str, tuple[float, float]] = {
    "degC": (-80.0, 60.0),
    "%": (-1.0, 111.0),  # models overshoot saturation
    "kg kg-1": (-1e-4, 0.06),
    "hPa": (300.0, 1100.0),
    "m s-1": (-90.0, 90.0),
    "mm": (-0.5, 2000.0),
    "mm/day": (-0.5, 2500.0),
}
"""What each unit can mean in weather near the ground; outside, the unit was another [K]."""

_STANDARD_NAMES = {
    "air_temperature": "temperature",
    "dew_point_temperature": "dew_point",
    "relative_humidity": "humidity",
    "specific_humidity": "specific_humidity",
    "surface_air_pressure": "pressure",
    "wind_speed": "wind",
    "eastward_wind": "east_wind",
    "northward_wind": "north_wind",
    "precipitation_amount": "rain",
    "lwe_thickness_of_precipitation_amount": "rain",
    "precipitation_flux": "rain_rate",
    "lwe_precipitation_rate": "rain_rate",
}
_DAILY_NAMES = {
    ("air_temperature", "maximum"): "tasmax",
    ("air_temperature", "mean"): "tasmean",
    ("relative_humidity", "minimum"): "hursmin",
    ("relative_humidity", "mean"): "hursmean",
    ("wind_speed", "maximum"): "sfcWindmax",
    ("wind_speed", "mean"): "sfcWindmean",
    ("precipitation_flux", "mean"): "pr",
    ("precipitation_amount", "sum"): "pr",
}
_SPELLINGS = {
    "degree c": "degC",
    "degrees c": "degC",
    "deg c": "degC",
    "degree celsius": "degC",
    "degrees celsius": "degC",
    "degreec": "degC",
    "°c": "degC",
    "℃": "degC",
    "mps": "m s-1",
    "meters per second": "m s-1",
    "ms-1": "m s-1",
    "ms**-1": "m s-1",
    "ms^-1": "m s-1",
    "mmday-1": "mm/day",
    "mmd-1": "mm/day",
    "kgm-2": "kg m-2",
    "kgm-2s-1": "kg m-2 s-1",
    "kgm-2day-1": "kg m-2 day-1",
}
"""Spellings of files that pint reads as something else, or not."""

_SAMPLED = 48  # stamps of a lazy dataset that are looked at: a wrong unit shows on each


def instant_quantities(dataset: xr.Dataset) -> dict[str, str]:
    """Variable of each quantity of :data:`INSTANT`: by standard name, else by short name.

    Levels in the air are left out; of two variables with one standard name the one whose short
    name is known.
    """
    found: dict[str, str] = {}
    for name in dataset.data_vars:
        what = _STANDARD_NAMES.get(str(dataset[name].attrs.get("standard_name", "")))
        if what is not None and _is_near_ground(dataset[name]):
            found.setdefault(what, str(name))
    return found | _by_name(dataset, INSTANT)


def daily_quantities(dataset: xr.Dataset) -> dict[str, str]:
    """Variable of each quantity of :data:`DAILY`: by its CF attributes, else by name."""
    found: dict[str, str] = {}
    for name in dataset.data_vars:
        standard = str(dataset[name].attrs.get("standard_name", ""))
        methods = str(dataset[name].attrs.get("cell_methods", ""))
        for (wanted, method), what in _DAILY_NAMES.items():
            if standard == wanted and f"time: {method}" in methods:
                found.setdefault(what, str(name))
    return found | _by_name(dataset, DAILY)


def _by_name(
    dataset: xr.Dataset, quantities: Mapping[str, tuple[str, tuple[str, ...]]]
) -> dict[str, str]:
    held = {
        what: next((name for name in names if name in dataset.data_vars), None)
        for what, (_, names) in quantities.items()
    }
    return {what: name for what, name in held.items() if name is not None}


def _is_near_ground(values: xr.DataArray) -> bool:
    return not {"isobaricInhPa", "level", "plev", "pressure_level"} & set(values.coords)


def to_unit(values: xr.DataArray, unit: str, *, what: str, source: str) -> xr.DataArray:
    """Values as float64 in a unit, which is noted in the attribute ``units``; lazy ones stay lazy.

    Rain is an amount of water: a depth, a mass on a square metre, or either by time; an amount
    without a time is that of the day where a day's is asked for.

    Parameters
    ----------
    values : DataArray
        With the attribute ``units``.
    unit : str
        One of :data:`LIMITS`.
    what, source : str
        Quantity and file, for the message.

    Raises
    ------
    InputError
        No unit is stated, it is no unit of this quantity, or the numbers cannot mean it (of lazy
        values a sample of the times is looked at).
    """
    stated = str(values.attrs.get("units", "")).strip()
    factor, offset = _conversion(stated, unit, what=what, source=source)
    converted = values.astype("float64") * factor + offset
    _check_limits(converted, unit, stated, what=what, source=source)
    return converted.assign_attrs({**values.attrs, "units": unit})


def _conversion(stated: str, unit: str, *, what: str, source: str) -> tuple[float, float]:
    from cf_xarray.units import units as registry

    text = _SPELLINGS.get(stated.lower().replace(" ", ""), _SPELLINGS.get(stated.lower(), stated))
    try:
        if not text:
            raise ValueError("no unit")
        ends = [_in(registry, value, text, unit) for value in (0.0, 1.0)]
    except Exception as error:  # pint has a class for each way of failing
        raise InputError(
            f"{source} states no usable unit of {what}",
            expected=f"units = {unit!r}, or one that can be converted",
            found=repr(stated[:40]),
            remedy="set the attribute units of the variable",
        ) from error
    return ends[1] - ends[0], ends[0]


def _in(registry: Any, value: float, stated: str, unit: str) -> float:
    quantity = registry.Quantity(value, registry.Unit(stated))
    if unit in ("mm", "mm/day"):
        if "[mass]" in quantity.dimensionality:
            quantity = quantity / registry.Quantity(1000.0, "kg/m**3")
        if unit == "mm/day" and "[time]" not in quantity.dimensionality:
            quantity = quantity / registry.Quantity(1.0, "day")
    return float(quantity.to(registry.Unit(unit)).magnitude)


def _check_limits(values: xr.DataArray, unit: str, stated: str, *, what: str, source: str) -> None:
    looked_at = values
    if values.chunks is not None and "time" in values.dims and values.sizes["time"] > _SAMPLED:
        picked = np.linspace(0, values.sizes["time"] - 1, _SAMPLED).round().astype(int)
        looked_at = values.isel(time=np.unique(picked))
    low, high = LIMITS[unit]
    least, most = float(looked_at.min()), float(looked_at.max())
    if least < low or most > high:
        raise InputError(
            f"{source} has values of {what} that its unit {stated!r} cannot mean",
            expected=f"{low:g} to {high:g} {unit}",
            found=f"{least:g} to {most:g} {unit}",
            remedy="check the unit of the variable and its missing value",
        )


def vapour_pressure(celsius: xr.DataArray) -> xr.DataArray:
    """Saturation vapour pressure over water [hPa] by Magnus, constants of Sonntag (1990) [V]."""
    exponent = 17.62 * celsius / (243.12 + celsius)
    return exponent.copy(data=6.112 * np.exp(exponent.data))

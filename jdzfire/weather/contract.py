"""What a weather dataset must look like before danger is computed from it.

One value per local (Beijing) day, stamped 00:00 of that day without a time zone, on a regular
EPSG:4326 grid. Units are converted here, once; inside, everything is in the units named.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from jdzfire.errors import ContractError, InputError
from jdzfire.weather.quantities import to_unit

WEATHER_VARIABLES = {
    "tasmax": "degC",
    "hursmin": "%",
    "tas": "degC",
    "hurs": "%",
    "sfcWind": "m s-1",
    "sfcWindmax": "m s-1",
    "pr": "mm/day",
}
"""Variables and the units they are computed in: highest temperature, lowest humidity, noon
temperature, humidity and wind at 10 m, highest wind, rain of the 24 h to noon."""

FORECAST_FROM = "forecast_from"
"""Variable (time) of when the forecast that gave a day began, UTC; NaT for an analysis or a
measurement. A dataset without it holds no forecast."""

_DIMENSIONS = ("time", "lat", "lon")


def check_weather(weather: xr.Dataset) -> xr.Dataset:
    """Check a weather dataset and return it in jdzfire's units and order.

    Parameters
    ----------
    weather : Dataset (time, lat, lon)
        With the variables of :data:`WEATHER_VARIABLES`, each with ``units``; other variables
        are left out.

    Returns
    -------
    Dataset (time, lat, lon)
        Variables as float64 in the units of :data:`WEATHER_VARIABLES`, and
        :data:`FORECAST_FROM` when it was given; all axes ascending; lazy ones stay lazy.

    Raises
    ------
    ContractError
        A dimension, variable or unit is missing or cannot be converted, a day comes twice,
        or a time is not 00:00 of a day.
    """
    missing = [dim for dim in _DIMENSIONS if dim not in weather.dims]
    missing += [name for name in WEATHER_VARIABLES if name not in weather]
    missing += [
        f"units of {name}"
        for name in WEATHER_VARIABLES
        if name in weather and "units" not in weather[name].attrs
    ]
    if missing:
        raise ContractError(
            "weather lacks what fire danger needs",
            expected=f"dimensions {', '.join(_DIMENSIONS)}; {', '.join(WEATHER_VARIABLES)}",
            found=f"no {', '.join(missing)}",
        )
    kept = [*WEATHER_VARIABLES, *([FORECAST_FROM] if FORECAST_FROM in weather else [])]
    ordered = weather[kept].transpose(*_DIMENSIONS)
    unsorted = [dim for dim in _DIMENSIONS if not weather.indexes[dim].is_monotonic_increasing]
    ordered = ordered.sortby(unsorted) if unsorted else ordered  # it copies
    _check_days(ordered)
    return ordered.assign({name: _converted(ordered[name], name) for name in WEATHER_VARIABLES})


def _converted(values: xr.DataArray, name: str) -> xr.DataArray:
    if values.attrs["units"] == WEATHER_VARIABLES[name]:
        return values.astype(float).assign_attrs(values.attrs)
    try:
        return to_unit(values, WEATHER_VARIABLES[name], what=name, source="weather")
    except InputError as error:
        raise ContractError(
            f"weather variable {name} has a unit that cannot be converted",
            expected=WEATHER_VARIABLES[name],
            found=str(values.attrs["units"]),
        ) from error


def _check_days(weather: xr.Dataset) -> None:
    times = weather["time"].to_numpy()
    if not np.issubdtype(times.dtype, np.datetime64):
        raise ContractError(
            "weather times are not dates", expected="naive datetime64", found=str(times.dtype)
        )
    days = times.astype("datetime64[D]")
    if (days != times).any():
        raise ContractError(
            "weather is not stamped by day",
            expected="00:00 of the Beijing day",
            found=str(times[days != times][0]),
        )
    if len(np.unique(days)) != len(days):
        raise ContractError("weather has a day twice", remedy="merge the files before reading")

"""A second opinion on fire danger: soil drought after Keetch and Byram, and McArthur's index."""

from __future__ import annotations

import numpy as np
import xarray as xr

from jdzfire.errors import ContractError
from jdzfire.weather.compiled import fire_indices
from jdzfire.weather.contract import check_weather

ANNUAL_RAIN_MM = 1800.0
"""Rain of a mean year at Jingdezhen [mm] [K]; used where less than a year of weather is given."""

_YEAR_DAYS = 365.25


def second_opinion(weather: xr.Dataset, *, annual_rain_mm: float | None = None) -> xr.Dataset:
    """Drought of the soil and McArthur's forest fire danger index, by xclim.

    Parameters
    ----------
    weather : Dataset (time, lat, lon)
        See :data:`jdzfire.weather.contract.WEATHER_VARIABLES`; days without a gap.
    annual_rain_mm : float, optional [mm]
        Rain of a mean year; default what the weather has, where it holds a year or more, else
        :data:`ANNUAL_RAIN_MM`.

    Returns
    -------
    Dataset (time, lat, lon)
        ``kbdi`` [mm, 0-203.2], water that the soil lacks, 0 on the first day; ``mcarthur`` [1], of
        the highest temperature, lowest humidity and highest wind: made for eucalypt, so a second
        opinion, not a grade. The first 20 days have no drought factor and no index.

    Raises
    ------
    ContractError
        The weather breaks its contract, or lacks days between its first and last.
    """
    fire = fire_indices()
    held = check_weather(weather)
    day = held["time"].to_numpy().astype("datetime64[D]")
    if len(day) and len(day) != (day[-1] - day[0]).astype(int) + 1:
        raise ContractError(
            "soil drought needs every day",
            expected=f"{(day[-1] - day[0]).astype(int) + 1} days",
            found=f"{len(day)} days",
            remedy="give each stretch of days on its own",
        )
    if annual_rain_mm is None and len(day) >= 365:
        annual = held["pr"].sum("time") / len(day) * _YEAR_DAYS
    else:
        annual = xr.full_like(
            held["pr"].isel(time=0, drop=True),
            ANNUAL_RAIN_MM if annual_rain_mm is None else annual_rain_mm,
        )
    rain = held["pr"].fillna(0.0).assign_attrs(units="mm/day")
    kbdi = fire.keetch_byram_drought_index(
        pr=rain, tasmax=held["tasmax"], pr_annual=annual.assign_attrs(units="mm/year")
    )
    if len(day) < 20:
        index = xr.full_like(kbdi, np.nan)
    else:
        drought = fire.griffiths_drought_factor(pr=rain, smd=kbdi)
        wind = (held["sfcWindmax"] * 3.6).assign_attrs(units="km/h")
        index = fire.mcarthur_forest_fire_danger_index(
            drought, held["tasmax"], held["hursmin"], wind
        )
    order = ("time", "lat", "lon")
    return xr.Dataset(
        {
            "kbdi": kbdi.transpose(*order).drop_attrs().assign_attrs(units="mm"),
            "mcarthur": index.transpose(*order).drop_attrs().assign_attrs(units="1"),
        }
    )

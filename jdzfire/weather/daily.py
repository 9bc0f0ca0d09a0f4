"""Days as a file or a table states them, completed to what fire danger needs."""

from __future__ import annotations

import xarray as xr

from jdzfire.errors import InputError
from jdzfire.weather.contract import WEATHER_VARIABLES
from jdzfire.weather.quantities import DAILY, daily_quantities, to_unit, vapour_pressure


def days_as_stated(dataset: xr.Dataset, *, source: str) -> xr.Dataset:
    """The contract's variables, those that a file lacks made of those it has.

    Parameters
    ----------
    dataset : Dataset (time, ...)
        One value a day, under the names of :data:`~jdzfire.weather.quantities.DAILY`, with units.
    source : str
        For the messages.

    Returns
    -------
    Dataset
        The variables of :data:`~jdzfire.weather.contract.WEATHER_VARIABLES` in their units, and
        in the attribute ``approximated`` what was not measured: lowest humidity
        from the mean one, at the vapour pressure of the day's means and the highest temperature;
        noon as the highest temperature and lowest humidity, which makes the index a
        little high; highest wind as the mean one, which makes the grade low by the forces that
        gusts have over it.

    Raises
    ------
    InputError
        Highest temperature, humidity, wind or rain lacks, or a unit is wrong.
    """
    held = {
        what: to_unit(dataset[name], DAILY[what][0], what=what, source=source)
        for what, name in daily_quantities(dataset).items()
    }
    said: list[str] = []
    if "hursmin" not in held and {"hursmean", "tasmean", "tasmax"} <= set(held):
        ratio = vapour_pressure(held["tasmean"]) / vapour_pressure(held["tasmax"])
        held["hursmin"] = (held["hursmean"] * ratio).clip(0, 100)
        said.append("hursmin from the mean humidity")
    for what, others in {
        "tas": ("tasmax",),
        "hurs": ("hursmin",),
        "sfcWindmax": ("sfcWindmean", "sfcWind"),
        "sfcWind": ("sfcWindmean", "sfcWindmax"),
    }.items():
        other = next((name for name in others if name in held), None)
        if what not in held and other is not None:
            held[what] = held[other]
            said.append(f"{what} is {other}")
    lost = [name for name in WEATHER_VARIABLES if name not in held]
    if lost:
        raise InputError(
            f"{source} lacks parts of the weather of a day",
            expected="highest temperature, lowest or mean humidity, wind, rain",
            found="no " + ", ".join(lost),
            remedy="see data/README.md for the names that are known",
        )
    days = xr.Dataset(
        {
            name: held[name].drop_attrs().assign_attrs(units=unit)
            for name, unit in WEATHER_VARIABLES.items()
        }
    )
    days.attrs = {key: dataset.attrs[key] for key in ("source", "history") if key in dataset.attrs}
    earlier = str(dataset.attrs.get("approximated", ""))
    stated = "; ".join([*([earlier] if earlier else []), *said])
    return days.assign_attrs({"approximated": stated} if stated else {})

"""Daily weather of stations, from tables as weather services hand them out."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd
import xarray as xr

from jdzfire.errors import InputError
from jdzfire.feeds.sheets import match_columns
from jdzfire.feeds.text import Lines, decode_text, excerpt, split_lines
from jdzfire.feeds.times import BEIJING, parse_time
from jdzfire.feeds.values import numbers
from jdzfire.weather.daily import days_as_stated
from jdzfire.weather.quantities import DAILY, to_unit

_PLACE = {
    "station": ("station", "stationid", "station_id", "station_id_c", "站号", "区站号", "台站号"),
    "date": ("date", "day", "datetime", "datetime_utc", "日期", "资料时间", "时间"),
    "lon": ("lon", "longitude", "经度"),
    "lat": ("lat", "latitude", "纬度"),
}
_COLUMNS = {**_PLACE, **{what: names for what, (_, names) in DAILY.items()}}
_MISSING = 9_990.0
"""From here on a number stands for a missing one: 9999, 32766, 999999 of CMA [V, its notes]."""
_CELL_DEG = 0.1
_AROUND_DEG = 0.25
_EXPECTED = "a table with the day and the weather of a station on each line"


def is_station_table(raw: bytes) -> bool:
    """Whether bytes are text whose header names a day and two quantities of weather or more."""
    try:
        lines = _lines(raw[:20_000], "table")
    except InputError:
        return False
    found = set(_matched(lines).values())
    return "date" in found and len(found - set(_PLACE)) >= 2


def read_stations(raw: bytes, *, source_name: str) -> xr.Dataset:
    """Days of the stations of one table; see :func:`station_rows` and :func:`days_of_stations`."""
    rows = station_rows(raw, source_name=source_name)
    return days_of_stations(rows, source=excerpt(source_name))


def station_rows(raw: bytes, *, source_name: str) -> pd.DataFrame:
    """Daily rows of stations.

    Parameters
    ----------
    raw : bytes
        Delimited text with a header. A day is the one written: a time beside it is the hour at
        which the day was read, whatever its zone; only one with its own offset (``16:00Z``) is
        turned into the Beijing day. Quantities under the names of
        :data:`~jdzfire.weather.quantities.DAILY`, a unit in brackets after the name, else in
        the units given there. A table with a day and station numbers only holds rain [mm].
    source_name : str

    Returns
    -------
    DataFrame
        ``station``, ``date``, ``lon``, ``lat`` [degree, null when not stated] and the quantities
        found, float64 in their units, null where missing; by station and day.

    Raises
    ------
    InputError
        No such table, a day that cannot be read or comes twice, or numbers a unit cannot mean.
    """
    name = excerpt(source_name)
    lines = _lines(raw, source_name)
    matched = _matched(lines)
    if "date" not in matched.values():
        raise InputError(
            f"{name} is no table of stations",
            expected=_EXPECTED,
            found=excerpt(", ".join(lines.header)),
        )
    if not lines.rows:
        raise InputError(
            f"{name} has no line below its header", expected=_EXPECTED, found="a header only"
        )
    odd = [
        n for n, row in zip(lines.numbers, lines.rows, strict=True) if len(row) != len(lines.header)
    ]
    if odd:
        raise InputError(
            f"{name} has lines of another length than its header",
            expected=f"{len(lines.header)} fields",
            found=f"{len(odd)} such lines, line {odd[0]} first",
            remedy="export the table again",
        )
    cells = pd.DataFrame(lines.rows, columns=range(len(lines.header)))
    by_station = [
        place for place, head in enumerate(lines.header) if re.fullmatch(r"\d{4,9}", head)
    ]
    if by_station and set(matched.values()) == {"date"}:
        day = next(iter(matched))
        long = cells.melt(id_vars=[day], value_vars=by_station, var_name="station", value_name="pr")
        long["station"] = long["station"].map(dict(enumerate(lines.header)))
        table = long.rename(columns={day: "date"})
        heads = {"pr": "P"}
    else:
        table = cells[list(matched)].set_axis(list(matched.values()), axis=1)
        heads = {what: lines.header[place] for place, what in matched.items()}
    return _typed(table, heads, source=name)


def days_of_stations(rows: pd.DataFrame, *, source: str) -> xr.Dataset:
    """Days on a grid, each cell those of the nearest station.

    Parameters
    ----------
    rows : DataFrame
        As :func:`station_rows` gives it, with places. A lone station is a grid of one cell;
        several are spread over cells of 0.1 degree, to 0.25 degree around them.
    source : str
        For the messages.

    Returns
    -------
    Dataset (time, lat, lon)
        See :func:`jdzfire.weather.daily.days_as_stated`.
    """
    places = rows.groupby("station")[["lon", "lat"]].first()
    if places.isna().any().any():
        raise InputError(
            f"{source} does not say where its stations are",
            expected="columns of longitude and latitude [degree]",
            found=excerpt(", ".join(rows.columns)),
            remedy="add the columns, or give the place with --place",
        )
    wide = rows.set_index(["date", "station"])[[n for n in rows.columns if n in DAILY]].to_xarray()
    wide = wide.rename(date="time").reindex(station=places.index.to_numpy())
    for what in wide.data_vars:
        wide[what].attrs = {"units": DAILY[str(what)][0]}
    axes = [_axis(places[name].to_numpy(float)) for name in ("lat", "lon")]
    lat, lon = np.meshgrid(*axes, indexing="ij")
    flat = np.cos(np.radians(places["lat"].to_numpy(float)))
    away = np.hypot(
        lat[..., None] - places["lat"].to_numpy(float),
        (lon[..., None] - places["lon"].to_numpy(float)) * flat,
    )
    nearest = xr.DataArray(
        away.argmin(axis=-1), dims=("lat", "lon"), coords={"lat": axes[0], "lon": axes[1]}
    )
    on_grid = wide.isel(station=nearest).drop_vars("station")
    return days_as_stated(on_grid, source=source)


def _axis(places: np.ndarray) -> np.ndarray:
    if len(places) == 1:
        return places
    first, last = places.min() - _AROUND_DEG, places.max() + _AROUND_DEG
    axis: np.ndarray = np.round(np.arange(first, last + _CELL_DEG / 2, _CELL_DEG), 4)
    return axis


def _lines(raw: bytes, source_name: str) -> Lines:
    text = decode_text(raw, source_name=source_name, expected=_EXPECTED)
    return split_lines(text, has_header=True, comment="#")


def _matched(lines: Lines) -> dict[int, str]:
    return match_columns(lines.header, _COLUMNS)


def _typed(table: pd.DataFrame, heads: dict[str, str], *, source: str) -> pd.DataFrame:
    typed = pd.DataFrame({"date": _days(table["date"], source=source)})
    typed["station"] = table["station"].str.strip() if "station" in table else "1"
    for what in ("lon", "lat"):
        typed[what] = _numbers(table[what], what, source) if what in table else np.nan
    for what in [name for name in table.columns if name in DAILY]:
        held = _numbers(table[what], what, source)
        values = xr.DataArray(held.where(held < _MISSING).to_numpy(float), dims="row")
        unit = re.search(r"[\[(（]([^\])）]+)[\])）]", heads.get(what, ""))
        values.attrs = {"units": unit.group(1).strip() if unit else DAILY[what][0]}
        typed[what] = to_unit(values, DAILY[what][0], what=what, source=source).to_numpy()
    double = typed.duplicated(["station", "date"])
    if double.any():
        row = typed[double].iloc[0]
        raise InputError(
            f"{source} has a day of a station twice",
            expected="one line a day and station",
            found=f"{row['station']} {row['date']:%Y-%m-%d}",
            remedy="average hours before, or remove the double",
        )
    return typed.sort_values(["station", "date"], ignore_index=True)


def _days(cells: pd.Series, *, source: str) -> list[pd.Timestamp]:
    read = {text: _day(text) for text in cells.unique()}
    bad = [text for text, day in read.items() if day is None]
    if bad:
        raise InputError(
            f"{source} has days that cannot be read",
            expected="2024-03-05, 20240305 or 2024年3月5日",
            found=f"{len(bad)} kinds, {excerpt(str(bad[0]))!r} first",
            remedy="write the days so",
        )
    return [pd.Timestamp(day) for text in cells if (day := read[text]) is not None]


def _day(text: str) -> date | None:
    moment = parse_time(text)
    if moment is None:
        return None
    return moment.astimezone(BEIJING).date()


def _numbers(cells: pd.Series, what: str, source: str) -> pd.Series:
    values, is_blank = numbers(cells)
    wrong = np.flatnonzero(np.isnan(values) & ~is_blank)
    if len(wrong):
        raise InputError(
            f"{source} has {what} that are no numbers",
            expected="numbers, or nothing where a value is missing",
            found=f"{len(wrong)} cells, {excerpt(str(cells.iloc[wrong[0]]))!r} first",
            remedy="empty the cells",
        )
    return pd.Series(values, index=cells.index)

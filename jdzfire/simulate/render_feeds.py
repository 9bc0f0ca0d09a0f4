"""Feed files as the real world writes them: FIRMS NRT and archive, Himawari L2WLF, calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from jdzfire.crs import from_wgs84

NRT_VIIRS = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,"
    "bright_ti5,frp,daynight"
)
NRT_MODIS = NRT_VIIRS.replace("bright_ti4", "brightness").replace("bright_ti5", "bright_t31")
ARCHIVE = (
    "latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,confidence,"
    "version,bright_t31,frp,daynight,type"
)
HIMAWARI = (
    "# ID,Year,Month,Day,Time(UTC),Lat,Lon,Area(km^2),Volcano,Level,Reliability,"
    "FRP(Wm^-2),QF,Hot(ID)"
)
GROUND = "报告编号,报告时间,来源,经度,纬度,坐标系,位置误差(米),描述"

BEIJING = timedelta(hours=8)

NRT_SATELLITE = {"S-NPP": "N", "NOAA-20": "N20", "NOAA-21": "N21", "Terra": "T", "Aqua": "A"}
SP_SATELLITE = {**NRT_SATELLITE, "Terra": "Terra", "Aqua": "Aqua"}
VERSIONS = {
    ("VIIRS", "NRT"): "2.0NRT",
    ("VIIRS", "SP"): "2",
    ("MODIS", "NRT"): "6.1NRT",
    ("MODIS", "SP"): "61.03",
}
ARCHIVE_TYPE = {"fire": 0, "heat_source": 2, "glint": 0}
DATUM_CODES = {"GCJ-02": "gcj02", "BD-09": "bd09", "WGS84": "wgs84", "CGCS2000": "cgcs2000"}


def render_feeds(lines: pd.DataFrame) -> Iterator[tuple[str, bytes]]:
    """Every feed file with its bytes, by path; each line of the table is in its line.

    Parameters
    ----------
    lines : DataFrame
        As `jdzfire.simulate.products.lay_out_lines` gives them.
    """
    ordered = lines.sort_values(["file", "line"], kind="stable")
    kinds = ordered["file"].str.split("/").str[1]
    for kind in ("firms", "firms_archive", "ground", "himawari"):
        rows = ordered[kinds == kind].reset_index(drop=True)
        texts = WRITERS[kind](rows)
        for path, numbers in rows.groupby("file", sort=True).indices.items():
            first = rows.iloc[int(numbers[0])]
            body = [*_head(kind, first), *(texts[i] for i in numbers)]
            yield str(path), _encode(kind, body)


def _head(kind: str, first: pd.Series[Any]) -> list[str]:
    """Header lines of a file."""
    if kind == "firms":
        return [NRT_MODIS if first["instrument"] == "MODIS" else NRT_VIIRS]
    if kind == "himawari":
        day = first["acquired_at"].normalize()
        return [f"# {_stamp(day)}  {_stamp(day + pd.Timedelta(days=1))}", HIMAWARI]
    return [ARCHIVE if kind == "firms_archive" else GROUND]


def _stamp(at: pd.Timestamp) -> str:
    return f"{at.year} {at.month:2d} {at.day:2d} {at.hour:2d} {at.minute:2d} UTC"


def _encode(kind: str, body: list[str]) -> bytes:
    if kind == "ground":  # as Excel saves it
        return ("\r\n".join(body) + "\r\n").encode("utf-8-sig")
    return ("\n".join(body) + "\n").encode()


def write_in_datum(lon: float, lat: float, datum: str) -> tuple[float, float]:
    """A WGS84 place in the datum a sheet uses; an empty datum means CGCS2000."""
    code = DATUM_CODES.get(datum, "cgcs2000")
    x, y = from_wgs84(np.array([lon]), np.array([lat]), code)
    return round(float(x[0]), 6), round(float(y[0]), 6)


def _plain(value: Any, digits: int) -> str:
    """A number without trailing zeros, as FIRMS writes it."""
    text = f"{float(value):.{digits}f}".rstrip("0").rstrip(".")
    return text or "0"


def _confidence(row: Any, *, short: bool) -> str:
    if row.instrument == "MODIS":
        return str(int(row.confidence_pct))
    return str(row.confidence[0] if short else row.confidence)


def _near_real_time(rows: pd.DataFrame) -> list[str]:
    return [
        f"{_plain(row.lat, 5)},{_plain(row.lon, 5)},{_plain(row.mir_k, 2)},"
        f"{_plain(row.scan_km, 2)},{_plain(row.track_km, 2)},{_clock(row):%Y-%m-%d,%H%M},"
        f"{NRT_SATELLITE[str(row.satellite)]},{_confidence(row, short=False)},"
        f"{VERSIONS[str(row.instrument), 'NRT']},{_plain(row.tir_k, 2)},"
        f"{_plain(row.frp_mw, 2)},{'D' if row.is_day else 'N'}"
        for row in _rows(rows)
    ]


def _archive(rows: pd.DataFrame) -> list[str]:
    return [
        f"{_plain(row.lat, 6)},{_plain(row.lon, 6)},{_plain(row.mir_k, 2)},"
        f"{_plain(row.scan_km, 2)},{_plain(row.track_km, 2)},{_clock(row):%Y-%m-%d},"
        f"{_clock(row).hour * 100 + _clock(row).minute},{SP_SATELLITE[str(row.satellite)]},"
        f"{row.instrument},{_confidence(row, short=True)},"
        f"{VERSIONS[str(row.instrument), 'SP']},{_plain(row.tir_k, 2)},{_plain(row.frp_mw, 2)},"
        f"{'D' if row.is_day else 'N'},{ARCHIVE_TYPE[str(row.origin)]}"
        for row in _rows(rows)
    ]


def _himawari(rows: pd.DataFrame) -> list[str]:
    number = rows.groupby("file").cumcount() + 1
    cluster = number.groupby(
        [rows["file"], rows["at_s"], rows["origin"], rows["lon_true"].round(6)]
    ).transform("first")
    cell = rows["scan_km"] * rows["track_km"]
    table = rows.assign(number=number, cluster=cluster, cell_km2=cell)
    return [
        f"{row.number},{_clock(row):%Y,%-m,%-d,%H%M},{row.lat:.2f},{row.lon:.2f},"
        f"{row.cell_km2:.2f},0,{int(row.level)},{int(row.reliability)},"
        f"{f'{row.frp_mw / row.cell_km2:.2f}'.removeprefix('0')},0,{row.cluster}"
        for row in _rows(table)
    ]


def _ground(rows: pd.DataFrame) -> list[str]:
    out = []
    for row in _rows(rows):
        lon, lat = write_in_datum(row.lon, row.lat, row.datum)
        local = _clock(row) + BEIJING
        out.append(
            f"{row.report_id},{local:%Y-%m-%d %H:%M:%S},{row.reporter},{lon:.6f},{lat:.6f},"
            f"{row.datum},{int(row.error_m)},{row.remark}"
        )
    return out


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    return iter(table.itertuples(index=False))


def _clock(row: Any) -> datetime:
    """Time of the line as a plain UTC datetime."""
    return datetime.fromtimestamp(row.at_s, tz=UTC)


WRITERS: dict[str, Callable[[pd.DataFrame], list[str]]] = {
    "firms": _near_real_time,
    "firms_archive": _archive,
    "himawari": _himawari,
    "ground": _ground,
}

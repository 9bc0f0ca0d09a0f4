"""The Excel sheets an office would send: burn permits and teams, dirt included."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from openpyxl import Workbook

from jdzfire.simulate.clock import BEIJING_S
from jdzfire.simulate.noise import stream
from jdzfire.simulate.render_feeds import write_in_datum

PERMIT_HEADERS = (
    "审批编号", "申请单位", "用火类型", "用火地点", "县（市、区）", "乡镇（街道）", "经度", "纬度",
    "坐标系", "计划开始时间", "计划结束时间", "面积（亩）", "安全措施", "负责人", "联系电话",
    "审批人", "审批状态",
)  # fmt: skip
TEAM_HEADERS = (
    "队伍编号", "队伍名称", "队伍类型", "县（市、区）", "乡镇（街道）", "人数", "车辆数", "队长",
    "联系电话", "经度", "纬度", "坐标系", "是否可用",
)  # fmt: skip
TEAM_KIND_ZH = {
    "semi-professional": "半专业",
    "volunteer": "志愿",
    "professional": "专业",
}
SPOILED_ROWS = 5
"""Rows of the permit sheet no reader can use: blank place, latitude 95, end before start, a
number used twice, and the total at the end."""

DATUMS = ("WGS84", "CGCS2000", "GCJ-02", "")
DATUM_SHARES = (0.30, 0.30, 0.25, 0.15)
TYPING_M = 15.0
"""How far a typed place lies from the lot's middle, 1 sigma an axis [m] [K]."""


def render_permits(permits: gpd.GeoDataFrame, year: int, seed: int) -> bytes:
    """The permit sheet: merged title, headers, one row a permit, spoiled rows in between.

    Places are decimals or text degrees in one of four datums, times Excel dates or text of two
    kinds, all Beijing time; areas in mu.
    """
    rng = stream(seed, f"sheet-{year}")
    rows = [_permit_row(rng, row, year) for row in permits.itertuples(index=False)]
    for place, bad in zip(
        rng.integers(5, max(len(rows), 6), SPOILED_ROWS - 1), _spoil(rows, year), strict=True
    ):
        rows.insert(int(place), bad)
    total = ["合计", *[None] * 10, float(permits["area_ha"].sum() * 15), *[None] * 5]
    title = f"景德镇市{year}年度林区野外用火（炼山）审批登记表"
    return _workbook("用火审批", [*rows, total], PERMIT_HEADERS, title=title, year=year)


def render_teams(teams: gpd.GeoDataFrame, year: int, seed: int) -> bytes:
    """The sheet of teams; places in CGCS2000 or, from a phone, GCJ-02."""
    rng = stream(seed, "team-sheet")
    rows = []
    for team in teams.itertuples(index=False):
        point: Any = team.geometry
        datum = ("CGCS2000", "GCJ-02", "WGS84")[int(rng.choice(3, p=(0.5, 0.3, 0.2)))]
        lon, lat = write_in_datum(point.x, point.y, datum)
        kind = TEAM_KIND_ZH[str(team.kind)]
        usable = "是" if team.available else "否"
        rows.append(
            [team.team_id, team.name, kind, team.county, team.township, int(team.headcount),
             int(team.vehicles), team.leader, team.phone, lon, lat, datum, usable]
        )  # fmt: skip
    return _workbook("扑火队伍", rows, TEAM_HEADERS, title=None, year=year)


def _permit_row(rng: np.random.Generator, row: Any, year: int) -> list[Any]:
    move = rng.normal(0, TYPING_M, 2) / 111_195
    datum = DATUMS[int(rng.choice(4, p=DATUM_SHARES))]
    lon, lat = write_in_datum(row.lon + move[0], row.lat + move[1], datum)
    x: Any = lon
    y: Any = lat
    if rng.random() < 0.3:
        x, y = _text_degrees(lon, "E", rng), _text_degrees(lat, "N", rng)
    return [
        row.permit_id, row.applicant, row.purpose, row.place, row.county, row.township, x, y,
        datum or None, _written_time(rng, row.from_s), _written_time(rng, row.to_s),
        round(row.area_ha * 15), row.measures, row.contact, row.phone, row.approver,
        row.status,
    ]  # fmt: skip


def _text_degrees(value: float, side: str, rng: np.random.Generator) -> str:
    """Degrees, minutes, seconds as people write them, with or without the side."""
    seconds = round(value * 3600)
    text = f"{seconds // 3600}°{seconds // 60 % 60:02d}′{seconds % 60:02d}″"
    return text + side if rng.random() < 0.5 else text


def _written_time(rng: np.random.Generator, at_s: float) -> Any:
    local = datetime(1970, 1, 1) + timedelta(seconds=at_s + BEIJING_S)  # noqa: DTZ001
    way = rng.random()
    if way < 0.6:
        return local
    if way < 0.85:
        return f"{local:%Y-%m-%d %H:%M}"
    return f"{local.year}年{local.month}月{local.day}日{local.hour}时"


def _spoil(rows: list[list[Any]], year: int) -> list[list[Any]]:
    """Four rows made unusable; their numbers are their own but for the copy."""
    spoiled = ("经度", "纬度", "计划开始时间", "计划结束时间", "用火地点", "乡镇（街道）")
    lon, lat, start, end, *names = (PERMIT_HEADERS.index(name) for name in spoiled)
    models = [list(rows[i % len(rows)]) for i in (11, 23, 37)]
    for number, model in enumerate(models):
        model[0] = re.sub(r"\d+号$", f"{901 + number}号", str(model[0]))
    for column in (lon, lat, *names):  # no place at all, not even a name
        models[0][column] = None
    models[1][lat] = 95.0
    models[2][start], models[2][end] = f"{year}-03-05 18:00", f"{year}-03-05 08:00"
    return [*models, list(rows[7 % len(rows)])]


def _workbook(
    name: str, rows: list[list[Any]], headers: tuple[str, ...], *, title: str | None, year: int
) -> bytes:
    book = Workbook()
    sheet = book.active
    if sheet is None:
        sheet = book.create_sheet()
    sheet.title = name
    if title is not None:
        sheet.append([title])
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(headers))
    sheet.append(list(headers))
    for row in rows:
        sheet.append([None if value is None or value is pd.NA else value for value in row])
    out = BytesIO()
    book.save(out)
    return _still_zip(out.getvalue(), year)


def _still_zip(raw: bytes, year: int) -> bytes:
    """The same workbook without the clock: entries and properties dated 1 January."""
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(raw)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in sorted(old.namelist()):
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", f"{year}-01-01T00:00:00Z".encode(), data)
            new.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), data)
    return out.getvalue()

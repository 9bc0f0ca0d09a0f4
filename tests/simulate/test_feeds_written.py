from __future__ import annotations

import csv
from io import BytesIO, StringIO

import numpy as np
import pandas as pd
import pytest

from jdzfire.crs import to_wgs84
from jdzfire.simulate import Season
from jdzfire.simulate.render_feeds import DATUM_CODES


def _truth(files: dict[str, bytes]) -> pd.DataFrame:
    return pd.read_csv(BytesIO(files["truth/hotspots.csv"]))


def _place(path: str, line: str) -> tuple[float, float]:
    """Longitude and latitude, in WGS84, of one line of a feed file."""
    cells = next(csv.reader([line]))
    if "/himawari/" in path:
        return float(cells[6]), float(cells[5])
    if "/ground/" in path:
        datum = DATUM_CODES.get(cells[5], "cgcs2000")
        lon, lat = to_wgs84(np.array([float(cells[3])]), np.array([float(cells[4])]), datum)
        return float(lon[0]), float(lat[0])
    return float(cells[1]), float(cells[0])


def test_truth_points_to_the_line_it_tells_of(season: Season, files: dict[str, bytes]) -> None:
    truth = _truth(files)
    assert len(truth) == len(season.lines) > 50
    lines = {
        path: data.decode("utf-8-sig").splitlines()
        for path, data in files.items()
        if path.startswith("feeds/")
    }
    # every line after the headers is reported of, once
    heads = {path: 2 if "/himawari/" in path else 1 for path in lines}
    stated = {(row.file, row.line) for row in truth.itertuples()}
    there = {
        (path, number)
        for path, body in lines.items()
        for number in range(heads[path] + 1, len(body) + 1)
    }
    assert stated == there
    for row, made in zip(truth.itertuples(), season.lines.itertuples(), strict=True):
        lon, lat = _place(row.file, lines[row.file][row.line - 1])
        assert lon == pytest.approx(made.lon, abs=2e-6)
        assert lat == pytest.approx(made.lat, abs=2e-6)


def test_pixels_lie_by_their_heat(season: Season) -> None:
    lines = season.lines[season.lines["feed"] == "firms"]
    away_km = np.hypot(
        (lines["lon"] - lines["lon_true"]) * 97.0, (lines["lat"] - lines["lat_true"]) * 111.2
    )
    # half a pixel's diagonal, blur of 0.3 pixel thrice over, position error of 0.3 km at most
    reach_km = np.hypot(lines["scan_km"], lines["track_km"]) * 1.4 + 0.35
    assert (away_km < reach_km).all()
    assert np.median(away_km) > 0.05


def test_no_pixel_without_a_place(season: Season, files: dict[str, bytes]) -> None:
    assert season.lines[["lon", "lat", "lon_true", "lat_true"]].notna().all(axis=None)
    assert season.lines["lon"].between(116.8, 118.0).all()
    assert season.lines["lat"].between(28.6, 30.1).all()
    for path, data in files.items():
        if path.startswith("feeds/"):
            assert b"nan" not in data.lower()


def test_twins_are_close_but_not_equal(season: Season) -> None:
    firms = season.lines[season.lines["feed"] == "firms"]
    twins = firms[firms["product"] == "NRT"].merge(
        firms[firms["product"] == "SP"], on="pixel_id", suffixes=("", "_sp")
    )
    assert len(twins) * 2 == len(firms) > 0
    metres = np.hypot(
        (twins["lon"] - twins["lon_sp"]) * 97_000, (twins["lat"] - twins["lat_sp"]) * 111_200
    )
    # 0.0001 deg at least on both axes is 14 m, 0.0005 deg 73 m
    assert metres.between(10, 100).all()
    assert (twins["acquired_at"] == twins["acquired_at_sp"]).all()
    delay_h = (twins["available_at"] - twins["acquired_at"]).dt.total_seconds() / 3600
    assert delay_h.between(1, 3.01).all()
    months = (twins["available_at_sp"] - twins["acquired_at"]).dt.days
    assert (months > 50).all()


def test_origins_name_what_shone(season: Season) -> None:
    lines = season.lines
    fire = lines["origin"] == "fire"
    assert (lines["fire_id"].notna() == fire).all()
    assert (lines["source_id"].notna() == (lines["origin"] == "heat_source")).all()
    assert set(lines["origin"]) <= {"fire", "heat_source", "glint", "no_fire"}
    born = season.fires.set_index("fire_id")
    seen = lines[fire & (lines["feed"] != "ground")]
    seen = seen.join(born[["started_at", "ended_at"]], on="fire_id")
    # lines tell the whole minute before the look
    assert (seen["acquired_at"] >= seen["started_at"] - pd.Timedelta(minutes=1)).all()
    assert (seen["acquired_at"] <= seen["ended_at"]).all()


def test_firms_nrt_is_written_as_the_agency_does(files: dict[str, bytes]) -> None:
    paths = [path for path in files if path.startswith("feeds/firms/VIIRS")]
    assert paths
    for path in paths:
        table = pd.read_csv(BytesIO(files[path]), dtype=str)
        assert ",".join(table.columns) == (
            "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,"
            "version,bright_ti5,frp,daynight"
        )
        assert set(table["acq_date"]) == {path[-14:-4]}
        assert table["acq_time"].str.fullmatch(r"([01]\d|2[0-3])[0-5]\d").all()
        assert set(table["version"]) == {"2.0NRT"}
        assert set(table["confidence"]) <= {"low", "nominal", "high"}
        night = table[table["daynight"] == "N"]
        assert (night["confidence"] != "low").all()


def test_the_archive_has_instrument_and_type(files: dict[str, bytes]) -> None:
    paths = [path for path in files if path.startswith("feeds/firms_archive/")]
    assert len(paths) >= 3
    for path in paths:
        table = pd.read_csv(BytesIO(files[path]), dtype=str)
        assert {"instrument", "type", "brightness", "bright_t31"} <= set(table.columns)
        assert set(table["type"]) <= {"0", "2"}


def test_himawari_has_its_two_header_lines_and_grid(files: dict[str, bytes]) -> None:
    paths = [path for path in files if path.startswith("feeds/himawari/")]
    assert paths
    for path in paths:
        body = files[path].decode().splitlines()
        assert body[0].startswith("# 2024 ")
        assert body[1].startswith("# ID,Year,Month,Day,Time(UTC),Lat,Lon,Area(km^2)")
        table = pd.read_csv(StringIO("\n".join(body[2:])), header=None)
        assert (table[0] == np.arange(1, len(table) + 1)).all()
        assert np.allclose(table[5] / 0.02, np.round(table[5] / 0.02), atol=1e-6)
        assert (table[4] % 10 == 2).all()
        # a cell of 0.02 deg at 29.3 N: 2.224 x 1.940 = 4.31 km2
        assert table[7].between(4.25, 4.38).all()
        assert set(table[10]) <= {1, 3, 5}


def test_ground_reports_speak_beijing_time(season: Season, files: dict[str, bytes]) -> None:
    table = pd.read_csv(BytesIO(files["feeds/ground/ground_2024.csv"]), encoding="utf-8-sig")
    made = season.lines[season.lines["feed"] == "ground"].reset_index(drop=True)
    local = made["acquired_at"].dt.tz_convert("Asia/Shanghai").dt.strftime("%Y-%m-%d %H:%M:%S")
    assert table["报告时间"].tolist() == local.tolist()
    assert set(table["来源"]) <= {"12119", "瞭望塔", "视频监控", "无人机", "灾害信息员"}

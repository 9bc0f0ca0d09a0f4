"""One sheet, six kinds of places: each permit lands on its lot, or is known not to."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from pyproj import Transformer

from jdzfire.crs import from_wgs84
from jdzfire.feeds.registers import Gazetteer, Known, read_register
from jdzfire.feeds.registers.inference import DatumQuestion

AT = datetime(2024, 5, 1, tzinfo=UTC)
HEADER = ["审批编号", "用火地点", "乡镇", "经度", "纬度", "坐标", "拐点坐标", "坐标系"]
HEADER += ["计划开始时间", "计划结束时间", "面积(亩)", "审批状态"]
WINDOW = ["2024-03-01 08:00", "2024-03-01 18:00", "90", "已批准"]


def degrees_text(value: float, letter: str) -> str:
    """To a tenth of a second: 3 m."""
    tenths = round(value * 36_000)
    minutes, seconds = divmod(tenths, 600)
    return f"{minutes // 60}°{minutes % 60}′{seconds / 10:04.1f}″{letter}"


@pytest.fixture(scope="module")
def truth(season_folder: Path) -> pd.DataFrame:
    table = pd.read_csv(season_folder / "truth" / "permits.csv")
    return table[table["wkt"].notna()].reset_index(drop=True)


@pytest.fixture(scope="module")
def known(season_folder: Path) -> Known:
    tables = {
        kind: read_register(
            kind,
            (season_folder / "registers" / f"{kind}.gpkg").read_bytes(),
            source_name=kind,
            received_at=AT,
        ).table
        for kind in ("admin", "settlements")
    }
    return Known(Gazetteer(tables["settlements"], tables["admin"]), tables["admin"])


def sheet(rows: list[list[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    return text.getvalue().encode("gb18030")


def written(kind: str, number: int, lon: float, lat: float, wkt: str) -> list[object]:
    """A row that states its place in one of the kinds."""
    east, north = Transformer.from_crs(4326, 4527, always_xy=True).transform(lon, lat)
    gcj_lon, gcj_lat = (float(v) for v in from_wgs84(lon, lat, "gcj02"))
    place: dict[str, list[object]] = {
        "decimal": [round(lon, 6), round(lat, 6), "", "", "WGS84"],
        "text": [degrees_text(lon, "E"), degrees_text(lat, "N"), "", "", ""],
        "metres": [f"{north:.1f}", f"{east:.1f}", "", "", ""],  # north first, zone 39 in front
        "pin": ["", "", f"{gcj_lon:.6f}，{gcj_lat:.6f}", "", "GCJ-02"],
        "turned": ["", "", f"{lat:.5f} {lon:.5f}", "", "CGCS2000"],
        "corners": ["", "", "", wkt, "WGS84"],
    }
    return [f"P-{number}", "后山", "", *place[kind], *WINDOW]


KINDS = ("decimal", "text", "metres", "pin", "turned", "corners")


@pytest.mark.slow
def test_each_permit_lands_within_thirty_metres(truth: pd.DataFrame, known: Known) -> None:
    shapes = gpd.GeoSeries.from_wkt(truth["wkt"], crs="EPSG:4326").representative_point()
    kinds = [KINDS[number % len(KINDS)] for number in range(len(truth))]
    rows = [
        written(kind, number, point.x, point.y, truth["wkt"][number])
        for number, (kind, point) in enumerate(zip(kinds, shapes, strict=True))
    ]
    reading = read_register(
        "permits", sheet(rows), source_name="six.csv", received_at=AT, known=known
    )
    assert reading.rejected.empty
    assert len(reading.table) == len(truth) > 80
    found = reading.table.geometry.representative_point().to_crs(4548)
    distance_m = found.distance(shapes.to_crs(4548))
    by_kind = distance_m.groupby(pd.Series(kinds)).max()
    assert set(by_kind.index) == set(KINDS)
    assert by_kind.max() < 30, by_kind


@pytest.mark.slow
def test_a_name_alone_is_known_to_be_vague(
    truth: pd.DataFrame, known: Known, season_folder: Path
) -> None:
    towns = gpd.read_file(season_folder / "registers" / "settlements.gpkg")
    village = towns[towns["kind"] == "village"].iloc[5]
    name = f"{village['township']}{village['name']}后山"
    rows: list[list[object]] = [
        ["P-1", name, "", "", "", "", "", "", *WINDOW],
        ["P-2", "无名坳", "", "", "", "", "", "", *WINDOW],
        ["P-3", "", village["township"], "", "", "", "", "", *WINDOW],
    ]
    reading = read_register(
        "permits", sheet(rows), source_name="names.csv", received_at=AT, known=known
    )
    table = reading.table.set_index("permit_id")
    assert table.loc["P-1", "geometry"].equals_exact(village.geometry, 1e-9)
    assert table.loc["P-1", "location_error_m"] == 1500.0
    assert table.loc["P-3", "location_error_m"] > 1500.0
    assert set(table["source_datum"]) == {"gazetteer"}
    assert reading.rejected["reason"].tolist() == ["place_unknown"]
    assert len(truth) > 0


@pytest.mark.slow
def test_corners_in_another_datum_are_asked_about(truth: pd.DataFrame) -> None:
    lots = gpd.GeoSeries.from_wkt(truth["wkt"], crs="EPSG:4326")
    reference = gpd.GeoDataFrame({"name": truth["permit_id"]}, geometry=lots)
    rows: list[list[object]] = []
    for number, lot in enumerate(lots[:20]):
        outer = lot.geoms[0] if lot.geom_type == "MultiPolygon" else lot
        pairs = [
            tuple(float(v) for v in from_wgs84(x, y, "gcj02")) for x, y in outer.exterior.coords
        ]
        corners = ";".join(f"{x:.6f},{y:.6f}" for x, y in pairs[:-1])
        rows.append([f"P-{number}", "", "", "", "", "", corners, "", *WINDOW])
    with pytest.raises(DatumQuestion, match="gcj02") as asked:
        read_register(
            "permits", sheet(rows), source_name="shift.csv", received_at=AT,
            known=Known(reference=reference),
        )  # fmt: skip
    assert "--datum gcj02" in asked.value.remedy
    assert "wgs84" in asked.value.found
    assert asked.value.exit_code == 3

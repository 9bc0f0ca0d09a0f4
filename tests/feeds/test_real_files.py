"""Real files beside the repository: every layout seen in the world, counted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from jdzfire.errors import InputError
from jdzfire.feeds.registers import (
    DatumQuestion,
    Declared,
    Known,
    read_grid,
    read_register,
)
from jdzfire.feeds.registry import read_hotspots, recognise_feed
from jdzfire.hotspots.identity import join_versions
from jdzfire.schemas import HOTSPOTS, empty_table
from tests.feeds.samples import SHARED

pytestmark = pytest.mark.real

AT = datetime(2026, 11, 23, tzinfo=UTC)
FIRMS = SHARED / "firms"
ADMIN = SHARED / "admin" / "datav_gcj02"

# file: rows (counted in the list of sources), of which rejected, product, satellites, has class
COUNTS = {
    "sechina_modis_nrt_2022-02-27.csv": (61, 0, "NRT", {"Terra", "Aqua"}),
    "sechina_modis_nrt_2022-03-28_to_2022-04-04.csv": (172, 0, "NRT", {"Terra", "Aqua"}),
    "sechina_modis_nrt_snapshots_2021-12_2024-11.csv": (1732, 0, "NRT", {"Terra", "Aqua"}),
    "sechina_snpp_viirs_nrt_2021-09-28_29.csv": (106, 0, "NRT", {"S-NPP"}),
    "sechina_snpp_viirs_nrt_2023-11-09.csv": (5, 0, "NRT", {"S-NPP"}),
    "sechina_noaa20_viirs_nrt_2023-11-09.csv": (2, 0, "NRT", {"NOAA-20"}),
    "california_modis_nrt_snapshots_2021-12_2022-12.csv": (517, 0, "NRT", {"Terra", "Aqua"}),
    # one pair of rows each lies within 11 m in one minute (bow-tie): one of the two is rejected
    "global/SUOMI_VIIRS_C2_Global_VNP14IMGTDL_NRT_2023313.txt": (43_981, 1, "NRT", {"S-NPP"}),
    "global/J1_VIIRS_C2_Global_VJ114IMGTDL_NRT_2023313.txt": (47_906, 1, "NRT", {"NOAA-20"}),
    "global/MODIS_C6_1_Global_24h_2022-02-27.csv": (19_416, 0, "NRT", {"Terra", "Aqua"}),
    "global/SUOMI_VIIRS_C2_Russia_Asia_24h_2021-09-28.csv": (6_226, 0, "NRT", {"S-NPP"}),
    "other_regions/ukraine_fire_archive_SV-C2_272178.csv": (10_057, 1, "SP", {"S-NPP"}),
    "other_regions/ukraine_fire_nrt_SV-C2_272179.csv": (25_620, 0, "NRT", {"S-NPP"}),
}


def real(path: Path) -> bytes:
    if not path.exists():
        pytest.skip(f"no {path.name} in ../shared/data beside the repository")
    return path.read_bytes()


def hotspots(name: str) -> gpd.GeoDataFrame:
    return read_hotspots("firms", real(FIRMS / name), source_name=name, received_at=AT).table


def counties(*, datum: str | None) -> gpd.GeoDataFrame:
    raw = real(ADMIN / "citys_360200.json")
    options = {"source_name": "citys_360200.json", "received_at": AT}
    return read_register("admin", raw, declared=Declared(datum=datum), **options).table


@pytest.mark.slow
@pytest.mark.parametrize("name", list(COUNTS))
def test_every_firms_layout_loads_row_for_row(name: str) -> None:
    rows, rejected, product, satellites = COUNTS[name]
    raw = real(FIRMS / name)
    assert recognise_feed(raw, source_name="x") == "firms"
    reading = read_hotspots("firms", raw, source_name=name, received_at=AT)
    table = reading.table
    assert len(table) + len(reading.rejected) == rows
    assert reading.rejected["reason"].tolist() == ["duplicate_row"] * rejected
    assert set(table["product"]) == {product}
    assert set(table["satellite"]) == satellites
    is_modis = table["instrument"] == "MODIS"
    assert (table["confidence_pct"].notna() == is_modis).all()
    assert (table["confidence"].notna() == ~is_modis).all()
    for column in ("scan_km", "track_km", "frp_mw", "bright_mir_k", "is_day", "acquired_at"):
        assert table[column].notna().all()


def test_types_of_the_archive_are_counted_as_published() -> None:
    table = hotspots("other_regions/ukraine_fire_archive_SV-C2_272178.csv")
    counts = table["source_type"].value_counts().to_dict()
    # 7,055 vegetation, of which one is the bow-tie twin rejected
    assert counts == {0: 7054, 2: 1952, 3: 1050}


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("sechina_modis_nrt_2022-02-27.csv", datetime(2022, 2, 26, 2, 40, tzinfo=UTC)),  # 0240
        ("global/MODIS_C6_1_Global_24h_2022-02-27.csv", datetime(2022, 2, 26, 0, 20, tzinfo=UTC)),
        (
            "global/SUOMI_VIIRS_C2_Global_VNP14IMGTDL_NRT_2023313.txt",  # 00:34
            datetime(2023, 11, 9, 0, 34, tzinfo=UTC),
        ),
    ],
)
def test_the_first_row_has_its_time(name: str, at: datetime) -> None:
    head = b"\n".join(real(FIRMS / name).splitlines()[:2]) + b"\n"
    table = read_hotspots("firms", head, source_name=name, received_at=AT).table
    assert table["acquired_at"].tolist() == [at]


def test_the_same_detections_published_twice_share_their_ids() -> None:
    week = hotspots("sechina_modis_nrt_2022-03-28_to_2022-04-04.csv")
    snapshots = hotspots("sechina_modis_nrt_snapshots_2021-12_2024-11.csv")
    assert week["hotspot_id"].isin(snapshots["hotspot_id"]).sum() == 154


def test_seventeen_hotspots_of_february_2022_are_all_in_fuliang() -> None:
    areas = counties(datum="gcj02")
    table = hotspots("global/MODIS_C6_1_Global_24h_2022-02-27.csv")
    inside = table.sjoin(areas[["name", "geometry"]], predicate="within")
    assert inside["name"].tolist() == ["浮梁县"] * 17
    days = set(inside["acquired_at"].dt.strftime("%Y-%m-%d"))
    assert days == {"2022-02-26", "2022-02-27"}


def test_the_datum_decides_the_county() -> None:
    table = hotspots("sechina_modis_nrt_snapshots_2021-12_2024-11.csv")
    at = (table.geometry.x - 117.17866).abs() + (table.geometry.y - 29.25164).abs() < 1e-9
    hotspot = table[at & (table["acquired_at"].dt.strftime("%Y-%m-%d") == "2023-04-17")]
    assert len(hotspot) == 1
    for datum, name in (("gcj02", "珠山区"), (None, "昌江区")):
        areas = counties(datum=datum)
        assert areas.loc[areas.contains(hotspot.geometry.iloc[0]), "name"].tolist() == [name]
    assert Point(117.17866, 29.25164).equals_exact(hotspot.geometry.iloc[0], 1e-9)


@pytest.mark.parametrize("path", ["360200_full_2021.json", "county_360202.json",
                                  "county_360222.json", "province_360000.json",
                                  "citys_361100.json"])  # fmt: skip
def test_county_files_load_valid(path: str) -> None:
    raw = real(ADMIN / path)
    reading = read_register(
        "admin", raw, source_name=path, received_at=AT, declared=Declared(datum="gcj02")
    )
    assert reading.rejected.empty
    assert reading.table.is_valid.all()
    is_broken = path in ("county_360202.json", "county_360222.json")
    assert ("1 invalid shapes repaired" in reading.notes) == is_broken
    level = "city" if path.startswith("province") else "county"
    assert set(reading.table["level"]) == {level}


def test_himawari_file() -> None:
    path = SHARED / "himawari_fy" / "H09_20251209_1900_L2WLF010_FLDK.06001_06001.csv"
    raw = real(path)
    assert recognise_feed(raw, source_name="x") == "himawari-wlf"
    reading = read_hotspots("auto", raw, source_name=path.name, received_at=AT)
    assert (len(reading.table), len(reading.rejected)) == (212, 0)
    assert reading.table["confidence"].value_counts().to_dict() == {
        "nominal": 111, "low": 74, "high": 27}  # fmt: skip
    assert reading.table["frp_mw"].min() == pytest.approx(1.9061)  # 0.49 W m-2 x 3.89 km2
    assert set(reading.table["acquired_at"].dt.strftime("%H%M")) == {"1902", "1908"}


def test_beijing_1954_catchment_with_zone_in_front() -> None:
    folder = SHARED / "terrain_landcover_roads" / "youwuzhen"
    grid = read_grid("dem", real(folder / "ywzdem30m.tif"), source_name="dem.tif")
    assert grid.shape == (98, 127)
    assert (round(float(grid.min())), round(float(grid.max()))) == (278, 550)
    assert float(grid["x"].min()) > 39_000_000
    with pytest.raises(InputError, match="another key"):
        read_grid("landcover", real(folder / "ywzlanduse30m_upd.tif"), source_name="l.tif")


def test_detections_published_twice_appear_once() -> None:
    week = hotspots("sechina_modis_nrt_2022-03-28_to_2022-04-04.csv")
    snapshots = hotspots("sechina_modis_nrt_snapshots_2021-12_2024-11.csv")
    none = empty_table(HOTSPOTS)
    for first, second in ((week, snapshots), (snapshots, week)):
        held = join_versions(none, first).new_or_updated
        more = join_versions(held, second)
        assert len(held) + len(more.new_or_updated) == 172 + 1732 - 154
        assert more.lost.empty  # the same detection contains nothing new


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "feed", "rows"),
    [
        ("china_straw_burning_fire_points_2016-08_2017-02.xlsx", "straw-burning", 2583),
        ("AFIMG_j01_d20210414_t1126439_e1128084_b17637_c20210414114130392094_cspp_dev.txt",
         "viirs-afimg", 18),
    ],
)  # fmt: skip
def test_other_hotspot_tables(name: str, feed: str, rows: int) -> None:
    raw = real(SHARED / "himawari_fy" / name)
    reading = read_hotspots("auto", raw, source_name=name, received_at=AT)
    assert reading.kind == feed
    assert (len(reading.table), len(reading.rejected)) == (rows, 0)
    if feed == "straw-burning":
        table = reading.table
        assert table["remark"].str.contains("省: 江西").sum() == 6
        inside = table.geometry.x.between(113, 119) & table.geometry.y.between(24, 31)
        assert inside.sum() == 20


CALIFORNIA = (-124.6, 32.0, -114.0, 42.1)


@pytest.mark.slow
def test_burn_records_of_california() -> None:
    raw = real(SHARED / "burn_permits" / "california_PFIRS_2017-2022.csv")
    said = Declared(
        datum="wgs84",
        assume={"status": "executed"},
        time_zone="America/Los_Angeles",
        region=CALIFORNIA,
    )
    reading = read_register("permits", raw, source_name="pfirs.csv", received_at=AT, declared=said)
    reasons = reading.rejected["reason"].value_counts().to_dict()
    assert len(reading.table) + len(reading.rejected) == 10_248
    placed = {name: count for name, count in reasons.items() if name.startswith("position")}
    assert sum(placed.values()) == 24
    assert set(reasons) <= {*placed, "duplicate_id", "id_again", "area"}
    first = reading.table.iloc[0]
    assert first["valid_to"] - first["valid_from"] in (
        pd.Timedelta(hours=23), pd.Timedelta(hours=24), pd.Timedelta(hours=25)
    )  # fmt: skip


def test_counties_in_another_datum_are_asked_about() -> None:
    reference = counties(datum="gcj02")
    known = Known(reference=reference)
    for name in ("360200_full_2021.json", "county_360222.json", "county_360281.json"):
        raw = real(ADMIN / name)
        with pytest.raises(DatumQuestion, match="gcj02") as asked:
            read_register("admin", raw, source_name=name, received_at=AT, known=known)
        assert "--datum gcj02" in asked.value.remedy
        said = Declared(datum="gcj02")
        reading = read_register(
            "admin", raw, source_name=name, received_at=AT, declared=said, known=known
        )
        assert any("agrees with" in note for note in reading.notes)
        assert not reading.table.empty

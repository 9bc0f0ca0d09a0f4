"""The archive: months in UTC, upserts by id, the same bytes for the same rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jdzfire.errors import ContractError, CrsError, StoreError, UsageError
from jdzfire.schemas import HOTSPOTS, empty_table
from jdzfire.store.archive import append_hotspots, archive_months, compact_archive, load_hotspots
from jdzfire.store.archive_digest import archive_digest
from jdzfire.store.home import Home, open_home
from jdzfire.store.parquet import encode_table

Make = Callable[..., Any]
NOON = datetime(2024, 4, 4, 4, 0, tzinfo=UTC)


def april(home: Home) -> Path:
    """The one file of April 2024."""
    (path,) = (home.archive_dir / "hotspots" / "month=2024-04").glob("*.parquet")
    return path


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_rows_come_back_as_they_went_in(home: Home, make: Make) -> None:
    table = make("hotspots", {"remark": None, "is_day": None, "source_type": 2}, {"frp_mw": None})
    assert append_hotspots(home, table) == 2
    assert_geodataframe_equal(load_hotspots(home), table)


def test_months_are_of_utc(home: Home, make: Make) -> None:
    # 1 May 07:59 in Beijing is 30 April 23:59Z; 08:00 is 1 May 00:00Z
    append_hotspots(
        home,
        make(
            "hotspots",
            {"acquired_at": at("2024-04-30 23:59:59.999999")},
            {"acquired_at": at("2024-05-01 00:00")},
        ),
    )
    assert archive_months(home) == ["2024-04", "2024-05"]
    folder = home.archive_dir / "hotspots"
    held = {
        path.parent.name: list(gpd.read_parquet(path)["hotspot_id"])
        for path in folder.glob("*/*.parquet")
    }
    assert held == {"month=2024-04": ["H000"], "month=2024-05": ["H001"]}


def test_since_is_inside_and_until_is_outside(home: Home, make: Make) -> None:
    append_hotspots(home, make("hotspots", {}))
    tick = timedelta(microseconds=1)
    assert len(load_hotspots(home, since=NOON)) == 1
    assert len(load_hotspots(home, since=NOON + tick)) == 0
    assert len(load_hotspots(home, until=NOON)) == 0
    assert len(load_hotspots(home, until=NOON + tick)) == 1
    beijing = timezone(timedelta(hours=8))
    assert len(load_hotspots(home, since=datetime(2024, 4, 4, 12, 0, tzinfo=beijing))) == 1
    with pytest.raises(UsageError, match="since has no time zone"):
        load_hotspots(home, since=NOON.replace(tzinfo=None))


def test_edges_of_the_bbox_are_inside(home: Home, make: Make) -> None:
    append_hotspots(home, make("hotspots", {"lon": 117.25, "lat": 29.5}))  # exact in binary
    assert len(load_hotspots(home, bbox=(117.25, 29.5, 118.0, 30.0))) == 1
    assert len(load_hotspots(home, bbox=(116.0, 29.0, 117.25, 29.5))) == 1
    assert len(load_hotspots(home, bbox=(117.26, 29.5, 118.0, 30.0))) == 0
    assert len(load_hotspots(home, bbox=(116.0, 29.51, 118.0, 30.0))) == 0
    with pytest.raises(UsageError, match="not a bbox"):
        load_hotspots(home, bbox=(118.0, 29.0, 117.0, 30.0))


def test_nothing_found_has_the_columns_and_crs(home: Home, make: Make) -> None:
    nothing = empty_table(HOTSPOTS)
    assert_geodataframe_equal(load_hotspots(home), nothing)
    assert append_hotspots(home, nothing) == 0
    append_hotspots(home, make("hotspots", {}))
    assert_geodataframe_equal(load_hotspots(home, bbox=(0, 0, 1, 1)), nothing)


def test_appending_again_writes_nothing(home: Home, make: Make) -> None:
    table = make("hotspots", {}, {"lon": 117.3})
    append_hotspots(home, table)
    path = april(home)
    before = path.stat().st_ino, path.read_bytes()
    assert append_hotspots(home, table) == 0
    assert (path.stat().st_ino, path.read_bytes()) == before


def test_same_rows_in_another_order_or_in_parts_give_the_same_bytes(
    tmp_path: Path, make: Make
) -> None:
    table = make("hotspots", *({"lon": 117 + step / 100} for step in range(20)))
    one, parts, turned = (open_home(tmp_path / name) for name in ("one", "parts", "turned"))
    append_hotspots(one, table)
    append_hotspots(turned, table.iloc[::-1])
    for start in range(0, 20, 7):
        append_hotspots(parts, table.iloc[start : start + 7])
    assert april(turned).read_bytes() == april(one).read_bytes()
    assert archive_digest(parts) == archive_digest(one)
    assert compact_archive(parts) == ["2024-04"]
    assert april(parts).read_bytes() == april(one).read_bytes()


@pytest.mark.parametrize(
    ("held", "new", "wins"),
    [
        ("NRT", "SP", True),
        ("NRT", "NRT", True),
        ("URT", "RT", True),
        ("SP", "NRT", False),
        ("NRT", "URT", False),
    ],
)
def test_a_lower_product_does_not_replace_a_higher(
    home: Home, make: Make, held: str, new: str, wins: bool
) -> None:
    append_hotspots(home, make("hotspots", {"product": held, "frp_mw": 1.0}))
    assert append_hotspots(home, make("hotspots", {"product": new, "frp_mw": 2.0})) == int(wins)
    assert load_hotspots(home)["frp_mw"].tolist() == ([2.0] if wins else [1.0])


def test_the_first_receipt_and_the_first_file_stay(home: Home, make: Make) -> None:
    later = NOON + timedelta(hours=9)
    append_hotspots(home, make("hotspots", {}))
    again = {"raw_sha256": "c" * 64, "raw_line": 9, "received_at": later}
    assert append_hotspots(home, make("hotspots", again)) == 0
    assert load_hotspots(home)["raw_sha256"].tolist() == ["a" * 64]
    assert append_hotspots(home, make("hotspots", {**again, "frp_mw": 6.0})) == 1
    row = load_hotspots(home).iloc[0]
    assert (row["frp_mw"], row["raw_sha256"]) == (6.0, "c" * 64)
    assert row["received_at"] == NOON + timedelta(hours=3)


def test_a_moved_point_is_a_change(home: Home, make: Make) -> None:
    append_hotspots(home, make("hotspots", {"lon": 117.2}, {"lon": 117.3}))
    assert append_hotspots(home, make("hotspots", {"lon": 117.2001})) == 1
    assert load_hotspots(home).geometry.x.tolist() == [117.2001, 117.3]


def test_null_to_value_and_back_is_a_change(home: Home, make: Make) -> None:
    append_hotspots(home, make("hotspots", {"source_type": None, "is_day": None}))
    assert append_hotspots(home, make("hotspots", {"source_type": 0, "is_day": None})) == 1
    assert append_hotspots(home, make("hotspots", {"source_type": 0, "is_day": False})) == 1
    assert append_hotspots(home, make("hotspots", {"source_type": None, "is_day": False})) == 1
    row = load_hotspots(home).iloc[0]
    assert pd.isna(row["source_type"])
    assert not row["is_day"]


def test_what_breaks_the_contract_is_not_written(home: Home, make: Make) -> None:
    table = make("hotspots", {}, {})
    with pytest.raises(ContractError):
        append_hotspots(home, table.assign(hotspot_id="same"))
    with pytest.raises(ContractError, match="empty points"):
        append_hotspots(
            home, table.set_geometry(gpd.GeoSeries.from_wkt(["POINT EMPTY"] * 2, crs=4326))
        )
    with pytest.raises(CrsError):
        append_hotspots(home, table.set_crs(4548, allow_override=True))
    assert archive_months(home) == []


def test_plain_readers_read_it(home: Home, make: Make) -> None:
    append_hotspots(
        home,
        make("hotspots", {}, {"acquired_at": at("2024-05-02 05:00"), "remark": "烟", "lon": 117.5}),
    )
    read = gpd.read_parquet(home.archive_dir / "hotspots")
    assert sorted(read["hotspot_id"]) == ["H000", "H001"]
    assert sorted(read["month"].astype(str)) == ["2024-04", "2024-05"]
    assert read.crs == "EPSG:4326"
    near = gpd.read_parquet(home.archive_dir / "hotspots", bbox=(117.4, 29, 118, 30))
    assert near["hotspot_id"].tolist() == ["H001"]
    may = gpd.read_parquet(home.archive_dir / "hotspots", filters=[("month", "==", "2024-05")])
    assert may["hotspot_id"].tolist() == ["H001"]


def test_only_the_months_asked_for_are_opened_and_damage_is_told(home: Home, make: Make) -> None:
    append_hotspots(home, make("hotspots", {}, {"acquired_at": at("2024-05-02 05:00")}))
    path = april(home)
    path.write_bytes(path.read_bytes()[:-100])
    assert len(load_hotspots(home, since=at("2024-05-01 00:00"))) == 1
    with pytest.raises(StoreError, match=r"month=2024-04/part-0001-[0-9a-f]{12}.parquet") as stated:
        load_hotspots(home)
    assert "jdzfire repair" in stated.value.remedy


def test_strange_files_in_the_folder_are_not_read(home: Home, make: Make) -> None:
    append_hotspots(home, make("hotspots", {}))
    folder = home.archive_dir / "hotspots"
    (folder / "month=2024-04" / ".hotspots.parquet.9-0f.part").write_bytes(b"half")
    (folder / "month=2024-04-copy").mkdir()
    (folder / "month=2024-04-copy" / "hotspots.parquet").write_bytes(b"x")
    assert len(load_hotspots(home)) == 1


def rows() -> st.SearchStrategy[list[dict[str, Any]]]:
    """A few rows on a coarse grid of times and places, so that edges are met."""
    row = st.fixed_dictionaries(
        {
            "hotspot_id": st.sampled_from("ABCDEF"),
            "product": st.sampled_from(["NRT", "SP"]),
            "frp_mw": st.sampled_from([None, 1.0, 2.0]),
            "lon": st.sampled_from([117.0, 117.5, 118.0]),
            "lat": st.sampled_from([29.0, 29.5]),
        }
    )
    return st.lists(row, max_size=6, unique_by=lambda item: item["hotspot_id"])


# an id states its minute, so each id of the test has its own: A to C in April, D to F in May
WHEN = {
    name: at("2024-04-30 23:57") + timedelta(minutes=number) for number, name in enumerate("ABCDEF")
}


@pytest.mark.slow
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(rows(), max_size=4),
    window=st.tuples(*[st.none() | st.sampled_from(sorted(WHEN.values()))] * 2),
    bbox=st.none() | st.sampled_from([(117.0, 29.0, 117.5, 29.0), (117.4, 29.1, 118.0, 30.0)]),
)
def test_archive_agrees_with_a_plain_dictionary(
    tmp_path_factory: pytest.TempPathFactory,
    make: Make,
    batches: list[list[dict[str, Any]]],
    window: tuple[datetime | None, datetime | None],
    bbox: tuple[float, float, float, float] | None,
) -> None:
    home = open_home(tmp_path_factory.mktemp("home"))
    held: dict[str, dict[str, Any]] = {}
    rank = {"NRT": 2, "SP": 3}
    for batch in batches:
        changed = 0
        for row in batch:
            before = held.get(row["hotspot_id"])
            if before is None or (
                before != row and rank[row["product"]] >= rank[before["product"]]
            ):
                held[row["hotspot_id"]] = row
                changed += 1
        given_rows = [{**row, "acquired_at": WHEN[row["hotspot_id"]]} for row in batch]
        table = make("hotspots", *given_rows) if given_rows else empty_table(HOTSPOTS)
        assert append_hotspots(home, table) == changed
    since, until = window
    expected = [
        (name, row["product"], row["frp_mw"], row["lon"], row["lat"])
        for name, row in sorted(held.items())
        if (since is None or since <= WHEN[name])
        and (until is None or WHEN[name] < until)
        and (
            bbox is None or (bbox[0] <= row["lon"] <= bbox[2] and bbox[1] <= row["lat"] <= bbox[3])
        )
    ]
    found = load_hotspots(home, since=since, until=until, bbox=bbox)
    frp = [None if pd.isna(value) else value for value in found["frp_mw"]]
    assert expected == list(
        zip(
            found["hotspot_id"],
            found["product"],
            frp,
            found.geometry.x,
            found.geometry.y,
            strict=True,
        )
    )


def test_encoding_is_the_same_for_the_same_rows(make: Make) -> None:
    table = make("hotspots", {}, {"lon": 117.3})
    assert encode_table(table) == encode_table(table.copy())

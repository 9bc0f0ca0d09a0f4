"""Last looks: only passes in hand count, and nobody's look is said to be never."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from jdzfire.hotspots.observations import last_observations
from jdzfire.hotspots.passes import passes_over
from jdzfire.schemas import OBSERVATIONS, empty_table
from tests.tables import register_table, utc

AT = utc("2024-04-06T12:00")


def areas() -> gpd.GeoDataFrame:
    return register_table(
        "admin",
        [
            {"admin_id": "1", "name": "瑶里镇", "geometry": box(117.4, 29.5, 117.6, 29.6)},
            {"admin_id": "2", "name": "鸬鹚乡", "geometry": box(117.0, 28.9, 117.2, 29.0)},
        ],
    ).assign(level="township")


def spans(*rows: tuple[str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(
        [("firms", name, utc(first), utc(last)) for name, first, last in rows],
        columns=["feed", "satellite", "begins_at", "ends_at"],
    )
    return table.astype({"begins_at": "datetime64[us, UTC]", "ends_at": "datetime64[us, UTC]"})


def scans(*times: str) -> pd.DataFrame:
    table = pd.DataFrame(
        [("himawari-wlf", "Himawari-9", utc(at)) for at in times],
        columns=["feed", "satellite", "scanned_at"],
    )
    return table.astype({"scanned_at": "datetime64[us, UTC]"})


def middle_passes(satellite: str = "NOAA-20") -> pd.Series:
    middles = gpd.GeoSeries(areas().geometry.representative_point(), crs=4326)
    found = passes_over(middles, AT - timedelta(days=3), AT + timedelta(days=2),
                        satellites=[satellite])  # fmt: skip
    return found[found["place"] == 0]["at"]


def test_the_last_pass_in_hand_and_the_next_one() -> None:
    observations = last_observations(
        areas(), spans(("NOAA-20", "2024-04-04T00:00", "2024-04-06T12:00")), scans(), at=AT
    )
    mine = observations.set_index("township_id").loc["1"]
    times = middle_passes()
    assert mine["last_looked_at"] == times[times <= AT].max()
    assert mine["next_expected_at"] == times[times > AT].min()
    assert not mine["is_about"]
    assert observations["name"].tolist() == ["瑶里镇", "鸬鹚乡"]


def test_a_pass_whose_data_are_not_in_hand_is_no_look() -> None:
    times = middle_passes()
    last, before = times[times <= AT].iloc[-1], times[times <= AT].iloc[-2]
    micro = timedelta(microseconds=1)
    first = str((AT - timedelta(days=3)).tz_localize(None))
    for end, wanted in ((last, last), (last - micro, before)):
        observations = last_observations(
            areas(), spans(("NOAA-20", first, str(end.tz_localize(None)))), scans(), at=AT
        )
        assert observations["last_looked_at"][0] == wanted
    # a span between two passes: nobody is known to have looked
    gap = spans(("NOAA-20", str((before + micro).tz_localize(None)),
                 str((last - micro).tz_localize(None))))  # fmt: skip
    observations = last_observations(areas(), gap, scans(), at=AT)
    assert observations["last_looked_at"].isna().tolist()[0]
    assert observations["next_expected_at"].notna().all()


def test_scans_look_at_all_and_a_dead_feed_expects_nothing() -> None:
    alive = last_observations(
        areas(), spans(), scans("2024-04-06T11:00", "2024-04-06T12:10"), at=AT
    )
    assert (alive["last_looked_at"] == utc("2024-04-06T11:00")).all()  # the other is to come
    assert (alive["next_expected_at"] == utc("2024-04-06T11:10")).all()
    dead = last_observations(areas(), spans(), scans("2024-04-06T10:59"), at=AT)
    assert dead["next_expected_at"].isna().all()


def test_noaa_21_is_only_about_until_it_is_corrected() -> None:
    span = spans(("NOAA-21", "2024-04-04T00:00", "2024-04-06T12:00"))
    assert last_observations(areas(), span, scans(), at=AT)["is_about"].all()
    assert not last_observations(areas(), span, scans(), at=AT, shifts={"NOAA-21": 5.0})[
        "is_about"
    ].any()


def test_nothing_known_is_an_empty_table() -> None:
    for table in (
        last_observations(areas(), spans(), scans(), at=AT),
        last_observations(
            areas().iloc[:0], spans(("NOAA-20", "2024-04-04", "2024-04-05")), scans(), at=AT
        ),
        last_observations(areas(), spans(("unknown", "2024-04-04", "2024-04-05")), scans(), at=AT),
    ):
        pd.testing.assert_frame_equal(table, empty_table(OBSERVATIONS))


@pytest.mark.slow
def test_looks_are_those_of_the_simulated_truth(season_folder: Path) -> None:
    truth = pd.read_parquet(season_folder / "truth" / "looks.parquet")
    truth = truth[truth["satellite"] == "NOAA-20"]
    at = pd.to_datetime(truth["at"], utc=True)
    towns = gpd.read_file(season_folder / "registers" / "admin.gpkg")
    towns = towns[towns["level"] == "township"].set_index("admin_id")
    points = gpd.GeoSeries(towns.geometry.representative_point(), crs=4326)
    day = utc("2024-04-06")
    found = passes_over(points, day, day + timedelta(days=5), satellites=["NOAA-20"])
    shown = truth[(at >= day) & (at < day + timedelta(days=5))]
    assert len(shown) > 300
    missed = 0
    for town, when in zip(shown["township_id"].astype(str), at[shown.index], strict=True):
        near = (found.loc[found["place"].astype(str) == town, "at"] - when).abs().min()
        missed += not near < timedelta(minutes=1)
    # at the very edge of the swath the middle of a township decides
    assert missed <= 0.01 * len(shown)


def plain_last(satellite: str, table: pd.DataFrame) -> list[pd.Timestamp]:
    """Newest pass in a span of each area, all passes of half a year gone through."""
    middles = gpd.GeoSeries(areas().geometry.representative_point(), crs=4326)
    found = passes_over(middles, AT - timedelta(days=180), AT, satellites=[satellite])
    newest = []
    for place in range(len(middles)):
        times = found.loc[found["place"] == place, "at"]
        held = [
            t
            for t in times
            if any(a <= t <= b for a, b in zip(table["begins_at"], table["ends_at"], strict=True))
        ]
        newest.append(max(held, default=pd.NaT))
    return newest


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 40)), min_size=1, max_size=4))
def test_a_last_look_lies_as_far_back_as_it_must(hours: list[tuple[int, int]]) -> None:
    rows = []
    for ago, long in hours:
        end = AT - timedelta(hours=ago)
        rows.append(("NOAA-20", str(end - timedelta(hours=long))[:19], str(end)[:19]))
    table = spans(*rows)
    observations = last_observations(areas(), table, scans(), at=AT)
    for stated, wanted in zip(
        observations["last_looked_at"], plain_last("NOAA-20", table), strict=True
    ):
        if pd.isna(wanted):
            assert pd.isna(stated)
        else:  # orbits are timed to a fraction of a microsecond
            assert abs(stated - wanted) < timedelta(milliseconds=1)

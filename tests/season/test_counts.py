"""Counts by year, slot and special time; durations with cases that still wait."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from jdzfire.season.agreement import burnt_area_days, danger_agreement, fires_by_grade
from jdzfire.season.calendar import (
    days_of_festivals,
    festival_of_days,
    label_years,
    qingming,
    spring_festival,
)
from jdzfire.season.counts import (
    count_by_festival,
    count_by_slot,
    count_by_year,
    count_hotspots,
    sensors_by_year,
)
from jdzfire.season.detection import detected_fires, detection_rates
from jdzfire.season.durations import step_times
from jdzfire.season.intervals import count_interval, share_interval
from jdzfire.season.outcomes import count_outcomes, outcome_of_permits, repeat_places
from tests.tables import register_table, utc

PLACE = Point(117.2, 29.2)
AT = utc("2024-06-01T00:00")


def times(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts), utc=True))


def cases(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Told cases with defaults: a fire at one place, opened when seen, answered after an hour."""
    made = []
    for number, row in enumerate(rows):
        seen = utc(str(row.get("seen_at", "2024-03-01T06:00")))
        full = {
            "case_id": f"C{number}", "event_id": f"E{number}", "county": "甲县",
            "township": "西乡", "lon": 117.2, "lat": 29.2, "satellites": "S-NPP",
            "verdict": "unresolved", "category": "forest_fire", "is_fire": True,
            "is_handled": True, "affected_forest_ha": 1.0, "opened_at": seen,
            "dispatched_at": pd.NaT, "arrived_at": pd.NaT, "answered_at": pd.NaT,
            "closed_at": pd.NaT,
        }  # fmt: skip
        made.append({**full, **row, "seen_at": seen})
    table = pd.DataFrame(made)
    for name in ("dispatched_at", "arrived_at", "answered_at", "closed_at", "opened_at", "seen_at"):
        table[name] = pd.to_datetime(table[name], utc=True).dt.as_unit("us")
    return table


def test_intervals_are_those_of_the_books() -> None:
    low, high = count_interval([0, 1, 10])  # Garwood's table
    assert low.round(3).tolist() == [0.0, 0.025, 4.795]
    assert high.round(3).tolist() == [3.689, 5.572, 18.39]
    low, high = share_interval([0, 5], [10, 10])  # Newcombe 1998
    assert low.round(4).tolist() == [0.0, 0.2366]
    assert high.round(4).tolist() == [0.2775, 0.7634]
    assert np.isnan(share_interval(0, 0)[0])


def test_the_year_and_the_season_of_a_moment() -> None:
    at = times(
        "2023-12-31T16:00Z", "2023-09-30T15:59Z", "2023-09-30T16:00Z", "2024-04-30T15:59Z", None
    )
    assert label_years(at).fillna("-").tolist() == ["2024", "2023", "2023", "2024", "-"]
    found = label_years(at, "season").fillna("-").tolist()
    assert found == ["2023/24", "-", "2023/24", "2023/24", "-"]
    assert label_years(times("1999-11-01T00:00Z"), "season").tolist() == ["1999/00"]


def test_festivals_follow_sun_and_moon() -> None:
    # almanac: 2020-2026
    assert [qingming(y).day for y in range(2020, 2027)] == [4, 4, 5, 5, 4, 4, 5]
    assert [spring_festival(y).strftime("%m-%d") for y in (2020, 2023, 2024, 2026)] == [
        "01-25", "01-22", "02-10", "02-17",
    ]  # fmt: skip
    days = pd.Series(pd.to_datetime(["2024-02-09", "2024-02-24", "2024-02-25", "2024-04-04", None]))
    assert festival_of_days(days).fillna("-").tolist() == [
        "spring_festival", "spring_festival", "other", "qingming", "-",
    ]  # fmt: skip
    spans = days_of_festivals(date(2024, 1, 1), date(2024, 12, 31))
    assert sum(spans.values()) == 366
    assert spans["spring_festival"] == 16
    found = count_by_festival(times("2024-04-03T17:00Z", "2024-06-01T00:00Z"),
                              first=date(2024, 1, 1), last=date(2024, 12, 31))  # fmt: skip
    assert found.set_index("festival").loc["qingming", "per_day"] == pytest.approx(1 / 11)


def test_years_side_by_side_to_the_same_day() -> None:
    told = cases(
        [
            {"seen_at": "2023-03-01T06:00"},
            {"seen_at": "2023-11-01T06:00", "is_fire": False, "category": "no_fire"},
            {"seen_at": "2024-02-01T06:00", "category": "permit_violation", "is_handled": False},
        ]
    )
    permits = register_table(
        "permits", [{"permit_id": "P", "geometry": PLACE, "valid_from": utc("2024-01-05T00:00")}]
    )

    def counted(**options: object) -> dict[tuple[str, str], int]:
        table = count_by_year(told, permits, **options)  # type: ignore[arg-type]
        return table.set_index(["year", "measure"])["count"].to_dict()

    whole = counted()
    assert whole[("2023", "cases")] == 2
    assert whole[("2023", "fires")] == 1
    assert whole[("2024", "violations")] == 1
    assert whole[("2024", "handled")] == 0
    assert whole[("2024", "permits")] == 1
    assert counted(until=(6, 30))[("2023", "cases")] == 1
    season = counted(kind="season", until=(1, 31))
    assert season[("2023/24", "cases")] == 1  # 1 November, not 1 February
    shuffled = count_by_year(told.sample(frac=1, random_state=1), permits)
    pd.testing.assert_frame_equal(shuffled, count_by_year(told, permits))
    assert count_by_year(told.head(0), permits.head(0)).empty


def test_slots_and_sensors() -> None:
    found = count_by_slot(times("2024-03-01T16:30Z", None), "hour").set_index("slot")["count"]
    assert (found[0], found.sum(), len(found)) == (1, 1, 24)
    assert count_by_slot(times("2024-03-03T16:30Z"), "weekday")["count"].tolist() == [1] + [0] * 6
    rows = [("S-NPP", f"{y}-0{m}-05T06:00Z") for y in (2022, 2023) for m in range(1, 9)]
    rows += [("S-NPP", "2022-12-20T06:00Z"), ("NOAA-20", "2023-12-20T06:00Z")]
    hotspots = pd.DataFrame(rows, columns=["satellite", "acquired_at"]).assign(instrument="VIIRS")
    hotspots["acquired_at"] = pd.to_datetime(hotspots["acquired_at"])
    one = count_hotspots(hotspots, satellite="S-NPP", instrument="VIIRS")
    assert one["count"].tolist() == [9, 8]
    assert one["is_whole"].tolist() == [True, False]  # it ended in August 2023
    came = sensors_by_year(hotspots).set_index(["year", "satellite"])
    assert came.loc[("2023", "NOAA-20"), "is_new"]
    assert not came.loc[("2022", "S-NPP"), "is_new"]
    more = pd.concat([hotspots, hotspots.assign(satellite="NOAA-21")], ignore_index=True)
    pd.testing.assert_frame_equal(
        count_hotspots(more, satellite="S-NPP", instrument="VIIRS"), one
    )  # a sensor added later changes nothing


def test_cases_that_wait_are_not_left_out() -> None:
    done = [
        {
            "seen_at": "2024-03-01T06:00",
            "answered_at": utc("2024-03-01T06:00") + pd.Timedelta(minutes=m),
        }
        for m in (10, 20, 30, 40)
    ]
    waiting = [{"seen_at": "2024-03-01T06:00"}] * 4
    by_phone = [{"seen_at": "2024-03-01T06:00", "answered_at": utc("2024-03-01T06:10"),
                 "closed_at": utc("2024-03-01T06:30")}]  # fmt: skip
    told = cases([*done, *waiting, *by_phone])

    def row(step: str, quantile: float, at: pd.Timestamp = AT) -> pd.Series:
        table = step_times(told, at=at)
        return table[(table["step"] == step) & (table["quantile"] == quantile)].iloc[0]

    answered = row("answer", 0.5)
    assert (answered["count"], answered["waiting"]) == (5, 4)
    assert answered["minutes"] == 40.0  # the median of nine, four of them longer than any
    assert np.isnan(row("answer", 0.9)["minutes"])
    assert row("dispatch", 0.5)["without"] == 1
    early = row("answer", 0.5, utc("2024-03-01T06:15"))
    assert (early["count"], early["waiting"]) == (2, 7)
    assert step_times(told.head(0), at=AT)["count"].sum() == 0
    odd = cases([{"answered_at": utc("2024-02-29T00:00")}])
    assert step_times(odd, at=AT)["odd"].sum() == 2


def test_reported_fires_and_their_hotspots() -> None:
    told = cases([{}, {}, {}])
    rows = [
        ("E0", "PERSON", "06:00"), ("E0", "VIIRS", "05:00"), ("E1", "PERSON", "06:00"),
        ("E1", "AHI", "06:30"), ("E2", "VIIRS", "06:00"),
    ]  # fmt: skip
    hotspots = pd.DataFrame(
        {
            "hotspot_id": [str(n) for n in range(5)],
            "instrument": [row[1] for row in rows],
            "acquired_at": pd.to_datetime([f"2024-03-01T{row[2]}Z" for row in rows]),
        }
    )
    members = pd.DataFrame({"hotspot_id": hotspots["hotspot_id"], "event_id": [r[0] for r in rows]})
    found = detected_fires(told, members, hotspots)
    assert found["delay_min"].tolist() == [-60.0, 30.0]
    rates = detection_rates(found).set_index("seen_by")
    assert rates["count"].to_dict() == {
        "orbiter": 1, "geostationary": 1, "any": 2, "any_before_report": 1,
    }  # fmt: skip
    assert detection_rates(found.head(0))["share"].isna().all()


def test_permits_by_outcome() -> None:
    ids = ["A", "B", "C", "D", "E"]
    permits = register_table(
        "permits",
        [
            {"permit_id": i, "geometry": PLACE, "status": "pending" if i == "E" else "approved"}
            for i in ids
        ],
    )
    told = cases([{"category": "permit_violation"}, {"category": "prescribed_burn"}])
    verdicts = pd.DataFrame(
        {
            "event_id": ["E0", "E1", "E2"],
            "verdict": ["permitted", "permitted", "permit_violation"],
            "explained_by": ["A", "B", "C"],
        }
    )
    found = outcome_of_permits(permits, verdicts, told).set_index("permit_id")["outcome"]
    assert found.to_dict() == {"A": "broken", "B": "kept", "C": "broken", "D": "unseen"}
    table = count_outcomes(found.reset_index()).set_index("outcome")
    assert table["count"].to_dict() == {"kept": 1, "broken": 2, "unseen": 1}


def test_places_that_burn_again() -> None:
    told = cases(
        [
            {"seen_at": "2022-03-01T06:00"},
            {"seen_at": "2022-03-05T06:00"},  # still the same fire
            {"seen_at": "2024-03-01T06:00", "lon": 117.205},  # 490 m on, two years later
            {"seen_at": "2024-03-01T06:00", "lon": 117.3},
        ]
    )
    found = repeat_places(told)
    assert found[["fires", "years"]].to_numpy().tolist() == [[2, "2022, 2024"]]
    assert repeat_places(told, within_m=100.0).empty
    assert repeat_places(told.head(0)).empty


def test_danger_that_tells_burnt_days_from_others() -> None:
    draw = np.random.default_rng(1)
    days = pd.MultiIndex.from_product(
        [["西乡", "东乡"], pd.date_range("2024-01-01", periods=200)], names=["township", "day"]
    ).to_frame(index=False)
    days["fwi"] = draw.normal(10, 4, len(days))
    days["tmax_c"] = draw.normal(10, 4, len(days))
    days["rh_pct"] = 100 - days["fwi"]
    days["danger_grade"] = pd.array(np.clip(days["fwi"] // 4, 1, 5), dtype="Int64")
    burnt = days[days["fwi"] > 14][["township", "day"]].assign(fires=1)
    found = danger_agreement(days, burnt).set_index("index")
    assert found.loc["fwi", "auc"] == 1.0
    assert found.loc["rh_pct", "auc"] == 1.0  # turned round
    assert found.loc["tmax_c", "low"] < 0.5 < found.loc["tmax_c", "high"]
    ties = days.assign(fwi=1.0)
    assert danger_agreement(ties, burnt).set_index("index").loc["fwi", "auc"] == 0.5
    none = danger_agreement(days, burnt.head(0))
    assert none["auc"].isna().all()
    grades = fires_by_grade(days, burnt)
    assert grades["count"].sum() == len(burnt)
    assert grades["area_days"].sum() == len(days)
    told = cases([{"seen_at": "2024-03-01T17:00"}, {"is_fire": False}, {"township": None}])
    assert burnt_area_days(told)[["day", "fires"]].to_numpy().tolist() == [
        [pd.Timestamp("2024-03-02"), 1]
    ]

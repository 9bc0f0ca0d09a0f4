"""Whether a permitted burn may be lit on a day, and whether it was."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from shapely.geometry import Point

from jdzfire.triage.burn_days import BURN_DAY_COLUMNS, burn_days, burned_against_advice
from jdzfire.triage.rules import TriageRules
from jdzfire.weather.contract import FORECAST_FROM
from jdzfire.weather.danger import danger_of_days
from tests.tables import register_table, utc
from tests.weather.grids import weather_days

# ten dry days before, then one hot and dry, one windy
DRY = {
    "tasmax": [18] * 11 + [30, 18, 18],
    "hursmin": [80] * 11 + [20, 80, 80],
    "sfcWindmax": [2] * 12 + [12, 2],
}


def permits(**changes):
    row = {
        "geometry": Point(117.2, 29.2), "county": "浮梁县", "status": "approved",
        "valid_from": utc("2024-03-01T00:00"), "valid_to": utc("2024-03-04T10:00"),
    }  # fmt: skip
    return register_table("permits", [{"permit_id": "P1", **row, **changes}])


def special(*rows):
    return register_table("special-days", list(rows))


def judged(table, days=(), danger=None, **rules):
    weather = weather_days("2024-02-20", count=14, **DRY)
    made = danger_of_days(weather, with_fwi=False) if danger is None else danger
    return burn_days(
        table, made, special(*days), first=date(2024, 2, 1), last=date(2024, 3, 31),
        rules=TriageRules(**rules),
    )  # fmt: skip


def test_limits_stop_a_burn_and_say_why() -> None:
    found = judged(permits())
    assert list(found) == list(BURN_DAY_COLUMNS)
    assert found["day"].dt.day.tolist() == [1, 2, 3, 4]
    assert found["advice"].tolist() == ["go", "stop", "stop", "go"]
    assert found["reasons_en"][1] == "danger grade 4 (limit 3)"
    assert found["reasons_zh"][2].endswith("风力6级（限3级）")
    assert judged(permits(), permit_max_danger_grade=4)["advice"][1] == "go"


def test_bans_are_of_their_county_and_key_periods_ask() -> None:
    span = {"begins_at": utc("2024-02-29T16:00"), "ends_at": utc("2024-03-01T16:00")}
    ban = {"day_id": "B", "name": "<b>禁火令", "kind": "fire_ban", **span}
    other = {"day_id": "O", "name": "他县", "kind": "fire_ban", "county": "乐平市", **span}
    feast = {"day_id": "F", "name": "清明", "kind": "festival", **span}
    assert judged(permits(), [ban])["reasons_zh"][0] == "禁火：<b>禁火令"
    assert judged(permits(), [other])["advice"][0] == "go"
    asked = judged(permits(), [feast])
    assert (asked["advice"][0], asked["advice"][3]) == ("ask", "go")
    assert judged(permits(), [feast, ban])["advice"][0] == "stop"


def test_no_weather_is_no_leave() -> None:
    late = permits(valid_to=utc("2024-03-05T10:00"))
    assert judged(late)["advice"].tolist()[-1] == "unknown"
    none = burn_days(
        late, None, special(), first=date(2024, 3, 1), last=date(2024, 3, 2), rules=TriageRules()
    )
    assert none["advice"].tolist() == ["unknown", "unknown"]
    assert none["is_forecast"].isna().all()
    assert judged(register_table("permits", [])).empty
    assert judged(permits(status="pending")).empty


def test_a_withdrawn_permit_ends_and_a_night_belongs_to_its_day() -> None:
    ended = permits(status="withdrawn", revoked_at=utc("2024-03-02T04:00"))
    assert judged(ended)["day"].dt.day.tolist() == [1, 2]
    midnight = permits(valid_to=utc("2024-03-02T16:00"))
    assert judged(midnight)["day"].dt.day.tolist() == [1, 2]


def test_forecast_days_are_told() -> None:
    weather = weather_days(count=4)
    begun = np.array(["NaT", "NaT", "2024-03-02T12", "2024-03-02T12"], dtype="datetime64[ns]")
    made = danger_of_days(weather.assign({FORECAST_FROM: ("time", begun)}), with_fwi=False)
    assert judged(permits(), danger=made)["is_forecast"].tolist() == [False, False, True, True]


def test_burns_that_were_lit_on_forbidden_days() -> None:
    days = judged(permits())
    seen = pd.DataFrame(
        {
            "permit_id": ["P1", "P1", "P1", "P9"],
            "acquired_at": pd.to_datetime(
                ["2024-03-01T15:00Z", "2024-03-01T17:00Z", "2024-03-02T05:00Z", "2024-03-02T05:00Z"]
            ),
        }
    )
    found = burned_against_advice(days, seen)
    assert found[["permit_id", "hotspot_count"]].to_numpy().tolist() == [["P1", 2]]
    assert found["day"].dt.day.tolist() == [2]
    assert burned_against_advice(days, seen.head(0)).empty

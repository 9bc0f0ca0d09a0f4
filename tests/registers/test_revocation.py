"""A permit withdrawn later was valid before: both sides of the moment, and what was never valid."""

from __future__ import annotations

import pandas as pd
import pytest
from shapely.geometry import Point

from jdzfire.registers.permits import explaining_permits, note_revocations
from jdzfire.triage.candidates import match_permits
from jdzfire.triage.context import prepare_context
from jdzfire.triage.rules import Rules
from tests.tables import hotspot_table, register_table, utc

AT = utc("2024-04-04T06:00")  # the import that states of the withdrawal
PLACE = Point(117.2, 29.4)


def permit(status: str, **more):
    return register_table("permits", [{"geometry": PLACE, "status": status, **more}])


@pytest.mark.parametrize(
    ("before", "after", "revoked"),
    [
        ("approved", "withdrawn", True),
        ("executed", "void", True),
        ("approved", "rejected", True),
        ("pending", "withdrawn", False),
        ("pending", "rejected", False),
        ("approved", "executed", False),
    ],
)
def test_only_what_had_stood_is_revoked(before: str, after: str, revoked: bool) -> None:
    noted = note_revocations(permit(before), permit(after), at=AT)
    assert noted["revoked_at"].tolist() == ([AT] if revoked else [pd.NaT]) or (
        not revoked and noted["revoked_at"].isna().all()
    )
    assert noted["revoked_at"].notna().tolist() == [revoked]
    new = note_revocations(permit("approved").iloc[:0], permit(after), at=AT)
    assert new["revoked_at"].isna().all()


def test_the_first_time_stays_and_a_new_approval_clears_it() -> None:
    first = note_revocations(permit("approved"), permit("withdrawn"), at=AT)
    again = note_revocations(first, permit("withdrawn"), at=AT.replace(day=9))
    assert again["revoked_at"].tolist() == [AT]
    assert note_revocations(again, permit("approved"), at=AT)["revoked_at"].isna().all()
    stated = permit("withdrawn", revoked_at=utc("2024-04-04T03:00"))
    kept = note_revocations(permit("approved"), stated, at=AT)
    assert kept["revoked_at"].tolist() == [utc("2024-04-04T03:00")]


def pairs(at: str, **more) -> pd.DataFrame:
    permits = permit("withdrawn", revoked_at=AT, area_ha=10.0, **more)
    ground = prepare_context(
        permits=permits,
        **{
            name: register_table(kind, [])
            for name, kind in (
                ("zones", "zones"),
                ("heat_sources", "heat-sources"),
                ("admin", "admin"),
                ("settlements", "settlements"),
            )
        },
    )
    hotspots = hotspot_table([{"lon": 117.2, "lat": 29.4, "at": at}])
    return match_permits(hotspots, ground, Rules())


@pytest.mark.parametrize(
    ("at", "is_time"),
    [("2024-04-04T05:59", True), ("2024-04-04T06:00", False), ("2024-04-04T06:01", False)],
)
def test_both_sides_of_the_withdrawal(at: str, is_time: bool) -> None:
    (found,) = pairs(at)["is_time"]
    assert found == is_time


def test_no_grace_after_a_withdrawal() -> None:
    # the window ended at 10:00; smouldering is forgiven until 22:00, but not on this permit
    late = pairs("2024-04-04T11:00")
    assert late["late_h"].tolist() == [5.0]  # since 06:00
    assert not late["is_time"].any()


@pytest.mark.parametrize(("error_m", "is_place"), [(500.0, True), (500.1, False)])
def test_a_place_known_too_vaguely_explains_nothing(error_m: float, is_place: bool) -> None:
    found = pairs("2024-04-04T05:00", location_error_m=error_m)
    assert found["is_place"].tolist() == [is_place]  # and it is named all the same


def test_a_permit_revoked_before_it_began_never_stood() -> None:
    early = permit("withdrawn", revoked_at=utc("2024-04-03T00:00"))
    assert explaining_permits(early).empty
    assert len(explaining_permits(permit("withdrawn", revoked_at=AT))) == 1
    assert explaining_permits(permit("withdrawn")).empty

"""Looks: when each township was last observed, and when it will be next."""

from __future__ import annotations

from jdzfire.schemas.contract import TIME_DTYPE, column, contract

__all__ = ["LOOKS"]

LOOKS = contract(
    "looks",
    {
        "township_id": column("str", "administrative area that was looked at"),
        "name": column("str", "its name"),
        "feed": column("str", "feed that would have told"),
        "satellite": column("str", "who looked"),
        "last_looked_at": column(
            TIME_DTYPE,
            "last pass or scan whose data are in hand; null: none known",
            unit="UTC",
            nullable=True,
        ),
        "next_expected_at": column(
            TIME_DTYPE, "next pass or scan; null: not predicted", unit="UTC", nullable=True
        ),
        "is_about": column("boolean", "the orbit is not known to the minute"),
        "cloud_pct": column(
            "float64",
            "cloud over it at the last look, where a feed tells",
            unit="%",
            nullable=True,
        ),
    },
    description="one row a township, feed and satellite",
)

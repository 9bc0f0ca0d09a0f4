"""Feeds: how they do, and how asking their services went."""

from __future__ import annotations

from jdzfire.schemas.contract import TIME_DTYPE, column, contract, one_of

FEED_STATES = ("ok", "late", "failed", "refused", "no_data", "never")
"""How a feed does: ``late`` has sent no data for too long, ``failed`` gives no usable answer,
``refused`` turns the key or login down, ``no_data`` reports that it holds nothing for the time
yet."""

FETCH_STATES = (
    "ok",  # a table came, with rows or with a header only
    "no_data",  # the service holds nothing for that time yet: not the same as no fires
    "refused",  # key or login refused
    "limited",  # too many requests; asked again after retry_at
    "unavailable",  # no answer, a server's fault, too slow, cut off
    "damaged",  # an answer that is not what was asked: page, wrong length, too large, elsewhere
)
"""States of an answer."""

FETCHES = contract(
    "fetches",
    {
        "source": column("str", "what was asked, for example VIIRS_NOAA20_NRT"),
        "slot": column("str", "UTC day the answer speaks for, YYYY-MM-DD"),
        "feed": column("str", "feed that reads the answer"),
        "state": column("str", "state of the last answer", checks=one_of(FETCH_STATES)),
        "asked_at": column(TIME_DTYPE, "when it was last asked", unit="UTC"),
        "ok_at": column(TIME_DTYPE, "when it last answered well", unit="UTC", nullable=True),
        "covered_to": column(
            TIME_DTYPE, "up to when good answers cover the day", unit="UTC", nullable=True
        ),
        "retry_at": column(TIME_DTYPE, "not to be asked before this", unit="UTC", nullable=True),
        "detail": column("str", "what was found, without key or password"),
    },
    description="one row a source and UTC day: how asking for it went",
)

COVERAGE = contract(
    "coverage",
    {
        "sha256": column("str", "raw file that covers it"),
        "kind": column("str", "feed that read it"),
        "satellite": column("str", "satellite whose data are in hand"),
        "instrument": column("str", "sensor; AHI covers all areas by its last scan"),
        "begins_at": column(TIME_DTYPE, "first observation of the watched area", unit="UTC"),
        "ends_at": column(TIME_DTYPE, "last observation of it, or last scan", unit="UTC"),
    },
    description="spans of time for which the data of a satellite are in hand, by file",
)


OBSERVATIONS = contract(
    "observations",
    {
        "township_id": column("str", "administrative area observed"),
        "name": column("str", "its name"),
        "feed": column("str", "feed of the satellite"),
        "satellite": column("str", "satellite that observed"),
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
            "cloud over it at the last observation, where known",
            unit="%",
            nullable=True,
        ),
    },
    description="one row a township, feed and satellite",
)

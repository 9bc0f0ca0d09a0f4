"""Feeds: how they do, and how asking their services went."""

from __future__ import annotations

import pandera.pandas as pa

from jdzfire.schemas.contract import TIME_DTYPE, column, contract

__all__ = ["FEED_STATES", "FETCHES", "FETCH_STATES"]

FEED_STATES = ("ok", "late", "failed", "refused", "no_data", "never")
"""How a feed does: ``late`` has told nothing for too long, ``failed`` gives no usable answer,
``refused`` turns the key or login down, ``no_data`` says it holds nothing for the time yet."""

FETCH_STATES = (
    "ok",  # a table came, with rows or with a header only
    "no_data",  # the service says it holds nothing for that time yet: not the same as no fires
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
        "state": column("str", "state of the last answer", checks=pa.Check.isin(FETCH_STATES)),
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

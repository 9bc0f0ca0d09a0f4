"""How many fires that people reported had a hotspot, and how late."""

from __future__ import annotations

import pandas as pd

from jdzfire.schemas.hotspots import ORBITERS
from jdzfire.season.intervals import with_shares

GROUND = "PERSON"
"""Instrument of reports by people."""


def detected_fires(
    told: pd.DataFrame, members: pd.DataFrame, hotspots: pd.DataFrame
) -> pd.DataFrame:
    """Fires that people reported, with the first satellite hotspot of each.

    Parameters
    ----------
    told : DataFrame [TOLD_COLUMNS]
        Cases answered with a fire count.
    members : DataFrame [MEMBERS]
    hotspots : DataFrame [HOTSPOTS]

    Returns
    -------
    DataFrame, one row a reported fire
        ``case_id``, ``reported_at``, ``orbiter_at``, ``geostationary_at`` (null without one)
        [UTC]; ``delay_min``: from the report to the first satellite hotspot, below 0 when the
        satellite was first; null without one.
    """
    fires = told[told["is_fire"]]
    rows = hotspots[["hotspot_id", "instrument", "acquired_at"]].merge(members, on="hotspot_id")
    rows = rows[rows["event_id"].isin(fires["event_id"])]
    is_ground = rows["instrument"].eq(GROUND)
    is_orbiter = rows["instrument"].isin(ORBITERS)
    groups = {
        "reported_at": is_ground,
        "orbiter_at": is_orbiter,
        "geostationary_at": ~is_ground & ~is_orbiter,
    }
    first = {
        name: rows[mine].groupby("event_id")["acquired_at"].min() for name, mine in groups.items()
    }
    table = fires[["case_id", "event_id"]].copy()
    for name, times in first.items():
        table[name] = times.reindex(table["event_id"]).set_axis(table.index)
    table = table.dropna(subset="reported_at")
    seen = table[["orbiter_at", "geostationary_at"]].min(axis=1)
    delay = (seen - table["reported_at"]).dt.total_seconds() / 60
    return table.assign(delay_min=delay).drop(columns="event_id").reset_index(drop=True)


def detection_rates(found: pd.DataFrame) -> pd.DataFrame:
    """Share of the reported fires that satellites saw.

    Parameters
    ----------
    found : DataFrame
        From :func:`detected_fires`.

    Returns
    -------
    DataFrame
        ``seen_by``: ``orbiter``, ``geostationary``, ``any``, ``any_before_report``; ``count``,
        ``total``, ``share``, ``low``, ``high``; ``delay_median_min`` of those counted.
    """
    ways = detection_ways(found)
    rows = [
        (name, int(mine.sum()), len(found), found.loc[mine, "delay_min"].median())
        for name, mine in ways.items()
    ]
    return with_shares(
        pd.DataFrame(rows, columns=["seen_by", "count", "total", "delay_median_min"])
    )


def detection_ways(found: pd.DataFrame) -> dict[str, pd.Series]:
    """Which of the reported fires were seen by orbiters, by others, by any, and first."""
    orbiter, fixed = found["orbiter_at"].notna(), found["geostationary_at"].notna()
    return {
        "orbiter": orbiter,
        "geostationary": fixed,
        "any": orbiter | fixed,
        "any_before_report": found["delay_min"] <= 0,
    }

"""What became of the registered burns, and which places burn again."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from jdzfire.crs import metric_crs
from jdzfire.season.calendar import beijing_days
from jdzfire.season.intervals import with_shares
from jdzfire.season.statistics import valid_permits

OUTCOMES = {
    "kept": ("按许可", "seen, as permitted"),
    "broken": ("违规", "seen, against the rules"),
    "unseen": ("未见热点", "not seen by any satellite"),
}
"""Outcome of a registered burn: what duty staff read, and English."""


def outcome_of_permits(
    permits: pd.DataFrame, verdicts: pd.DataFrame, told: pd.DataFrame
) -> pd.DataFrame:
    """Outcome of every permit that was approved or carried out.

    Parameters
    ----------
    permits : DataFrame [PERMITS], verdicts : DataFrame [VERDICTS], told : DataFrame [TOLD_COLUMNS]

    Returns
    -------
    DataFrame
        ``permit_id``, ``county``, ``township``, ``valid_from``, ``area_ha``, ``outcome`` (a key of
        :data:`OUTCOMES`): ``broken`` when a verdict or the field's answer says so of
        an event on its lot.
    """
    mine = verdicts.dropna(subset="explained_by")
    answered = told.set_index("event_id")["category"].reindex(mine["event_id"]).to_numpy()
    is_broken = mine["verdict"].eq("permit_violation").to_numpy() | (answered == "permit_violation")
    seen = set(mine.loc[mine["verdict"].isin(["permitted", "permit_violation"]), "explained_by"])
    broken = set(mine.loc[is_broken, "explained_by"])
    kept = valid_permits(permits)
    ids = kept["permit_id"]
    outcome = np.where(ids.isin(broken), "broken", np.where(ids.isin(seen), "kept", "unseen"))
    names = ["permit_id", "county", "township", "valid_from", "area_ha"]
    return pd.DataFrame(kept[names]).assign(outcome=outcome).reset_index(drop=True)


def count_outcomes(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Permits by outcome: ``outcome``, ``count``, ``total``, ``share``, ``low``, ``high``."""
    counts = outcomes["outcome"].value_counts()
    rows = [(name, int(counts.get(name, 0)), len(outcomes)) for name in OUTCOMES]
    return with_shares(pd.DataFrame(rows, columns=["outcome", "count", "total"]))


def repeat_places(
    told: pd.DataFrame, *, within_m: float = 1000.0, apart_days: int = 30
) -> pd.DataFrame:
    """Places where fires came again.

    Parameters
    ----------
    told : DataFrame [TOLD_COLUMNS]
        Cases answered with a fire count.
    within_m : float [m]
        Fires this near to one another, over any number of steps, are at one place [K].
    apart_days : int [day]
        Fires nearer in time are one fire that was not put out, not another [K].

    Returns
    -------
    DataFrame, most fires first
        ``county``, ``township``, ``lon``, ``lat`` (mean) [degree], ``fires`` (apart in time),
        ``years`` by comma, ``first_at``, ``last_at`` [UTC], ``case_ids`` by comma.
    """
    fires = told[told["is_fire"] & told["lon"].notna()].sort_values("seen_at", ignore_index=True)
    names = [
        "county",
        "township",
        "lon",
        "lat",
        "fires",
        "years",
        "first_at",
        "last_at",
        "case_ids",
    ]
    if fires.empty:
        return pd.DataFrame(columns=names)
    points = gpd.GeoSeries(gpd.points_from_xy(fires["lon"], fires["lat"]), crs=4326)
    west, south, east, north = (float(v) for v in points.total_bounds)
    metric = points.to_crs(metric_crs((west, south, east, north)))
    places = np.column_stack([metric.x, metric.y])
    pairs = cKDTree(places).query_pairs(within_m, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(fires),) * 2)
    _, place = connected_components(links, directed=False)
    rows = []
    for _, mine in fires.groupby(place):
        gaps = mine["seen_at"].diff() > pd.Timedelta(days=apart_days)
        count = int(gaps.sum()) + 1
        if count < 2:
            continue
        years = beijing_days(mine["seen_at"]).dt.year
        first = mine.iloc[0]
        rows.append(
            (
                first["county"], first["township"], mine["lon"].mean(), mine["lat"].mean(), count,
                ", ".join(str(year) for year in sorted(years.unique())),
                mine["seen_at"].min(), mine["seen_at"].max(), ", ".join(mine["case_id"]),
            )
        )  # fmt: skip
    table = pd.DataFrame(rows, columns=names)
    return table.sort_values(["fires", "last_at"], ascending=False, ignore_index=True)

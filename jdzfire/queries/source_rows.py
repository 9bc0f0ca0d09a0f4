"""The rows on heat sources, kept between cycles: their past costs what is new, not the archive."""

from __future__ import annotations

import io

import geopandas as gpd
import pandas as pd

from jdzfire.store.derived import load_derived, save_derived
from jdzfire.workspace import Workspace

_NAME = "source-rows"


def load_source_rows(workspace: Workspace, *, made_of: str) -> gpd.GeoDataFrame | None:
    """Rows of the last cycle as ``triage.cycle.rows_on_sources`` gives them, if they are of this.

    Parameters
    ----------
    workspace : Workspace
    made_of : str
        Digest of the archive, the registers and the program they were found with.
    """
    kept = load_derived(workspace.home, _NAME, made_of=made_of)
    return None if kept is None else gpd.read_parquet(io.BytesIO(kept))


def save_source_rows(workspace: Workspace, rows: gpd.GeoDataFrame, *, made_of: str) -> None:
    """Keep the rows for the next cycle."""
    target = io.BytesIO()
    rows.to_parquet(target)
    save_derived(workspace.home, _NAME, target.getvalue(), made_of=made_of)


def renew_source_rows(before: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows of before with those found now in the place of the same hotspots."""
    kept = before[~before["hotspot_id"].isin(rows["hotspot_id"])]
    if kept.empty or rows.empty:
        return rows if kept.empty else kept.reset_index(drop=True)
    both = gpd.GeoDataFrame(pd.concat([kept, rows], ignore_index=True), crs=before.crs)
    return both.sort_values(["acquired_at", "hotspot_id"]).reset_index(drop=True)

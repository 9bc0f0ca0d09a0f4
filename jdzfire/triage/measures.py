"""What was measured on the hotspots of events: one table, and the pairs with registers."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.hotspots import footprints
from jdzfire.schemas import COARSE_INSTRUMENTS, ORBITERS
from jdzfire.terrain import cover_shares
from jdzfire.triage.candidates import match_permits, match_sources
from jdzfire.triage.ground import Ground
from jdzfire.triage.rules import Rules
from jdzfire.weather import sample_weather
from jdzfire.zones import forest_shares

__all__ = ["Measures", "measure"]


@dataclass(frozen=True)
class Measures:
    """All that was measured; rows are numbered, events too."""

    count: int
    """Events."""
    hotspots: pd.DataFrame
    """Judged hotspots by event, acquired_at, hotspot_id: ``event`` (position), hotspot_id,
    satellite, instrument, acquired_at, frp_mw, scan_km, track_km, ``is_orbiter``, ``is_person``,
    ``is_coarse``, ``is_field_time``, forest_share, zone_id, tree_share, danger_grade, wind_force,
    ``passing`` (number of its pass: event, satellite and time), ``round`` of its event."""
    permits: pd.DataFrame
    """Pairs with permits, of orbiters only."""
    sources: pd.DataFrame
    """Pairs with heat sources, of orbiters only."""

    def by_event(self, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many of the rows marked each event has."""
        return np.bincount(self.hotspots["event"].to_numpy()[rows], minlength=self.count)


def measure(
    judged: gpd.GeoDataFrame,
    event: NDArray[np.int64],
    count: int,
    ground: Ground,
    rules: Rules,
    *,
    rounds: NDArray[np.int64] | None = None,
) -> Measures:
    """Measure hotspots against the ground.

    Parameters
    ----------
    judged : GeoDataFrame [HOTSPOTS], n rows
    event : array of int, n
        Position of the event each belongs to.
    count : int
        Events.
    ground : Ground
    rules : Rules
    rounds : array of int, count, optional
        Round each event is judged in; hotspots of two rounds are never of one pass.

    Returns
    -------
    Measures
    """
    order = np.lexsort(
        (
            judged["hotspot_id"].to_numpy(dtype=str),
            judged["acquired_at"].astype("int64").to_numpy(),
            event,
        )
    )
    rows = judged.iloc[order].reset_index(drop=True)
    wide = footprints(rows, rules=rules.footprint)
    forest = forest_shares(wide, ground.zones)
    weather = _weather(rows, ground)
    is_orbiter = rows["instrument"].isin(ORBITERS).to_numpy()
    hour = rows["acquired_at"].dt.tz_convert("Asia/Shanghai").dt.hour
    first, last = rules.triage.field_day_h
    event = event[order]
    keys = pd.MultiIndex.from_arrays([event, rows["satellite"], rows["acquired_at"]])
    names = ["hotspot_id", "satellite", "instrument", "acquired_at", "frp_mw"]
    table = pd.DataFrame(rows[[*names, "scan_km", "track_km"]]).assign(
        event=event,
        is_orbiter=is_orbiter,
        is_person=(rows["instrument"] == "PERSON").to_numpy(),
        is_coarse=rows["instrument"].isin(COARSE_INSTRUMENTS).to_numpy(),
        is_field_time=((hour >= first) & (hour < last)).to_numpy(),
        forest_share=forest["forest_share"].to_numpy(),
        zone_id=forest["zone_id"].to_numpy(),
        tree_share=_tree_share(wide, ground),
        danger_grade=weather["danger_grade"].to_numpy(),
        wind_force=weather["wind_force"].to_numpy(),
        passing=pd.factorize(keys)[0],
        round=0 if rounds is None else rounds[event],
    )
    seen = np.flatnonzero(is_orbiter)
    permits = match_permits(rows.iloc[seen], ground, rules)
    turns = table["round"].to_numpy()[seen]
    sources = match_sources(rows.iloc[seen], wide.iloc[seen], ground, rules, rounds=turns)
    return Measures(count, table, _on(permits, seen, event), _on(sources, seen, event))


def _on(pairs: pd.DataFrame, seen: NDArray[np.int64], event: NDArray[np.int64]) -> pd.DataFrame:
    """Pairs with the rows numbered among all hotspots, and the event."""
    row = seen[pairs["row"].to_numpy()]
    return pairs.assign(row=row, event=event[row])


def _weather(rows: gpd.GeoDataFrame, ground: Ground) -> pd.DataFrame:
    columns = ["danger_grade", "wind_force"]
    if ground.danger is None or rows.empty:
        return pd.DataFrame(np.nan, index=rows.index, columns=columns)
    sampled = sample_weather(ground.danger, rows.geometry.x, rows.geometry.y, rows["acquired_at"])
    return sampled[columns].astype("float64")


def _tree_share(wide: gpd.GeoSeries, ground: Ground) -> NDArray[np.float64]:
    if ground.landcover is None:
        return np.full(len(wide), np.nan)
    return cover_shares(wide, ground.landcover).to_numpy()

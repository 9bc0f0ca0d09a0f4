"""Which registers each hotspot could belong to, by time first and then by place.

Tables of pairs, one row a hotspot and a candidate; the verdict reads them event by event.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import STRtree

from jdzfire.heat_sources import look_up_past
from jdzfire.triage.ground import Ground
from jdzfire.triage.rules import TriageRules

__all__ = ["match_permits", "match_sources"]


def match_permits(
    hotspots: gpd.GeoDataFrame, footprints: gpd.GeoSeries, ground: Ground, rules: TriageRules
) -> pd.DataFrame:
    """Pairs of hotspots and permits that are near in time and in space.

    Permits far in time are left out before any distance is measured, so that an old permit
    nearby never hides a valid one further off.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows
    footprints : GeoSeries [EPSG:4326 polygons], n rows, same index
    ground : Ground
    rules : TriageRules

    Returns
    -------
    DataFrame, one row a pair, sorted by hotspot_id, is_place, is_time (both best first),
    distance_m, permit_id
        hotspot_id, permit_id, ``distance_m`` between footprint and lot [m], ``tolerance_m`` the
        permit's own position error [m], ``early_h`` hours before the start and ``late_h`` hours
        after the end plus grace (without grace after the permit was revoked), both 0 inside [h],
        ``is_place`` whether they touch and the place of the permit is known well enough,
        ``is_time``.
    """
    permits = ground.permits
    left, right, gap_m = _near(footprints, permits, rules.permit_near_m)
    at = hotspots["acquired_at"].iloc[left].reset_index(drop=True)
    begin = permits["valid_from"].iloc[right].reset_index(drop=True)
    end = permits["valid_to"].iloc[right].reset_index(drop=True)
    revoked = permits["revoked_at"].iloc[right].reset_index(drop=True)
    early_h = ((begin - at).dt.total_seconds() / 3600.0).clip(lower=0.0)
    late_h = ((at - end).dt.total_seconds() / 3600.0 - rules.smoulder_h).clip(lower=0.0)
    # nobody smoulders on a permit that was taken back
    gone_h = ((at - revoked).dt.total_seconds() / 3600.0).fillna(0.0).clip(lower=0.0)
    late_h = np.maximum(late_h, gone_h)
    is_valid = (at < revoked) | revoked.isna()
    tolerance_m = permits["location_error_m"].to_numpy(dtype=float)[right]
    pairs = pd.DataFrame(
        {
            "hotspot_id": hotspots["hotspot_id"].to_numpy()[left],
            "permit_id": permits["permit_id"].to_numpy()[right],
            "distance_m": gap_m,
            "tolerance_m": tolerance_m,
            "early_h": early_h,
            "late_h": late_h,
            "is_place": (gap_m <= tolerance_m) & (tolerance_m <= rules.permit_max_error_m),
            "is_time": (early_h == 0.0) & (late_h == 0.0) & is_valid,
        }
    )
    pairs = pairs[(early_h <= rules.permit_near_h) & (late_h <= rules.permit_near_h)]
    ordered: pd.DataFrame = pairs.sort_values(
        ["hotspot_id", "is_place", "is_time", "distance_m", "permit_id"],
        ascending=[True, False, False, True, True],
    ).reset_index(drop=True)
    return ordered


def match_sources(
    hotspots: gpd.GeoDataFrame, footprints: gpd.GeoSeries, ground: Ground, rules: TriageRules
) -> pd.DataFrame:
    """Pairs of hotspots and valid heat sources within their footprints.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows
    footprints : GeoSeries [EPSG:4326 polygons], n rows, same index
    ground : Ground
        Its ``past`` is what each source is held against.
    rules : TriageRules

    Returns
    -------
    DataFrame, one row a pair, sorted by hotspot_id, is_usual (best first), source_id
        hotspot_id, source_id, acquired_at, ``frp_mw``, ``frp_limit_mw`` [MW], ``dates`` the
        source was seen on before, ``is_usual`` whether the hotspot is not brighter than the
        limit (false when it has no FRP).
    """
    sources = ground.sources
    left, right, _ = _near(footprints, sources, 0.0)
    at = hotspots["acquired_at"].iloc[left].reset_index(drop=True)
    begin = sources["valid_from"].iloc[right].reset_index(drop=True)
    end = sources["valid_to"].iloc[right].reset_index(drop=True)
    is_valid = ((begin <= at) & (end.isna() | (at <= end))).to_numpy()
    left, right, at = left[is_valid], right[is_valid], at[is_valid].reset_index(drop=True)
    source_id = sources["source_id"].to_numpy()[right]
    until = (at - pd.Timedelta(hours=rules.heat_past_gap_h)).astype("int64").to_numpy()
    dates, p95_mw = look_up_past(ground.past, source_id, until)
    usual_mw = np.fmax(rules.heat_frp_floor_mw, rules.heat_frp_factor * p95_mw)
    limit_mw = np.where(dates >= rules.heat_min_dates, usual_mw, rules.heat_new_frp_mw)
    frp_mw = hotspots["frp_mw"].to_numpy(dtype=float)[left]
    pairs = pd.DataFrame(
        {
            "hotspot_id": hotspots["hotspot_id"].to_numpy()[left],
            "source_id": source_id,
            "acquired_at": at,
            "frp_mw": frp_mw,
            "frp_limit_mw": limit_mw,
            "dates": dates,
            "is_usual": frp_mw <= limit_mw,
        }
    )
    return pairs.sort_values(
        ["hotspot_id", "is_usual", "source_id"], ascending=[True, False, True]
    ).reset_index(drop=True)


def _near(
    footprints: gpd.GeoSeries, register: gpd.GeoDataFrame, distance_m: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of footprints and register rows within a distance, and that distance."""
    if footprints.empty or register.empty:
        none = np.empty(0, dtype=np.int64)
        return none, none, np.empty(0)
    shapes = np.asarray(footprints.to_crs(register.crs))
    places = np.asarray(register.geometry)
    left, right = STRtree(places).query(shapes, predicate="dwithin", distance=distance_m)
    return left, right, np.asarray(shapely.distance(shapes[left], places[right]))

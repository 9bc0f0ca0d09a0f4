"""Which registers each hotspot could belong to, by time first and then by place.

Tables of pairs, one row a hotspot and a candidate, with what was measured and a score; the rungs
read them.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from jdzfire.heat_sources import look_up_past
from jdzfire.hotspots import footprints, location_errors_m
from jdzfire.triage.ground import Ground
from jdzfire.triage.rules import Rules

__all__ = ["match_permits", "match_sources"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def match_permits(hotspots: gpd.GeoDataFrame, ground: Ground, rules: Rules) -> pd.DataFrame:
    """Pairs of hotspots and permits that are near in time and in space, with a score.

    Permits far in time are left out before any distance is measured, so that an old permit
    nearby never hides a valid one further off.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows, in any order
    ground : Ground
    rules : Rules

    Returns
    -------
    DataFrame, one row a pair, sorted by hotspot, is_place, is_time (both best first), score,
    distance_m, permit_id
        ``row`` position of the hotspot; ``lot`` position of the permit in ``ground.permits``;
        ``permit_id``; ``distance_m`` between the bare pixel and the lot [m]; ``centre_m`` from the
        pixel's centre to the lot, 0 inside [m]; ``error_m`` of sensor and permit together [m];
        ``early_h`` hours before the start, ``late_h`` hours after the end plus grace (without
        grace after the permit was revoked), both 0 inside [h]; ``after_h`` hours after the end
        [h]; ``place``, ``known``, ``time`` parts of the score [0-1] and their product ``score``;
        ``is_place`` whether pixel and lot may be one within the error and the permit's place is
        known well enough; ``is_time``; ``is_explained`` both, with the score to the bar.

    Notes
    -----
    The error is the root of the squares of the sensor's and the permit's. Parts: *place* is 1
    with the centre on the lot and 1/2 where the centre lies as far off as half the pixel's
    diagonal and the error; *known* falls with the square of the permit's own error to 1/2 at the
    largest that counts; *time* falls to 1/2 through the grace.
    """
    permits, bars = ground.permits, rules.triage
    bare = footprints(hotspots, rules=rules.footprint, widened=False)
    left, right = _near_in_time(hotspots, bare, ground, rules)
    shapes = _metric(bare, permits)
    lots = np.asarray(permits.geometry)
    distance_m = shapely.distance(shapes[left], lots[right])
    near = distance_m <= bars.permit_near_m
    left, right, distance_m = left[near], right[near], distance_m[near]
    centres = _metric(hotspots.geometry, permits)
    centre_m = shapely.distance(centres[left], lots[right])
    half_m = shapely.length(shapes)[left] / (4.0 * np.sqrt(2.0))  # half the diagonal of a square
    known_m = permits["location_error_m"].to_numpy(dtype=float)[right]
    error_m = np.hypot(location_errors_m(hotspots, rules=rules.footprint)[left], known_m)
    early_h, late_h, after_h, is_valid = _hours(hotspots, ground, left, right, bars.smoulder_h)
    off = centre_m / np.maximum(half_m + error_m, 1.0)
    place = np.clip(1.0 - 0.5 * off * off, 0.0, 1.0)
    known = 1.0 / (1.0 + (known_m / bars.permit_max_error_m) ** 2)
    time = np.where(
        early_h > 0, 0.0, 1.0 - 0.5 * np.clip(after_h / max(bars.smoulder_h, 1e-9), 0.0, 1.0)
    )
    time = np.where((late_h > 0) | ~is_valid, 0.0, time)
    score = place * known * time
    is_place = (distance_m <= error_m) & (known_m <= bars.permit_max_error_m)
    is_time = (early_h == 0.0) & (late_h == 0.0) & is_valid
    pairs = pd.DataFrame(
        {
            "row": left,
            "lot": right,
            "permit_id": permits["permit_id"].to_numpy()[right],
            "distance_m": distance_m,
            "centre_m": centre_m,
            "error_m": error_m,
            "early_h": early_h,
            "late_h": late_h,
            "after_h": after_h,
            "place": place,
            "known": known,
            "time": time,
            "score": score,
            "is_place": is_place,
            "is_time": is_time,
            "is_explained": is_place & is_time & (score >= bars.permit_min_score),
        }
    )
    ordered: pd.DataFrame = pairs.sort_values(
        ["row", "is_explained", "is_place", "is_time", "score", "distance_m", "permit_id"],
        ascending=[True, False, False, False, False, True, True],
    ).reset_index(drop=True)
    return ordered


def _near_in_time(
    hotspots: gpd.GeoDataFrame, bare: gpd.GeoSeries, ground: Ground, rules: Rules
) -> tuple[Ints, Ints]:
    """Positions of hotspots and of permits that were near in time, and whose boxes are near."""
    permits, bars = ground.permits, rules.triage
    if hotspots.empty or permits.empty:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    lots = np.asarray(permits.geometry)
    boxes = shapely.bounds(_metric(bare, permits))
    reach = np.array([-1.0, -1.0, 1.0, 1.0]) * bars.permit_near_m
    near = shapely.box(*(boxes + reach).T)
    left, right = STRtree(lots).query(near, predicate="intersects")
    at, begin, end = (
        values.astype("int64").to_numpy() / 3.6e9
        for values in (hotspots["acquired_at"], permits["valid_from"], permits["valid_to"])
    )
    early, after = begin[right] - at[left], at[left] - end[right]
    kept = (early <= bars.permit_near_h) & (after <= bars.permit_near_h + bars.smoulder_h)
    return left[kept], right[kept]


def _hours(
    hotspots: gpd.GeoDataFrame, ground: Ground, left: Ints, right: Ints, smoulder_h: float
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Hours early, late after grace, after the end; and whether the approval stood."""
    permits = ground.permits
    at = hotspots["acquired_at"].iloc[left].reset_index(drop=True)
    begin = permits["valid_from"].iloc[right].reset_index(drop=True)
    end = permits["valid_to"].iloc[right].reset_index(drop=True)
    revoked = permits["revoked_at"].iloc[right].reset_index(drop=True)
    early_h = ((begin - at).dt.total_seconds() / 3600.0).clip(lower=0.0).to_numpy()
    after_h = ((at - end).dt.total_seconds() / 3600.0).to_numpy()
    # nobody smoulders on a permit that was taken back
    gone_h = ((at - revoked).dt.total_seconds() / 3600.0).fillna(0.0).clip(lower=0.0).to_numpy()
    late_h = np.maximum(np.clip(after_h - smoulder_h, 0.0, None), gone_h)
    is_valid = ((at < revoked) | revoked.isna()).to_numpy(dtype=bool)
    return early_h, late_h, np.clip(after_h, 0.0, None), is_valid


def match_sources(
    hotspots: gpd.GeoDataFrame,
    wide: gpd.GeoSeries,
    ground: Ground,
    rules: Rules,
    *,
    rounds: Ints | None = None,
) -> pd.DataFrame:
    """Pairs of hotspots and valid heat sources within their footprints.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows, in any order
    wide : GeoSeries [EPSG:4326 polygons], n rows
        Their footprints, error included.
    ground : Ground
        Its ``past`` is what each source is held against.
    rules : Rules
    rounds : array of int, n, optional
        Pixels of a pass are counted within one round.

    Returns
    -------
    DataFrame, one row a pair, sorted by hotspot, is_usual (best first), source_id
        ``row`` position of the hotspot; ``source`` position in ``ground.sources``; source_id,
        acquired_at, satellite; ``frp_mw``, ``frp_limit_mw`` [MW]; ``pixels`` of its pass on the
        source and ``pixels_limit``; ``moved_m`` from the usual place and ``moved_limit_m`` [m],
        NaN without a past; ``dates`` the source was seen on before; ``east_m``, ``north_m`` [m];
        ``is_usual`` whether it is no brighter (false when it has no FRP), no wider and no
        farther off than the past.
    """
    sources, bars = ground.sources, rules.triage
    left, right = _touching(wide, sources)
    at = hotspots["acquired_at"].iloc[left].reset_index(drop=True)
    begin = sources["valid_from"].iloc[right].reset_index(drop=True)
    end = sources["valid_to"].iloc[right].reset_index(drop=True)
    is_valid = ((begin <= at) & (end.isna() | (at <= end))).to_numpy()
    left, right, at = left[is_valid], right[is_valid], at[is_valid].reset_index(drop=True)
    source_id = sources["source_id"].to_numpy()[right]
    until = (at - pd.Timedelta(hours=bars.heat_past_gap_h)).astype("int64").to_numpy()
    past = look_up_past(ground.past, source_id, until)
    is_known = past.dates >= bars.heat_min_dates
    usual_mw = np.fmax(bars.heat_frp_floor_mw, bars.heat_frp_factor * past.frp_p95_mw)
    frp_limit_mw = np.where(is_known, usual_mw, bars.heat_new_frp_mw)
    frp_mw = hotspots["frp_mw"].to_numpy(dtype=float)[left]
    satellite = hotspots["satellite"].to_numpy()[left]
    turn = np.zeros(len(left), dtype=np.int64) if rounds is None else rounds[left]
    pixels = _pixels_of_pass(right, at, satellite, turn)
    usual_pixels = np.fmax(bars.heat_floor_pixels, bars.heat_pixels_factor * past.pixels_p95)
    pixels_limit = np.where(is_known, usual_pixels, float(bars.heat_floor_pixels))
    centres = _metric(hotspots.geometry, sources)[left]
    east_m, north_m = shapely.get_x(centres), shapely.get_y(centres)
    moved_m = np.hypot(east_m - past.east_m, north_m - past.north_m)
    scatter_m = np.fmax(bars.heat_moved_floor_m, bars.heat_moved_factor * past.spread_m)
    moved_m = np.where(is_known, moved_m, np.nan)
    pairs = pd.DataFrame(
        {
            "row": left,
            "source": right,
            "source_id": source_id,
            "acquired_at": at,
            "satellite": satellite,
            "frp_mw": frp_mw,
            "frp_limit_mw": frp_limit_mw,
            "pixels": pixels,
            "pixels_limit": pixels_limit,
            "moved_m": moved_m,
            "moved_limit_m": scatter_m,
            "dates": past.dates,
            "east_m": east_m,
            "north_m": north_m,
            "is_usual": (frp_mw <= frp_limit_mw)
            & (pixels <= pixels_limit)
            & ~(moved_m > scatter_m),
        }
    )
    return pairs.sort_values(
        ["row", "is_usual", "source_id"], ascending=[True, False, True]
    ).reset_index(drop=True)


def _pixels_of_pass(right: Ints, at: pd.Series, satellite: NDArray[np.object_], turn: Ints) -> Ints:
    """How many hotspots of the same pass and round fell on the same source."""
    if not len(right):
        return np.empty(0, dtype=np.int64)
    keys = pd.DataFrame(
        {"source": right, "at": at.to_numpy(), "satellite": satellite, "round": turn}
    )
    count: pd.Series = keys.groupby(list(keys))["source"].transform("size")
    return count.to_numpy(dtype=np.int64)


def _touching(areas: gpd.GeoSeries, register: gpd.GeoDataFrame) -> tuple[Ints, Ints]:
    if areas.empty or register.empty:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    places = np.asarray(register.geometry)
    left, right = STRtree(places).query(_metric(areas, register), predicate="intersects")
    return left, right


def _metric(shapes: gpd.GeoSeries, register: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Shapes in the CRS of a register made ready, as an array."""
    return np.asarray(shapes.to_crs(register.crs))

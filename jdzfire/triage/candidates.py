"""Which registers each hotspot could belong to, by time first and then by place.

Tables of pairs, one row a hotspot and a candidate, with what was measured and a score; the checks
read them.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.arrays import Floats, Ints
from jdzfire.hotspots.bowtie import note_bowtie
from jdzfire.hotspots.footprints import footprints, location_errors_m, pixel_reaches_m
from jdzfire.hotspots.passing import number_passes
from jdzfire.registers.heat_history import count_dates_near, past_states
from jdzfire.triage.context import TriageContext
from jdzfire.triage.rules import Rules

_US_PER_H = 3_600_000_000
_POINTS_AT_ONCE = 20_000
"""Points whose copies in metres are held at once."""
_SLACK = 1.1
"""Room for the scale of the metric CRS when candidates are searched [C]."""


def match_permits(hotspots: gpd.GeoDataFrame, context: TriageContext, rules: Rules) -> pd.DataFrame:
    """Pairs of hotspots and permits that are near in time and in space, with a score.

    Permits far in time are left out before any distance is measured, so that an old permit
    nearby never hides a valid one further off.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows, in any order
    context : TriageContext
    rules : Rules

    Returns
    -------
    DataFrame, one row a pair, sorted by hotspot, is_explained, is_place, is_time, score (best
    first), distance_m, permit_id
        ``row`` position of the hotspot; ``lot`` position of the permit in ``context.permits``;
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
    permits, bars = context.permits, rules.triage
    left, right = _near_in_time(hotspots, context, rules)
    near, place = np.unique(left, return_inverse=True)
    some = hotspots.iloc[near]
    shapes = _metric(footprints(some, rules=rules.footprint, widened=False), permits)
    lots = np.asarray(permits.geometry)
    distance_m = shapely.distance(shapes[place], lots[right])
    is_near = distance_m <= bars.permit_near_m
    left, right, place = left[is_near], right[is_near], place[is_near]
    distance_m = distance_m[is_near]
    centre_m = shapely.distance(_metric(some.geometry, permits)[place], lots[right])
    half_m = shapely.length(shapes)[place] / (4.0 * np.sqrt(2.0))  # half the diagonal of a square
    known_m = permits["location_error_m"].to_numpy(dtype=float)[right]
    error_m = np.hypot(location_errors_m(some, rules=rules.footprint)[place], known_m)
    early_h, late_h, after_h, is_valid = _hours(hotspots, context, left, right, bars.smoulder_h)
    off = centre_m / np.maximum(half_m + error_m, 1.0)
    place_part = np.clip(1.0 - 0.5 * off * off, 0.0, 1.0)
    known = 1.0 / (1.0 + (known_m / bars.permit_max_error_m) ** 2)
    time = np.where(
        early_h > 0, 0.0, 1.0 - 0.5 * np.clip(after_h / max(bars.smoulder_h, 1e-9), 0.0, 1.0)
    )
    time = np.where((late_h > 0) | ~is_valid, 0.0, time)
    score = place_part * known * time
    is_place = (distance_m <= error_m) & (known_m <= bars.permit_max_error_m)
    is_time = (early_h == 0.0) & (late_h == 0.0) & is_valid
    is_explained = is_place & is_time & (score >= bars.permit_min_score)
    rank = np.argsort(np.argsort(permits["permit_id"].to_numpy(dtype=object)))[right]
    order = np.lexsort((rank, distance_m, -score, ~is_time, ~is_place, ~is_explained, left))
    pairs = {
        "row": left,
        "lot": right,
        "permit_id": permits["permit_id"].to_numpy(dtype=object)[right],
        "distance_m": distance_m,
        "centre_m": centre_m,
        "error_m": error_m,
        "early_h": early_h,
        "late_h": late_h,
        "after_h": after_h,
        "place": place_part,
        "known": known,
        "time": time,
        "score": score,
        "is_place": is_place,
        "is_time": is_time,
        "is_explained": is_explained,
    }
    return pd.DataFrame({name: values[order] for name, values in pairs.items()})


def _near_in_time(
    hotspots: gpd.GeoDataFrame, context: TriageContext, rules: Rules
) -> tuple[Ints, Ints]:
    """Positions of hotspots and of permits that were near in time, and that may be in place."""
    permits, bars = context.permits, rules.triage
    reach_m = pixel_reaches_m(hotspots, rules=rules.footprint)
    left, right = _within(
        hotspots.geometry, permits, bars.permit_near_m + _SLACK * reach_m.max(initial=0.0)
    )
    at, begin, end = (
        values.astype("int64").to_numpy() / _US_PER_H
        for values in (hotspots["acquired_at"], permits["valid_from"], permits["valid_to"])
    )
    early, after = begin[right] - at[left], at[left] - end[right]
    kept = (early <= bars.permit_near_h) & (after <= bars.permit_near_h + bars.smoulder_h)
    return left[kept], right[kept]


def _within(points: gpd.GeoSeries, register: gpd.GeoDataFrame, reach_m: float) -> tuple[Ints, Ints]:
    """Positions of points and of places of a register that are this near."""
    pairs = [np.empty((2, 0), dtype=np.int64)]
    for begin in range(0, len(points) if len(register) else 0, _POINTS_AT_ONCE):
        some = _metric(points.iloc[begin : begin + _POINTS_AT_ONCE], register)
        found = register.sindex.query(some, predicate="dwithin", distance=reach_m)
        pairs.append(found + np.array([[begin], [0]]))
    left, right = np.concatenate(pairs, axis=1)
    return left, right


def _hours(
    hotspots: gpd.GeoDataFrame, context: TriageContext, left: Ints, right: Ints, smoulder_h: float
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Hours early, late after grace, after the end; and whether the approval was valid."""
    permits = context.permits
    at = hotspots["acquired_at"].astype("int64").to_numpy()[left]
    begin, end, revoked = (
        permits[name].astype("int64").to_numpy()[right]
        for name in ("valid_from", "valid_to", "revoked_at")
    )
    is_valid = permits["revoked_at"].isna().to_numpy()[right]
    early_h = np.maximum(begin - at, 0) / _US_PER_H
    after_h = (at - end) / _US_PER_H
    # nobody smoulders on a permit that was taken back
    gone_h = np.where(is_valid, 0, np.maximum(at - np.where(is_valid, at, revoked), 0)) / _US_PER_H
    late_h = np.maximum(np.maximum(after_h - smoulder_h, 0.0), gone_h)
    return early_h, late_h, np.maximum(after_h, 0.0), is_valid | (at < revoked)


def match_sources(hotspots: gpd.GeoDataFrame, context: TriageContext, rules: Rules) -> pd.DataFrame:
    """Pairs of hotspots and valid heat sources within their footprints.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows, in any order
    context : TriageContext
        Its ``past`` is what each source is held against.
    rules : Rules

    Returns
    -------
    DataFrame
        As from :func:`describe_sources`.
    """
    left, right = touch_sources(hotspots, context, rules)
    return describe_sources(hotspots, left, right, number_passes(hotspots), context, rules)


def touch_sources(
    hotspots: gpd.GeoDataFrame, context: TriageContext, rules: Rules
) -> tuple[Ints, Ints]:
    """Positions of hotspots and of valid heat sources within their footprints, error included."""
    sources = context.sources
    reach_m = pixel_reaches_m(hotspots, rules=rules.footprint)
    reach_m = reach_m + np.sqrt(2.0) * location_errors_m(hotspots, rules=rules.footprint)
    left, right = _within(hotspots.geometry, sources, _SLACK * reach_m.max(initial=0.0))
    at = hotspots["acquired_at"].astype("int64").to_numpy()[left]
    begin, end = (
        sources[name].astype("int64").to_numpy()[right] for name in ("valid_from", "valid_to")
    )
    is_old, is_open = (
        sources[name].isna().to_numpy()[right] for name in ("valid_from", "valid_to")
    )
    is_valid = (is_old | (begin <= at)) & (is_open | (at <= end))
    left, right = left[is_valid], right[is_valid]
    near, place = np.unique(left, return_inverse=True)
    shapes = _metric(footprints(hotspots.iloc[near], rules=rules.footprint), sources)
    touches = shapely.intersects(shapes[place], np.asarray(sources.geometry)[right])
    return left[touches], right[touches]


def describe_sources(
    hotspots: gpd.GeoDataFrame,
    left: Ints,
    right: Ints,
    passing: Ints,
    context: TriageContext,
    rules: Rules,
    *,
    now: Ints | None = None,
) -> pd.DataFrame:
    """What was measured of hotspots on heat sources, and whether it is usual there.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows
    left, right : array of int, m
        Positions of the hotspot and of the source of each pair.
    passing : array of int, n
        Pass of each hotspot.
    context : TriageContext
    rules : Rules
    now : array of int [microseconds since 1970, UTC], n, optional
        Time each hotspot is judged at; without it nothing is known of what came after it.

    Returns
    -------
    DataFrame, one row a pair, sorted by hotspot, is_usual (best first), source_id
        ``row`` position of the hotspot; ``source`` position in ``context.sources``; source_id,
        acquired_at, satellite, ``passing``; ``frp_mw``, ``frp_limit_mw`` [MW]; ``pixels`` of its
        pass on the source and ``pixels_limit``; ``moved_m`` from the usual place and
        ``moved_limit_m`` [m], NaN without a past or where it was hot before; ``dates`` the source
        was seen on before; ``east_m``, ``north_m`` [m]; ``is_usual`` whether it is no brighter
        (false when it has no FRP), no wider and no farther off than the past; ``is_outlived``
        whether it is not, and the source has gone on as usual since. Bow-tie twins count once in
        ``pixels``.
    """
    sources, bars = context.sources, rules.triage
    source_id = sources["source_id"].to_numpy(dtype=object)[right]
    at = hotspots["acquired_at"].iloc[left].reset_index(drop=True)
    gap_us = int(bars.heat_past_gap_h * _US_PER_H)
    past = past_states(context.past, source_id, at.astype("int64").to_numpy() - gap_us)
    is_known = past.dates >= bars.heat_min_dates
    usual_mw = np.fmax(bars.heat_frp_floor_mw, bars.heat_frp_factor * past.frp_p95_mw)
    usual_mw = np.fmax(usual_mw, bars.heat_like_factor * past.frp_outlived_mw)
    frp_limit_mw = np.where(is_known, usual_mw, bars.heat_new_frp_mw)
    frp_mw = hotspots["frp_mw"].to_numpy(dtype=float)[left]
    together = number_together(right, passing[left])
    is_twin = note_bowtie(hotspots.iloc[left], passing=together, rules=rules.footprint).to_numpy()
    pixels = np.bincount(together, weights=~is_twin).astype(np.int64)[together]
    usual_pixels = np.fmax(bars.heat_floor_pixels, bars.heat_pixels_factor * past.pixels_p95)
    usual_pixels = np.fmax(usual_pixels, past.pixels_p95 + bars.heat_more_pixels)
    usual_pixels = np.fmax(usual_pixels, past.pixels_outlived)
    pixels_limit = np.where(is_known, usual_pixels, float(bars.heat_floor_pixels))
    near, place = np.unique(left, return_inverse=True)
    centres = _metric(hotspots.geometry.iloc[near], sources)[place]
    east_m, north_m = shapely.get_x(centres), shapely.get_y(centres)
    moved_m = np.hypot(east_m - past.east_m, north_m - past.north_m)
    scatter_m = np.fmax(bars.heat_moved_floor_m, bars.heat_moved_factor * past.spread_m)
    moved_m = np.where(is_known, moved_m, np.nan)
    for i in np.flatnonzero(moved_m > scatter_m):
        until = int(at.iloc[i].value // 1000) - gap_us
        spot = (float(east_m[i]), float(north_m[i]))
        known = context.past[str(source_id[i])]
        near_m = bars.heat_moved_floor_m
        if count_dates_near(known, until, spot, near_m) >= bars.heat_place_dates:
            moved_m[i] = np.nan
    is_usual = (frp_mw <= frp_limit_mw) & (pixels <= pixels_limit) & ~(moved_m > scatter_m)
    is_outlived = np.zeros(len(left), dtype=bool)
    if now is not None:
        steady_us = past_states(context.past, source_id, now[left] - gap_us).steady_us
        is_outlived = ~is_usual & (steady_us > at.astype("int64").to_numpy())
    rank = np.argsort(np.argsort(sources["source_id"].to_numpy(dtype=object)))[right]
    order = np.lexsort((rank, ~is_usual, left))
    pairs = {
        "row": left,
        "source": right,
        "source_id": source_id,
        "passing": passing[left],
        "frp_mw": frp_mw,
        "frp_limit_mw": frp_limit_mw,
        "pixels": pixels,
        "pixels_limit": pixels_limit,
        "moved_m": moved_m,
        "moved_limit_m": scatter_m,
        "dates": past.dates,
        "east_m": east_m,
        "north_m": north_m,
        "is_usual": is_usual,
        "is_outlived": is_outlived,
    }
    return pd.DataFrame({name: values[order] for name, values in pairs.items()}).assign(
        acquired_at=at.iloc[order].array,
        satellite=hotspots["satellite"].array[left[order]],
    )


def number_together(*keys: Ints) -> Ints:
    """Number from 0 of the combination of keys of each row, in the order of the keys."""
    joined = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        joined = joined * (int(key.max(initial=0)) + 1) + key
    return np.asarray(np.unique(joined, return_inverse=True)[1], dtype=np.int64)


def _metric(shapes: gpd.GeoSeries, register: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Shapes in the CRS of a register made ready, as an array."""
    return np.asarray(shapes.to_crs(register.crs))

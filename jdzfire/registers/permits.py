"""Burn permits: which of them can explain anything, the ground they cover, and their end."""

from __future__ import annotations

from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.crs import metric_crs
from jdzfire.schemas import TIME_DTYPE

EXPLAINING_STATUSES = ("approved", "executed")
"""Only a valid approval explains anything: not pending, rejected, withdrawn or void. Of
one withdrawn later, what was seen before counts."""


def explaining_permits(permits: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Permits whose approval is valid, or was valid for a time.

    A permit withdrawn later was valid until its ``revoked_at``; the matcher uses that time.

    Parameters
    ----------
    permits : GeoDataFrame [PERMITS], n rows

    Returns
    -------
    GeoDataFrame [PERMITS], at most n rows, order and index kept
    """
    is_valid = permits["status"].isin(EXPLAINING_STATUSES)
    was_valid = (permits["revoked_at"] > permits["valid_from"]).fillna(False)
    return permits[is_valid | was_valid]


def lots(permits: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Ground each permit covers.

    A polygon is the lot itself. A point becomes a circle of the permit's area; without an
    area it stays a point. The position error is not added here: the matcher weighs it.

    Parameters
    ----------
    permits : GeoDataFrame [PERMITS, EPSG:4326], n rows, may be empty

    Returns
    -------
    GeoSeries [EPSG:4326], n rows, index kept
    """
    if permits.empty:
        return gpd.GeoSeries([], index=permits.index, crs=permits.crs)
    west, south, east, north = (float(v) for v in permits.total_bounds)
    metric = permits.geometry.to_crs(metric_crs((west, south, east, north)))
    radius_m = np.sqrt(permits["area_ha"].fillna(0.0) * 1e4 / np.pi)
    is_circle = metric.geom_type.eq("Point") & (radius_m > 0)
    circles = metric.buffer(radius_m.where(is_circle, 0.0), quad_segs=16)
    return gpd.GeoSeries(metric.where(~is_circle, circles), crs=metric.crs).to_crs(permits.crs)


REVOKED_STATUSES = ("withdrawn", "void", "rejected")
"""States that end a valid approval."""


def note_revocations(
    held: gpd.GeoDataFrame, given: gpd.GeoDataFrame, *, at: datetime
) -> gpd.GeoDataFrame:
    """Permits as given, with the time their approval ended where it was valid before.

    A permit held as approved or executed and now given as withdrawn, void or rejected gets
    ``revoked_at`` = ``at``, unless the sheet has the time itself; one revoked before keeps its
    time; one that is approved (again) has none. A permit never held as approved gets none
    either: it never explained anything.

    Parameters
    ----------
    held : GeoDataFrame [PERMITS], n rows
        The current register.
    given : GeoDataFrame [PERMITS], m rows
        What is about to be registered.
    at : datetime
        Of the import; aware.

    Returns
    -------
    GeoDataFrame [PERMITS], m rows, order and index kept
    """
    before = held.set_index("permit_id")[["status", "revoked_at"]].reindex(given["permit_id"])
    was_valid = before["status"].isin(EXPLAINING_STATUSES).to_numpy()
    ended = given["status"].isin(REVOKED_STATUSES).to_numpy()
    earlier = before["revoked_at"].to_numpy()
    stated = given["revoked_at"].to_numpy()
    now = np.datetime64(pd.Timestamp(at).tz_convert("UTC").tz_localize(None), "us")
    plain = pd.DatetimeIndex(stated).tz_localize(None).to_numpy().astype("datetime64[us]")
    past = pd.DatetimeIndex(earlier).tz_localize(None).to_numpy().astype("datetime64[us]")
    noted = np.where(was_valid, now, past)
    chosen = np.where(np.isnat(plain), noted, plain)
    chosen = np.where(ended, chosen, np.datetime64("NaT", "us"))
    times = pd.DatetimeIndex(chosen).tz_localize("UTC")
    return given.assign(revoked_at=times).astype({"revoked_at": TIME_DTYPE})

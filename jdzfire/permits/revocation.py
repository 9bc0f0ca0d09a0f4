"""A permit withdrawn later was valid before: when did its approval end."""

from __future__ import annotations

from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.permits.lots import EXPLAINING_STATUSES
from jdzfire.schemas import TIME_DTYPE

__all__ = ["REVOKED_STATUSES", "note_revocations"]

REVOKED_STATUSES = ("withdrawn", "void", "rejected")
"""States that end an approval which had stood."""


def note_revocations(
    held: gpd.GeoDataFrame, given: gpd.GeoDataFrame, *, at: datetime
) -> gpd.GeoDataFrame:
    """Permits as given, with the time their approval ended where it had stood before.

    A permit held as approved or executed and now given as withdrawn, void or rejected gets
    ``revoked_at`` = ``at``, unless the sheet tells the time itself; one revoked before keeps its
    time; one that is approved (again) has none. A permit never held as approved gets none
    either: it never explained anything.

    Parameters
    ----------
    held : GeoDataFrame [PERMITS], n rows
        The register as it stands.
    given : GeoDataFrame [PERMITS], m rows
        What is about to be registered.
    at : datetime
        Of the import; aware.

    Returns
    -------
    GeoDataFrame [PERMITS], m rows, order and index kept
    """
    before = held.set_index("permit_id")[["status", "revoked_at"]].reindex(given["permit_id"])
    stood = before["status"].isin(EXPLAINING_STATUSES).to_numpy()
    ended = given["status"].isin(REVOKED_STATUSES).to_numpy()
    earlier = before["revoked_at"].to_numpy()
    told = given["revoked_at"].to_numpy()
    now = np.datetime64(pd.Timestamp(at).tz_convert("UTC").tz_localize(None), "us")
    plain = pd.DatetimeIndex(told).tz_localize(None).to_numpy().astype("datetime64[us]")
    past = pd.DatetimeIndex(earlier).tz_localize(None).to_numpy().astype("datetime64[us]")
    noted = np.where(stood, now, past)
    chosen = np.where(np.isnat(plain), noted, plain)
    chosen = np.where(ended, chosen, np.datetime64("NaT", "us"))
    times = pd.DatetimeIndex(chosen).tz_localize("UTC")
    return given.assign(revoked_at=times).astype({"revoked_at": TIME_DTYPE})

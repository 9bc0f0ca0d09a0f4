"""Fire bans: when and where no burn is allowed, whatever its permit says."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

__all__ = ["ban_days", "banned"]

_STRICT = ("橙", "红", "orange", "red")
"""Colours of warnings under which a county may ban fire [V, field notes section 2]."""


def ban_days(special_days: pd.DataFrame) -> pd.DataFrame:
    """Special days on which burning is banned: fire bans, and orange or red warnings.

    Parameters
    ----------
    special_days : DataFrame [SPECIAL_DAYS], n rows

    Returns
    -------
    DataFrame [SPECIAL_DAYS], at most n rows
    """
    told = special_days["name"].fillna("") + " " + special_days["remark"].fillna("")
    strict = told.str.lower().map(lambda text: any(word in text for word in _STRICT))
    is_ban = special_days["kind"] == "fire_ban"
    is_warning = (special_days["kind"] == "warning") & strict.astype(bool)
    return special_days[is_ban | is_warning].reset_index(drop=True)


def banned(days: pd.DataFrame, times: Sequence[pd.Timestamp], county: object) -> str | None:
    """Name of the ban one of the times falls under in a county, None without one.

    Parameters
    ----------
    days : DataFrame
        From :func:`ban_days`; a day without a county is for the whole city.
    times : sequence of aware times
    county : str or null
        A null county is only under bans of the city.
    """
    names = ["name", "county", "begins_at", "ends_at"]
    for name, where, begin, end in days[names].to_numpy(dtype=object):
        is_here = pd.isna(where) or (isinstance(county, str) and where == county)
        if is_here and any(begin <= at < end for at in times):
            return str(name)
    return None

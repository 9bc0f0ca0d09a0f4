"""How much likelier fires are at a grade of danger than on an average day."""

from __future__ import annotations

import numpy as np

from jdzfire.arrays import Floats

GRADES = 5
_PRIOR = 2.0
"""Fires counted as on an average day at each grade before any is known [C]."""


def risk_by_grade(at_fires: Floats, of_days: Floats) -> Floats:
    """Fires at each grade of danger over those to be expected if the grade did not matter.

    Parameters
    ----------
    at_fires : array, n
        Grade 1 to 5 at the place and day of each past fire; NaN where it is not known.
    of_days : array, m
        Grades of all days at the places of fires.

    Returns
    -------
    array, 5
        About 1 where little is known; never 0.
    """
    known = at_fires[~np.isnan(at_fires)].astype(int)
    days = of_days[~np.isnan(of_days)].astype(int)
    if not len(days):
        return np.ones(GRADES)
    fires = np.bincount(known, minlength=GRADES + 1)[1 : GRADES + 1]
    share = np.bincount(days, minlength=GRADES + 1)[1 : GRADES + 1] / len(days)
    return np.asarray((fires + _PRIOR) / (len(known) * share + _PRIOR), dtype=float)

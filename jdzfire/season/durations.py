"""How long things took, cases that still wait among them.

A case nobody has answered yet is not left out: that would make the room look faster the more it
leaves lying. It counts as "longer than so far" (Kaplan and Meier 1958, by statsmodels).
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from jdzfire.season.intervals import LEVEL

STEPS = {
    "dispatch": ("dispatched_at", "派遣", "dispatch"),
    "arrival": ("arrived_at", "到场", "arrival"),
    "answer": ("answered_at", "首次反馈", "first answer"),
    "closed": ("closed_at", "销号", "closed"),
}
"""Step of a case: its column, what duty staff read, English."""

QUANTILES = (0.5, 0.9)


def step_times(
    told: pd.DataFrame,
    *,
    at: datetime,
    begin: str = "seen_at",
    quantiles: tuple[float, ...] = QUANTILES,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Minutes from the first sight of a fire to each step.

    Parameters
    ----------
    told : DataFrame [TOLD_COLUMNS]
    at : datetime, aware
        When it is counted: cases without a step have waited until then. Steps later than this are
        not known yet.
    begin : str
        Column the time runs from: ``seen_at``, or ``opened_at`` for the room's own part.
    quantiles : tuple of float
        Share of the cases that had the step by the minutes given.
    level : float

    Returns
    -------
    DataFrame, a row a step and quantile
        ``step`` (a key of :data:`STEPS`), ``quantile``, ``minutes``, ``low``, ``high`` [min], null
        where fewer cases had the step; ``count`` cases with the step, ``waiting`` (censored),
        ``without``: closed without it (a case answered by telephone needs no team), not
        counted in the quantiles, ``odd``: dated before the begin, left out.
    """
    rows = []
    known = told[told[begin] <= at]
    closed = known["closed_at"].where(known["closed_at"] <= at)
    for step, (column, _, _) in STEPS.items():
        done = known[column].where(known[column] <= at)
        minutes = (done - known[begin]).dt.total_seconds() / 60
        odd = minutes < 0
        without = done.isna() & closed.notna()
        waits = done.isna() & ~without
        so_far = (pd.Timestamp(at) - known[begin]).dt.total_seconds() / 60
        time = minutes.where(done.notna(), so_far)
        used = ~odd & ~without
        counts = (
            int((done.notna() & ~odd).sum()),
            int(waits.sum()),
            int(without.sum()),
            int(odd.sum()),
        )
        found = _quantiles(
            time[used].to_numpy(float), done[used].notna().to_numpy(), quantiles, level
        )
        rows += [(step, q, *values, *counts) for q, values in zip(quantiles, found, strict=True)]
    names = ["step", "quantile", "minutes", "low", "high", "count", "waiting", "without", "odd"]
    return pd.DataFrame(rows, columns=names)


def _quantiles(
    minutes: np.ndarray, is_done: np.ndarray, quantiles: tuple[float, ...], level: float
) -> list[tuple[float, float, float]]:
    """Quantile and its interval; NaN where the curve does not come down so far."""
    nothing = (float("nan"),) * 3
    if not is_done.any():
        return [nothing for _ in quantiles]
    from statsmodels.duration.survfunc import SurvfuncRight

    curve = SurvfuncRight(minutes, is_done.astype(int))
    found = []
    with np.errstate(all="ignore"):
        for share in quantiles:
            low, high = curve.quantile_ci(share, alpha=1 - level)
            values = (float(curve.quantile(share)), float(low), float(high))
            found.append(tuple(v if np.isfinite(v) else float("nan") for v in values))
    return found  # type: ignore[return-value]  # three each

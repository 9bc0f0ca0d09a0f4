"""Lots on which one pass lit more pixels than they can touch: the fire is wider than its permit."""

from __future__ import annotations

import math

import numpy as np

from jdzfire.arrays import Ints
from jdzfire.triage import reasons
from jdzfire.triage.checks import CheckResults
from jdzfire.triage.context import TriageContext
from jdzfire.triage.groups import group_rows
from jdzfire.triage.measures import Measures


def over_area_permits(
    measures: Measures, context: TriageContext, *, rounds: Ints | None = None
) -> CheckResults:
    """Passes in which more pixels were lit than a lot of that area can touch.

    A lot as wide as the circle of its area, d, touches at most (d / p + 1) pixels of width p in
    each direction; the next whole number is allowed. Pixels of all events on the lot count, and
    all these events are counted; ground that two scans of a pass cover counts once.

    Parameters
    ----------
    measures : Measures
        Of all events.
    context : TriageContext
    rounds : array of int, one an event, optional
        Round each event is judged in; events of other rounds are not stated.

    Returns
    -------
    list of event position and reason
    """
    pairs = measures.permits
    inside = pairs[pairs["is_explained"].to_numpy(dtype=bool)].drop_duplicates("row")
    if inside.empty:
        return []
    rows = measures.hotspots.iloc[inside["row"]]
    lit = inside.assign(
        area_ha=context.permits["area_ha"].to_numpy(dtype=float)[inside["lot"]],
        scan=rows["scan_km"].to_numpy(),
        track=rows["track_km"].to_numpy(),
        passing=rows["passing"].to_numpy(),
        round=0 if rounds is None else rounds[inside["event"]],
    )
    known = lit.dropna(subset=["area_ha", "scan", "track"])
    if known.empty:
        return []
    passes = group_rows(known, "lot", "passing")
    once = (~passes.table["is_twin"].to_numpy(dtype=bool)).astype(np.int64)
    count = np.add.reduceat(once, passes.begins)
    scan, track = (
        np.minimum.reduceat(passes.table[name].to_numpy(), passes.begins)
        for name in ("scan", "track")
    )
    width_km = 2.0 * np.sqrt(passes.first["area_ha"].to_numpy() / 100.0 / math.pi)
    allowed = np.ceil((width_km / scan + 1.0) * (width_km / track + 1.0))
    over = passes.first.assign(lit=count, allowed=allowed, less=-count)[count > allowed]
    worst = group_rows(over, "round", "permit_id", then=("less", "passing")).first
    found: CheckResults = []
    for one in worst.to_dict("records"):
        reason = reasons.permit_oversize(
            int(one["lit"]), int(one["allowed"]), str(one["permit_id"]), float(one["area_ha"])
        )
        events = lit["event"][(lit["lot"] == one["lot"]) & (lit["round"] == one["round"])].unique()
        found += [(int(event), reason) for event in events]
    return found

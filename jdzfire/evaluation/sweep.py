"""Sweep: what each threshold does to the fires and to the duty room when it is turned.

One threshold at a time, all others at their values. The figures are those of the replay; they
show where a threshold has a price, never what it should be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from jdzfire.evaluation.score import Score
from jdzfire.triage.rules import Rules


@dataclass(frozen=True)
class Swept:
    """A threshold and how far it is turned."""

    section: str
    """``triage`` or ``events``."""
    name: str
    """As in the rules."""
    unit: str
    """For the axis; empty for a plain number."""
    factors: tuple[float, ...] = ()
    """Values as multiples of the present one; or"""
    steps: tuple[float, ...] = ()
    """added to it."""
    why: str = ""
    """Why so far and no farther."""

    def values(self, rules: Rules) -> list[float]:
        """Values in order, the present one among them; whole where it is a whole number."""
        held = getattr(getattr(rules, self.section), self.name)
        turned = [held * one for one in self.factors] + [held + one for one in self.steps]
        kind = type(held)
        return sorted({kind(round(value, 6)) for value in [*turned, held] if value >= 0})


_HALF_TO_DOUBLE = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
_WIDE = (0.25, 0.5, 1.0, 1.5, 2.0, 4.0)

SWEPT = (
    Swept("triage", "heat_min_dates", "dates", steps=(-4, -2, 0, 3, 7, 15),
          why="from one date to nearly the number a work is proposed with"),
    Swept("triage", "heat_frp_factor", "x p95", _HALF_TO_DOUBLE,
          why="below 1 a site's own brightest observations are doubted"),
    Swept("triage", "heat_frp_floor_mw", "MW", (0.0, 0.5, 1.0, 2.0, 4.0),
          why="VIIRS sees from about 1 MW; 20 MW is a burning hectare"),
    Swept("triage", "heat_new_frp_mw", "MW", (0.0, 0.25, 0.5, 1.0, 2.0, 4.0),
          why="from no belief in a new work to 40 MW, more than any but steel"),
    Swept("triage", "heat_pixels_factor", "x p95", _HALF_TO_DOUBLE,
          why="below 1 a work's own usual extent is doubted"),
    Swept("triage", "heat_floor_pixels", "pixels", steps=(-2, -1, 0, 1, 2, 4),
          why="one pixel to what a 7 ha fire lights"),
    Swept("triage", "heat_moved_factor", "x spread", (0.4, 0.6, 0.8, 1.0, 1.4, 2.0),
          why="one spread leaves out a third of the usual places, five none"),
    Swept("triage", "heat_moved_floor_m", "m", (0.25, 0.5, 1.0, 1.5, 2.0, 3.0),
          why="from a third of a pixel to four pixels"),
    Swept("triage", "permit_max_error_m", "m", (0.2, 0.4, 0.6, 1.0, 2.0, 4.0),
          why="from a surveyed lot to a village's name"),
    Swept("triage", "permit_min_score", "score", steps=(-0.25, -0.15, -0.08, 0.0, 0.1, 0.2, 0.35),
          why="0.5 is a pixel that just reaches a lot known well"),
    Swept("triage", "smoulder_h", "h", (0.0, 0.25, 0.5, 1.0, 2.0, 4.0),
          why="none to two days"),
    Swept("triage", "permit_max_danger_grade", "grade", steps=(-2, -1, 0, 1, 2),
          why="all grades"),
    Swept("triage", "permit_max_wind_force", "Beaufort", steps=(-2, -1, 0, 1, 2, 3),
          why="light air to a strong breeze"),
    Swept("triage", "confirm_after_h", "h", (0.0, 1.0, 3.0, 6.0, 12.0, 24.0),
          why="the same pass, the next satellite's pass, the night's"),
    Swept("triage", "outside_max_share", "share", (0.0, 0.5, 1.0, 2.5, 5.0, 10.0),
          why="none to a fifth of the footprint"),
    Swept("triage", "outside_max_tree_share", "share", (0.2, 0.5, 1.0, 1.5, 2.0, 3.0),
          why="wildfires outside all zones had 0.3 and more"),
    Swept("triage", "edge_max_share", "share", (0.1, 0.4, 0.7, 1.0, 1.4, 2.0),
          why="wildfires began at 0.15"),
    Swept("triage", "edge_max_tree_share", "share", (0.3, 0.5, 0.75, 1.0, 1.4, 2.0),
          why="up to the woods themselves"),
    Swept("triage", "field_max_frp_mw", "MW", (0.1, 0.25, 0.5, 1.0, 2.0, 5.0),
          why="from every fire in doubt to 50 MW"),
    Swept("events", "gap_m", "m", (0.0, 0.5, 1.0, 2.0, 3.0),
          why="footprints that touch, to peers' widest 1,500 m"),
    Swept("events", "link_h", "h", (0.25, 0.5, 1.0, 2.0, 3.0),
          why="one pass to the next, to the three days of the dormant state"),
)  # fmt: skip
"""What is swept. Thresholds that silence nothing (priority, escalation, names of near misses)
are left out."""

FIGURES_SWEPT = (
    "fires_to_show",
    "fires_wrongly_silenced",
    "silenced_outside_permits",
    "fires_never_shown",
    "unresolved_a_day",
    "shown_a_day",
    "burns_explained",
    "heat_source_hotspots_explained",
    "farm_fires_outside_explained",
)
"""Columns of a sweep: fires by count, events by day, shares [0-1]."""


def rules_with(rules: Rules, swept: Swept, value: float) -> Rules:
    """The rules with one threshold at another value."""
    section = replace(getattr(rules, swept.section), **{swept.name: value})
    changed: Rules = replace(rules, **{swept.section: section})
    return changed


def sweep_rules(
    score: Callable[[Rules], Sequence[Score]],
    *,
    rules: Rules | None = None,
    swept: Sequence[Swept] = SWEPT,
    progress: Callable[[], object] = lambda: None,
) -> pd.DataFrame:
    """Score the rules with each threshold at each of its values.

    Parameters
    ----------
    score : callable
        Scores of all seasons with some rules.
    rules : Rules, optional
        The present ones.
    swept : sequence of Swept
    progress : callable
        Called after each value.

    Returns
    -------
    DataFrame, one row a threshold and value, in the order of ``swept``, then by value
        section, threshold, unit, value, is_default, and :data:`FIGURES_SWEPT`.
    """
    rules = rules or Rules()
    present = pool_scores(score(rules))
    rows: list[dict[str, Any]] = []
    for one in swept:
        held = getattr(getattr(rules, one.section), one.name)
        for value in one.values(rules):
            is_default = value == held
            figures = present if is_default else pool_scores(score(rules_with(rules, one, value)))
            row = {"section": one.section, "threshold": one.name, "unit": one.unit}
            rows.append({**row, "value": float(value), "is_default": is_default, **figures})
            progress()
    columns = ["section", "threshold", "unit", "value", "is_default", *FIGURES_SWEPT]
    return pd.DataFrame(rows, columns=columns)


def pool_scores(scores: Sequence[Score]) -> dict[str, float]:
    """Figures of several seasons together: counts summed, shares weighed by what they count.

    Parameters
    ----------
    scores : sequence of Score, one or more

    Returns
    -------
    dict of float by :data:`FIGURES_SWEPT`
        NaN where nothing was there to count.
    """

    def total(name: str) -> int:
        return sum(score.counts[name] for score in scores)

    def share(name: str, weight: str | None = None) -> float:
        row = [(s.rates[name], s.counts[weight] if weight else 1) for s in scores]
        known = [(value, count) for value, count in row if value is not None and count]
        held = sum(count for _, count in known)
        return sum(value * count for value, count in known) / held if held else float(np.nan)

    return {
        "fires_to_show": total("fires_to_show"),
        "fires_wrongly_silenced": total("fires_wrongly_silenced"),
        "silenced_outside_permits": total("silenced_outside_permits"),
        "fires_never_shown": total("fires_never_shown"),
        "unresolved_a_day": share("unresolved_a_day_mean"),
        "shown_a_day": share("shown_a_day_mean"),
        "burns_explained": share("burns_explained", "burns_compliant_seen"),
        "heat_source_hotspots_explained": share(
            "heat_source_hotspots_explained", "heat_source_hotspots"
        ),
        "farm_fires_outside_explained": share(
            "farm_fires_outside_explained", "farm_fires_outside_seen"
        ),
    }


def describe_sweep(table: pd.DataFrame) -> str:
    """A sweep as lines to read, the present value of each threshold starred."""
    heads = ("silenced", "no permit", "never", "asking/d", "shown/d", "burns", "works", "farm")
    lines = [f"{'threshold':<28}{'value':>9} " + "".join(f"{head:>10}" for head in heads)]
    for row in table.to_dict("records"):
        name = f"{row['threshold']} [{row['unit']}]" if row["unit"] else row["threshold"]
        value = f"{row['value']:.4g}{'*' if row['is_default'] else ' '}"
        counts = [f"{row[column]:.0f}" for column in FIGURES_SWEPT[1:4]]
        loads = [f"{row[column]:.3f}" for column in FIGURES_SWEPT[4:6]]
        shares = [f"{row[column]:.1%}" for column in FIGURES_SWEPT[6:]]
        cells = "".join(f"{cell:>10}" for cell in (*counts, *loads, *shares))
        lines.append(f"{name:<28}{value:>10}{cells}")
    return "\n".join(lines)

"""Two scores of one season side by side: what a change of the rules did, and to which fires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from jdzfire.evaluation.score import Score


@dataclass(frozen=True)
class Comparison:
    """What differs between two scores."""

    figures: pd.DataFrame
    """One row a count or rate that either has: figure, one, other, difference (other - one)."""
    differing: pd.DataFrame
    """One row a fire or event of which something else came: kind, what, one, other; null where
    one of the two has no such event."""

    def document(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"figures": _records(self.figures), "differing": _records(self.differing)}

    def text(self, one: str, other: str) -> str:
        """Lines to read; ``one`` and ``other`` name the two."""
        lines = [f"{'':<36}{one:>14}{other:>14}{'difference':>14}"]
        for row in _records(self.figures):
            values = [_number(row[name]) for name in ("one", "other", "difference")]
            lines.append(f"{row['figure']:<36}" + "".join(f"{value:>14}" for value in values))
        lines.append(f"other outcomes: {len(self.differing)}")
        for row in _records(self.differing):
            lines.append(f"  {row['kind']} {row['what']}: {row['one']} -> {row['other']}")
        return "\n".join(lines)


def compare_scores(one: Score, other: Score) -> Comparison:
    """Hold two scores of one season against each other.

    Parameters
    ----------
    one, other : Score

    Returns
    -------
    Comparison

    Notes
    -----
    With other rules for joining, an event id may mean other hotspots; fires are always the same.
    """
    figures = pd.DataFrame(
        {
            "one": pd.Series({**one.counts, **one.rates}, dtype="float64"),
            "other": pd.Series({**other.counts, **other.rates}, dtype="float64"),
        }
    ).reindex([*one.counts, *one.rates])
    figures["difference"] = figures["other"] - figures["one"]
    both = one.outcomes.merge(
        other.outcomes, on=["kind", "what"], how="outer", suffixes=("_one", "_other")
    )
    differs = both["outcome_one"].fillna("") != both["outcome_other"].fillna("")
    named = both[differs].rename(columns={"outcome_one": "one", "outcome_other": "other"})
    named = named.sort_values(["kind", "what"])[["kind", "what", "one", "other"]]
    return Comparison(figures.rename_axis("figure").reset_index(), named.reset_index(drop=True))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"

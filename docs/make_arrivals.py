"""Write docs/arrivals.md: when crews truly arrive in simulated seasons.

python docs/make_arrivals.py [--seeds 1-20] [--rows FILE.csv]: about half a minute a season. With
``--rows`` the rows are kept in a file, and a file that is there is read instead.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from jdzfire.experiments.arrivals import FORWARD_CREWS, HISTORY_YEARS, arrivals_of_season

PAGE = Path(__file__).resolve().parent / "arrivals.md"
_DRAWS = 5_000


def main() -> None:
    """Run the seasons and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1-20")
    parser.add_argument("--rows", type=Path)
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    if options.rows is not None and options.rows.exists():
        rows = pd.read_csv(options.rows)
    else:
        rows = pd.concat([arrivals_of_season(seed) for seed in seeds], ignore_index=True)
        if options.rows is not None:
            rows.to_csv(options.rows, index=False)
    PAGE.write_text(page(rows), encoding="utf-8")


def page(rows: pd.DataFrame) -> str:
    """The page of these rows."""
    special = rows[rows["forward"].notna()]
    seasons, fires = rows["seed"].nunique(), len(rows)
    lines = [
        "# When crews arrive: simulated seasons",
        "",
        "Made by `python docs/make_arrivals.py`; not edited by hand.",
        f"{seasons} simulated seasons of a city with {fires} wildfires. How fast crews truly",
        "drive, walk and turn out is the simulator's own (`simulate/travel.py`): every road has",
        "a speed of its own, some sixth slower than planned on average, and walking follows",
        "another function. The planner knows none of it, and places teams by the wildfires of",
        f"the {HISTORY_YEARS} years before. Every fire is answered in each way under the same",
        "truth, so that ways are compared fire by fire. Intervals hold 95 of 100 draws of whole",
        "seasons.",
        "",
        "| Compared | Fires | Mean before (min) | Mean after (min) | Gain in the mean | 90th"
        " percentile before | after | Gain in it |",
        "|---|---|---|---|---|---|---|---|",
        _row("team by straight line -> by road and on foot", rows, "straight", "reach"),
        _row("by road and on foot -> the best anybody could choose", rows, "reach", "soonest"),
        _row("47 teams today -> all free to move within their county", rows, "reach", "resited"),
        _row(
            f"special periods: at home -> up to {FORWARD_CREWS} crews ahead",
            special,
            "reach",
            "forward",
        ),
        "",
        "An interval that holds 0 means that these seasons do not show a gain.",
        "",
        *_remarks(rows, special),
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, rows: pd.DataFrame, before: str, after: str) -> str:
    cells = [name, f"{len(rows)}"]
    for measure in (np.mean, _ninetieth):
        gain = measure(rows[before]) - measure(rows[after])
        low, high = _interval(rows, before, after, measure)
        cells += [
            f"{measure(rows[before]):.1f}",
            f"{measure(rows[after]):.1f}",
            f"{gain:.1f} ({low:.1f} to {high:.1f})",
        ]
    return "| " + " | ".join(cells) + " |"


def _ninetieth(values: pd.Series) -> float:
    return float(np.quantile(values, 0.9))


def _interval(rows: pd.DataFrame, before: str, after: str, measure) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """95 % of the gains when whole seasons are drawn anew."""
    draw = np.random.default_rng(1)
    parts = [(part[before].to_numpy(), part[after].to_numpy()) for _, part in rows.groupby("seed")]
    gains = []
    for _ in range(_DRAWS):
        chosen = draw.integers(0, len(parts), len(parts))
        old = np.concatenate([parts[one][0] for one in chosen])
        new = np.concatenate([parts[one][1] for one in chosen])
        gains.append(measure(old) - measure(new))
    low, high = np.quantile(gains, [0.025, 0.975])
    return float(low), float(high)


def _remarks(rows: pd.DataFrame, special: pd.DataFrame) -> list[str]:
    other = rows["straight"] != rows["reach"]
    worse = rows["reach"] > rows["straight"] + 1e-9
    sooner = (rows["straight"] - rows["reach"])[other]
    within = {name: (rows[name] <= 30).mean() for name in ("straight", "reach", "resited")}
    return [
        f"Another team goes to {other.mean():.0%} of the fires when minutes decide instead of the"
        f" straight line; there it is {sooner.mean():.1f} minutes",
        f"sooner on average, and later in {worse.sum() / max(other.sum(), 1):.0%} of them, for the"
        " minutes planned are not the true ones.",
        f"Within 30 minutes of the alarm: {within['straight']:.1%} by straight line,"
        f" {within['reach']:.1%} by minutes, {within['resited']:.1%} re-sited;",
        f"in special periods {(special['reach'] <= 30).mean():.1%} at home,"
        f" {(special['forward'] <= 30).mean():.1%} with crews ahead.",
    ]


if __name__ == "__main__":
    main()

"""Write docs/accuracy.md: seeds replayed and scored, as they come out.

Run ``python docs/make_accuracy.py [SEED ...]`` from the repository's top; default seeds 1-5,
about four minutes a seed on one core.
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from jdzfire.settings import Settings
from jdzfire.stages.replaying import replay_folder
from jdzfire.stages.season_write import write_season
from jdzfire.triage import rules_version

YEAR = 2024
PAGE = Path(__file__).with_name("accuracy.md")
HEAD = """# Accuracy: replays of simulated seasons

Written by `python docs/make_accuracy.py`; not edited by hand. Each column is one season of
{year} (`jdzfire simulate --year {year} --seed N`), replayed cycle by cycle with only what had
arrived by then, and scored against its truth (`jdzfire replay DIR --json`). Rules version
`{version}`, all values at their defaults (docs/settings.md).

These figures say what the rules do to the simulator's fires. They are no evidence about real
satellites: detection thresholds, fire sizes, cloud and the strength of works in the simulator
are chosen for plausibility, not measured. How many fires the satellites see at all follows from
those choices; what the house does with the hotspots it gets is what is tested here.

What must be shown: wildfires, and burns that broke their permit, of which a polar orbiter gave
at least one hotspot. *At once* is by the cycle in which the first such hotspot arrived; Himawari or
a person may have told of it before.
"""
NOTES = """
## Reading it

- *violations_called_violation* counts broken burns that were named a violation; others of them
  were shown as unresolved, which is on the map too.
- *burns_explained* counts compliant burns none of whose hotspots was ever shown. The commonest
  reason for showing one is the danger grade of its day: the component tables of LY/T 1172-95 in
  `jdzfire/weather/grade.py` are not checked against the standard's text.
- *heat_source_hotspots_explained* is by hotspot, for registered works, in the cycle it arrived.
- *new_unresolved_per_day* is by Beijing day, over days on which something was newly shown.
- Himawari hotspots and reports by people are never silenced; they are in *events_ever_shown*.
"""


def replay_seed(seed: int) -> dict[str, Any]:
    """Simulate and score one seed."""
    with tempfile.TemporaryDirectory() as folder:
        write_season(Path(folder), year=YEAR, seed=seed)
        return replay_folder(Path(folder)).document()


def write_page(seeds: list[int], scores: list[dict[str, Any]]) -> str:
    """The page's text."""
    version = rules_version(Settings().triage)
    lines = [HEAD.format(year=YEAR, version=version)]
    for part in ("counts", "rates"):
        lines += ["| " + " | ".join([part, *(f"seed {s}" for s in seeds)]) + " |"]
        lines += ["|---" * (len(seeds) + 1) + "|"]
        for name in scores[0][part]:
            values = [score[part][name] for score in scores]
            lines.append("| " + " | ".join([name, *map(_cell, values)]) + " |")
        lines.append("")
    lines.append("## Fires that should have been shown at once and were not\n")
    rows = [
        (seed, row) for seed, score in zip(seeds, scores, strict=True) for row in score["missed"]
    ]
    if not rows:
        lines.append("None.")
    for seed, row in rows:
        told = ", ".join(f"{name} {_cell(value)}" for name, value in row.items())
        lines.append(f"- seed {seed}: {told}")
    return "\n".join(lines) + "\n" + NOTES


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    chosen = [int(word) for word in sys.argv[1:]] or [1, 2, 3, 4, 5]
    with ProcessPoolExecutor(2) as pool:
        PAGE.write_text(write_page(chosen, list(pool.map(replay_seed, chosen))), encoding="utf-8")

"""Write docs/accuracy.md: seeds replayed and scored, as they come out.

Run ``python docs/make_accuracy.py [SEED ...]`` from the repository's top; default seeds 101-120,
about four minutes a seed on one core. What a seed gave is kept in ``build/accuracy``; a run that
was stopped goes on there as long as the rules are the same (``--again`` forgets it).
"""

from __future__ import annotations

import json
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from jdzfire.season.plain_rules import PLAIN_RULES
from jdzfire.settings import Settings
from jdzfire.stages.replaying import replay_folder
from jdzfire.stages.season_write import write_season
from jdzfire.triage import rules_version

YEAR = 2024
DOCS = Path(__file__).resolve().parent
PAGE = DOCS / "accuracy.md"
KEPT = DOCS.parent / "build" / "accuracy"
HEAD = """# Accuracy: replays of simulated seasons

Written by `python docs/make_accuracy.py`; not edited by hand. Seasons of {year}
(`jdzfire simulate --year {year} --seed N`), replayed cycle by cycle with only what had arrived by
then, and scored against their truth (`jdzfire replay DIR --json`). Seeds {first} to {last}, {count}
seasons; the rules were chosen on seeds 1 to 10. Rules version `{version}`, all values at their
defaults (docs/settings.md).

These figures say what the rules do to the simulator's fires. They are no evidence about real
satellites: detection thresholds, fire sizes, cloud and the strength of works in the simulator
are chosen for plausibility, not measured. How many fires the satellites see at all follows from
those choices; what the house does with the hotspots it gets is what is tested here.

What must be shown: wildfires, and burns that broke their permit, of which a polar orbiter gave
at least one hotspot. *At once* is by the cycle in which the first such hotspot arrived; Himawari or
a person may have told of it before. *Shown* is unresolved, a violation, or explained only
provisionally (待确认).
"""
NOTES = """
## Reading it

- *Silenced by own permit*: a broken burn that was silent while it fitted its own lot and window.
- *Burns explained*: none of the hotspots of a compliant burn was ever called unresolved or a
  violation. The commonest reason for showing one is the danger grade of its day: the component
  tables of LY/T 1172-95 in `jdzfire/weather/grade.py` are not checked against the standard's text.
- *Heat-source hotspots explained* is by hotspot, for registered works, in the cycle it arrived.
- *Farm fires* are those that began outside the forest fire zone (forest and its edge buffer).
- *Violations named*: broken burns that were called a violation; others of them were shown as
  unresolved or to be confirmed.
- *Asking a day* counts events newly unresolved or violations, over Beijing days with any.
- The plain rules go hotspot by hotspot and know only permits: they silence nothing else, so their
  unexplained hotspots are the load they leave.
- Himawari hotspots and reports by people are never silenced.
"""


def replay_seed(seed: int) -> dict[str, Any]:
    """Simulate and score one seed, or find what an earlier run kept of it."""
    kept = KEPT / f"{rules_version(Settings().triage)}-{YEAR}-{seed}.json"
    if kept.exists():
        document: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return document
    with tempfile.TemporaryDirectory() as folder:
        write_season(Path(folder), year=YEAR, seed=seed)
        document = replay_folder(Path(folder)).document()
    KEPT.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(document, ensure_ascii=False, default=str), encoding="utf-8")
    return document


def write_page(seeds: list[int], scores: list[dict[str, Any]]) -> str:
    """The page's text."""
    version = rules_version(Settings().triage)
    head = HEAD.format(
        year=YEAR, version=version, first=min(seeds), last=max(seeds), count=len(seeds)
    )
    lines = [head, *_together(scores), *_by_seed(seeds, scores)]
    lines.append("\n## Fires that should have been shown at once and were not\n")
    rows = [
        (seed, row) for seed, score in zip(seeds, scores, strict=True) for row in score["missed"]
    ]
    if not rows:
        lines.append("None.")
    for seed, row in rows:
        told = ", ".join(f"{name} {_cell(value)}" for name, value in row.items())
        lines.append(f"- seed {seed}: {told}")
    return "\n".join(lines) + "\n" + NOTES


def _together(scores: list[dict[str, Any]]) -> list[str]:
    """All seasons pooled, beside the plain rules."""

    def total(name: str) -> int:
        return sum(int(score["counts"][name]) for score in scores)

    def pooled(rate: str, weight: str) -> str:
        pairs = [(s["rates"][rate], s["counts"][weight]) for s in scores]
        pairs = [(value, count) for value, count in pairs if value is not None]
        held = sum(count for _, count in pairs)
        share = sum(value * count for value, count in pairs) / held if held else None
        return f"{share:.1%} of {held}" if share is not None else "-"

    def plain(rule: str, name: str) -> int:
        return sum(int(score["plain"][rule][name]) for score in scores)

    fires, shown = total("fires_to_show"), total("fires_shown_at_once")
    proposals = {
        name: sum(int(score["proposals"][name]) for score in scores)
        for name in ("proposed", "right", "wanted", "found")
    }
    rows = [
        ("fires to show", str(fires), *(str(plain(r, "fires_to_show")) for r in PLAIN_RULES)),
        (
            "shown at once",
            f"{shown} ({shown / fires:.1%})",
            *(
                f"{plain(r, 'fires_shown_at_once')} ({plain(r, 'fires_shown_at_once') / fires:.1%})"
                for r in PLAIN_RULES
            ),
        ),
        (
            "wildfires silenced",
            str(total("wildfires_never_shown")),
            *(str(plain(r, "wildfires_silenced")) for r in PLAIN_RULES),
        ),
        ("silenced by own permit", str(total("silenced_by_own_permit")), "", ""),
        ("silenced otherwise", str(total("silenced_otherwise")), "", ""),
        (
            "compliant burns explained",
            pooled("burns_explained", "burns_compliant_seen"),
            *(_mean_of([s["plain"][r]["burns_explained"] for s in scores]) for r in PLAIN_RULES),
        ),
        (
            "of them for certain, in the end",
            pooled("burns_explained_for_certain", "burns_compliant_seen"),
            "",
            "",
        ),
        ("violations named", pooled("violations_called_violation", "burns_broken_seen"), "", ""),
        (
            "registered heat-source hotspots explained",
            pooled("heat_source_hotspots_explained", "heat_source_hotspots"),
            "0",
            "0",
        ),
        (
            "farm fires called outside forest",
            pooled("farm_fires_outside_explained", "farm_fires_outside_seen"),
            "0",
            "0",
        ),
        (
            "heat sources proposed",
            f"{proposals['right']} of {proposals['proposed']} right, "
            f"{proposals['found']} of {proposals['wanted']} found",
            "",
            "",
        ),
        ("events asking", str(total("events_ever_asking")), "", ""),
        ("events provisional", str(total("events_ever_provisional")), "", ""),
        (
            "unexplained hotspots",
            "",
            *(str(plain(r, "unexplained_hotspots")) for r in PLAIN_RULES),
        ),
    ]
    lines = [
        "## All seasons\n",
        f"| | ours | {PLAIN_RULES[0]} | {PLAIN_RULES[1]} |",
        "|---|---|---|---|",
    ]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows)]


COLUMNS = (
    ("fires", "counts", "fires_to_show"),
    ("at once", "counts", "fires_shown_at_once"),
    ("by own permit", "counts", "silenced_by_own_permit"),
    ("otherwise", "counts", "silenced_otherwise"),
    ("burns", "rates", "burns_explained"),
    ("works", "rates", "heat_source_hotspots_explained"),
    ("farm", "rates", "farm_fires_outside_explained"),
    ("violations", "rates", "violations_called_violation"),
    ("asking", "counts", "events_ever_asking"),
    ("provisional", "counts", "events_ever_provisional"),
    ("asking a day", "rates", "new_unresolved_per_day_mean"),
    ("at most", "rates", "new_unresolved_per_day_max"),
)


def _by_seed(seeds: list[int], scores: list[dict[str, Any]]) -> list[str]:
    names = [title for title, _, _ in COLUMNS]
    lines = ["\n## By season\n", "| seed | " + " | ".join(names) + " |"]
    lines.append("|---" * (len(names) + 1) + "|")
    for seed, score in zip(seeds, scores, strict=True):
        values = [_cell(score[part][name]) for _, part, name in COLUMNS]
        lines.append(f"| {seed} | " + " | ".join(values) + " |")
    return lines


def _mean_of(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{sum(known) / len(known):.1%}" if known else "-"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    words = sys.argv[1:]
    if "--again" in words:
        for path in KEPT.glob("*.json"):
            path.unlink()
    chosen = [int(word) for word in words if word != "--again"] or list(range(101, 121))
    with ProcessPoolExecutor(2) as pool:
        PAGE.write_text(write_page(chosen, list(pool.map(replay_seed, chosen))), encoding="utf-8")

"""Write docs/accuracy.md: seeds replayed and scored, as they come out.

Run ``python docs/make_accuracy.py [SEED ...]`` from the repository's top; default seeds 101-120,
about a minute and a half a seed on one core, a third of it to simulate. What a seed gave is kept in
``build/accuracy``; a run that was stopped goes on there as long as the values of all rules are the
same (``--again`` forgets it: do so after a change of code).
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from jdzfire.evaluation.plain_rules import PLAIN_RULES
from jdzfire.experiments.replay import replay_folder
from jdzfire.experiments.write_season import write_season
from jdzfire.settings import Settings
from jdzfire.triage.rules import rules_version

YEAR = 2024
SHAPE = 3
"""Of what is kept of a seed; raise it when the score tells something else."""
DOCS = Path(__file__).resolve().parent
PAGE = DOCS / "accuracy.md"
KEPT = DOCS.parent / "build" / "accuracy"
HEAD = """# Accuracy: replays of simulated seasons

Written by `python docs/make_accuracy.py`; not edited by hand. Seasons of {year}
(`jdzfire simulate --year {year} --seed N`), replayed cycle by cycle with only what had arrived by
then, and scored against their truth (`jdzfire replay DIR --json`). Seeds {first} to {last}, {count}
seasons; the rules were chosen on seeds 1 to 10. Rules version `{version}`, all values at their
defaults (docs/settings.md).

These figures show what the rules do to the simulator's fires. They are no evidence about real
satellites: detection thresholds, fire sizes, cloud and the heat of sites in the simulator
are chosen for plausibility, not measured. How many fires the satellites see at all follows from
those choices; what jdzfire does with the hotspots it gets is what is tested here.

What must be shown: wildfires, and burns that broke their permit, of which a polar orbiter gave
at least one hotspot. *At once* is by the cycle in which the first such hotspot arrived; Himawari or
a person may have reported it before. *Shown* is unresolved, a violation, or explained only
provisionally (待确认).
"""
NOTES = """
## Reading it

- *Wrongly silenced*: a fire to show that was not on the map in the cycle in which its first polar
  hotspot arrived. *In a valid permit's lot and time* by the truth: where the heat of that hotspot
  was, and when. There a satellite cannot distinguish the two yet; anywhere else nothing excuses it.
- *Burns explained*: none of the hotspots of a compliant burn was ever called unresolved or a
  violation. The commonest reason for showing one is the danger grade of its day: the component
  tables of LY/T 1172-95 in `jdzfire/weather/grade.py` are not checked against the standard's text.
- *Heat-source hotspots explained* is by hotspot, for registered sites, in the cycle it arrived.
- *Asked*: an event of registered sites, without a fire in it, that newly asked for an answer:
  it was explained before, or answered since.
- *Farm fires* are those that began outside the forest fire zone (forest and its edge buffer).
- *Violations shown* were on the map in any form; *named* were called a violation.
- *Asking a day* counts events newly unresolved or violations, over all Beijing days of the season,
  days without any included.
- *Hours to the map*: 0 also when Himawari or a person had reported it before.
- The plain rules go hotspot by hotspot and know only permits: they silence nothing else, so their
  unexplained hotspots are the load they leave.
- Himawari hotspots and ground reports are never silenced.
"""


def replay_seed(seed: int) -> dict[str, Any]:
    """Simulate and score one seed, or find what an earlier run kept of it."""
    version = hashlib.sha256(f"{SHAPE} {Settings().rules}".encode()).hexdigest()[:12]
    kept = KEPT / f"{version}-{YEAR}-{seed}.json"
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
    lines = [head.rstrip("\n"), *_targets(scores), *_together(scores), *_delays(scores)]
    lines += _by_seed(seeds, scores)
    lines.append("\n## Wrongly silenced fires\n")
    rows = [
        (seed, row) for seed, score in zip(seeds, scores, strict=True) for row in score["missed"]
    ]
    if not rows:
        lines.append("None.")
    for seed, row in rows:
        reasons = row["reasons"]
        data = ", ".join(f"{k} {_cell(v)}" for k, v in row.items() if k != "reasons")
        lines.append(f"- seed {seed}: {data}")
        lines += [f"  - `{one['rule']}`: {one['text_en']}" for one in reasons]
    return "\n".join(lines) + "\n" + NOTES


def _together(scores: list[dict[str, Any]]) -> list[str]:
    """All seasons pooled, beside the plain rules."""
    pool = Pool(scores)
    fires = pool.total("fires_to_show")
    at_once = pool.total("fires_shown_at_once")
    rows = [
        ("fires to show", str(fires), *pool.plain("fires_to_show")),
        ("shown at once", _of(at_once, fires), *pool.plain("fires_shown_at_once", "fires_to_show")),
        (
            "wildfires silenced at first",
            str(pool.missed(lambda row: row["kind"] == "wildfire")),
            *pool.plain("wildfires_silenced"),
        ),
        ("silenced in a valid permit's lot and time", str(pool.total("silenced_inside_permit"))),
        ("silenced elsewhere", str(pool.total("silenced_outside_permits"))),
        ("never shown", str(pool.total("fires_never_shown"))),
        (
            "compliant burns explained",
            pool.share("burns_explained", "burns_compliant_seen"),
            *pool.plain_mean("burns_explained"),
        ),
        (
            "of them for certain, in the end",
            pool.share("burns_explained_for_certain", "burns_compliant_seen"),
        ),
        ("violations shown", pool.share("violations_shown", "burns_broken_seen")),
        ("violations named", pool.share("violations_called_violation", "burns_broken_seen")),
        (
            "registered heat-source hotspots explained",
            pool.share("heat_source_hotspots_explained", "heat_source_hotspots"),
            "0",
            "0",
        ),
        ("events at registered industrial sites that asked", str(pool.total("works_questions"))),
        (
            "the same, a site a quarter",
            _cell(pool.mean("works_questions_a_quarter")),
        ),
        ("the same, most of one site in a season", str(pool.largest("works_questions_most"))),
        (
            "farm fires called outside forest",
            pool.share("farm_fires_outside_explained", "farm_fires_outside_seen"),
            "0",
            "0",
        ),
        ("proposals at a true work", _of(pool.proposals("right"), pool.proposals("proposed"))),
        (
            "unregistered industrial sites proposed",
            _of(pool.proposals("found"), pool.proposals("wanted")),
        ),
        ("events asking", str(pool.total("events_ever_asking"))),
        ("events provisional", str(pool.total("events_ever_provisional"))),
        ("events asking a day, all days", _cell(pool.mean("unresolved_a_day_mean"))),
        ("the same, 95th percentile of days", _cell(pool.mean("unresolved_a_day_p95"))),
        ("the same, worst day", _cell(pool.most("unresolved_a_day_max"))),
        ("asking or to confirm a day", _cell(pool.mean("shown_a_day_mean"))),
        ("unexplained hotspots", "", *pool.plain("unexplained_hotspots")),
    ]
    lines = [
        "\n## All seasons\n",
        f"| | ours | {PLAIN_RULES[0]} | {PLAIN_RULES[1]} |",
        "|---|---|---|---|",
    ]
    return [*lines, *("| " + " | ".join([*row, "", ""][:4]) + " |" for row in rows)]


def _targets(scores: list[dict[str, Any]]) -> list[str]:
    """What the rules must reach, what they reached, and whether that is enough."""
    pool = Pool(scores)
    proposed, wanted = pool.proposals("proposed"), pool.proposals("wanted")
    targets: list[tuple[str, float | None, float]] = [
        (
            "fires to show on the map in the cycle of their first polar hotspot",
            _part(pool.total("fires_shown_at_once"), pool.total("fires_to_show")),
            0.995,
        ),
        (
            "compliant burns explained",
            pool.pooled("burns_explained", "burns_compliant_seen")[0],
            0.90,
        ),
        (
            "registered heat-source hotspots explained",
            pool.pooled("heat_source_hotspots_explained", "heat_source_hotspots")[0],
            0.95,
        ),
        (
            "farm fires outside forest so classed",
            pool.pooled("farm_fires_outside_explained", "farm_fires_outside_seen")[0],
            0.90,
        ),
        ("proposed heat sources right", _part(pool.proposals("right"), proposed), 0.95),
        (
            "unregistered industrial sites proposed after a year",
            _part(pool.proposals("found"), wanted),
            0.90,
        ),
    ]
    lines = ["\n## Targets\n", "| | target | reached | |", "|---|---|---|---|"]
    for name, value, least in targets:
        met = "nothing to count" if value is None else "met" if value >= least else "**not met**"
        reached = "-" if value is None else f"{value:.1%}"
        lines.append(f"| {name} | >= {least:.1%} | {reached} | {met} |")
    silenced = pool.total("silenced_outside_permits")
    met = "met" if silenced == 0 else "**not met**"
    lines.append(f"| wrongly silenced in no valid permit's lot and time | 0 | {silenced} | {met} |")
    return lines


def _delays(scores: list[dict[str, Any]]) -> list[str]:
    """Hours until the map, by kind; the mean of the seasons' own figures."""
    pool = Pool(scores)
    lines = [
        "\n## Hours to the map\n",
        "Of fires that came onto it; the mean of the seasons' figures.\n",
        "| | from arrival, median | 90th percentile | from acquisition, median | 90th percentile |",
        "|---|---|---|---|---|",
    ]
    for kind, data in (("wildfire", "wildfires"), ("burn", "broken burns")):
        values = [
            _cell(pool.mean(f"{kind}_h_from_{since}_{word}"))
            for since in ("arrival", "acquisition")
            for word in ("median", "p90")
        ]
        lines.append(f"| {data} | " + " | ".join(values) + " |")
    return lines


class Pool:
    """Figures of several seasons taken together."""

    def __init__(self, scores: list[dict[str, Any]]) -> None:
        self.scores = scores

    def total(self, name: str) -> int:
        """Sum of a count."""
        return sum(int(score["counts"][name]) for score in self.scores)

    def largest(self, name: str) -> int:
        """Largest of a count."""
        return max((int(score["counts"][name]) for score in self.scores), default=0)

    def missed(self, holds: Callable[[dict[str, Any]], bool]) -> int:
        """Wrongly silenced fires of which something holds."""
        return sum(holds(row) for score in self.scores for row in score["missed"])

    def pooled(self, rate: str, weight: str) -> tuple[float | None, int]:
        """A share of all that was counted, and how much that was."""
        pairs = [(s["rates"][rate], int(s["counts"][weight])) for s in self.scores]
        known = [(value, count) for value, count in pairs if value is not None]
        held = sum(count for _, count in known)
        return (sum(v * count for v, count in known) / held if held else None), held

    def share(self, rate: str, weight: str) -> str:
        """The same in words."""
        value, held = self.pooled(rate, weight)
        return "-" if value is None else f"{value:.1%} of {held}"

    def proposals(self, name: str) -> int:
        """Sum of a count of the proposals."""
        return sum(int(score["proposals"][name]) for score in self.scores)

    def mean(self, rate: str) -> float | None:
        """Mean of a figure over the seasons that have it."""
        known = [s["rates"][rate] for s in self.scores if s["rates"][rate] is not None]
        return sum(known) / len(known) if known else None

    def most(self, rate: str) -> float | None:
        """Largest of a figure."""
        known = [s["rates"][rate] for s in self.scores if s["rates"][rate] is not None]
        return max(known, default=None)

    def plain(self, name: str, whole: str | None = None) -> list[str]:
        """A count of each plain rule, with its share of another."""
        data = []
        for rule in PLAIN_RULES:
            count = sum(int(score["plain"][rule][name]) for score in self.scores)
            of = sum(int(score["plain"][rule][whole]) for score in self.scores) if whole else None
            data.append(str(count) if of is None else _of(count, of))
        return data

    def plain_mean(self, name: str) -> list[str]:
        """A share of each plain rule."""
        return [_mean_of([s["plain"][rule][name] for s in self.scores]) for rule in PLAIN_RULES]


def _part(count: int, whole: int) -> float | None:
    return count / whole if whole else None


def _of(count: int, whole: int) -> str:
    return f"{count} of {whole} ({count / whole:.1%})" if whole else f"{count} of 0"


COLUMNS = (
    ("fires", "counts", "fires_to_show"),
    ("at once", "counts", "fires_shown_at_once"),
    ("in a permit", "counts", "silenced_inside_permit"),
    ("elsewhere", "counts", "silenced_outside_permits"),
    ("burns", "rates", "burns_explained"),
    ("sites", "rates", "heat_source_hotspots_explained"),
    ("farm", "rates", "farm_fires_outside_explained"),
    ("shown", "rates", "violations_shown"),
    ("named", "rates", "violations_called_violation"),
    ("asking", "counts", "events_ever_asking"),
    ("provisional", "counts", "events_ever_provisional"),
    ("a day", "rates", "unresolved_a_day_mean"),
    ("p95", "rates", "unresolved_a_day_p95"),
    ("at most", "rates", "unresolved_a_day_max"),
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

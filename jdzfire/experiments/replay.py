"""Replay of simulated folders: scored against their truth, with other rules, with all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from jdzfire.errors import UsageError
from jdzfire.evaluation.gather import Gathered, gather_cycles
from jdzfire.evaluation.plain_rules import score_plain
from jdzfire.evaluation.replay import Replay, judge_cycles, known_past
from jdzfire.evaluation.score import Score, score_proposals, score_replay
from jdzfire.evaluation.sweep import SWEPT, Swept, sweep_rules
from jdzfire.evaluation.sweep_figure import draw_sweep
from jdzfire.experiments.read_season import Season, read_season
from jdzfire.registers.heat_history import SourceHistory
from jdzfire.registers.source_proposals import propose_sources
from jdzfire.season.figures import render_png, render_svg
from jdzfire.store.atomic import write_atomic
from jdzfire.triage.rules import Rules


def replay_folder(
    folder: Path,
    *,
    default_datum: str = "cgcs2000",
    rules: Rules | None = None,
    progress: Callable[[], object] = lambda: None,
) -> Score:
    """Run a simulated season cycle by cycle and score it.

    Parameters
    ----------
    folder : Path
        As ``jdzfire simulate`` writes it.
    default_datum : str
        Datum of register rows that state none.
    rules : Rules, optional
    progress : callable
        Called after each cycle.

    Returns
    -------
    Score

    Raises
    ------
    InputError
        The folder is no simulated season, or a file of it cannot be read.
    """
    chosen = {"": rules or Rules()}
    return score_rules(folder, chosen, default_datum=default_datum, progress=progress)[""]


def score_rules(
    folder: Path,
    rules: Mapping[str, Rules],
    *,
    default_datum: str = "cgcs2000",
    progress: Callable[[], object] = lambda: None,
) -> dict[str, Score]:
    """Score a simulated season with several rules; the cycles are joined once where they may be.

    Parameters
    ----------
    folder, default_datum, progress
        As for :func:`replay_folder`.
    rules : mapping of Rules by name

    Returns
    -------
    dict of Score by name
    """
    season = read_season(folder, default_datum=default_datum)
    bench = _Bench(season, progress)
    once = season.rows.sort_values("received_at").drop_duplicates("hotspot_id")
    once = once.reset_index(drop=True)
    plain = score_plain(once, season.truth, season.fires, season.permits, season.context.admin)
    proposals = score_proposals(propose_sources(once, known=season.sources), season.sites)
    return {
        name: replace(bench.score(used), plain=plain, proposals=proposals)
        for name, used in rules.items()
    }


def choose_swept(names: Sequence[str]) -> list[Swept]:
    """The thresholds of these names, all of them without a name.

    Raises
    ------
    UsageError
        A name is none of a threshold that can be swept.
    """
    known = {one.name: one for one in SWEPT}
    strange = sorted(set(names) - set(known))
    if strange:
        raise UsageError(
            "no such threshold to sweep",
            expected=", ".join(known),
            found=", ".join(strange),
            remedy="choose from these",
        )
    return [known[name] for name in dict.fromkeys(names)] if names else list(SWEPT)


def sweep_folders(
    folders: Sequence[Path],
    *,
    default_datum: str = "cgcs2000",
    rules: Rules | None = None,
    swept: Sequence[Swept] = SWEPT,
    progress: Callable[[], object] = lambda: None,
) -> pd.DataFrame:
    """Score simulated seasons, taken together, with each threshold at each of its values.

    Parameters
    ----------
    folders : sequence of Path
    default_datum : str
    rules : Rules, optional
        All other thresholds.
    swept : sequence of Swept
    progress : callable
        Called after each value.

    Returns
    -------
    DataFrame
        As :func:`jdzfire.evaluation.sweep.sweep_rules`.
    """
    benches = [_Bench(read_season(folder, default_datum=default_datum)) for folder in folders]
    return sweep_rules(
        lambda used: [bench.score(used) for bench in benches],
        rules=rules,
        swept=swept,
        progress=progress,
    )


def write_figure(table: pd.DataFrame, path: Path, *, title: str) -> list[Path]:
    """Draw a sweep and write it as PNG and as SVG, under the name given.

    Returns
    -------
    list of Path
        Of the two files.
    """
    figure = draw_sweep(table, title=title)
    png, svg = path.with_suffix(".png"), path.with_suffix(".svg")
    write_atomic(png, render_png(figure))
    write_atomic(svg, render_svg(figure))
    return [png, svg]


class _Bench:
    """A season on which one rule after another is tried; what can be used again is kept."""

    def __init__(self, season: Season, progress: Callable[[], object] = lambda: None) -> None:
        self.season = season
        self.progress = progress
        self._joined: tuple[object, Gathered] | None = None
        self._past: tuple[object, Mapping[str, SourceHistory]] | None = None
        self._near: Replay | None = None

    def score(self, rules: Rules) -> Score:
        """The season's score with some rules, without plain rules and proposals."""
        season = self.season
        gathered = self._gather(rules)
        past = self._lookback(gathered, rules)
        replay = judge_cycles(gathered, season.context, rules=rules, past=past, near=self._near)
        if self._near is None:
            self._near = replay
        return score_replay(replay, season.truth, season.fires, lots=season.lots, span=season.span)

    def _gather(self, rules: Rules) -> Gathered:
        key = (rules.footprint, rules.events, rules.persistence)
        if self._joined is None or self._joined[0] != key:
            gathered = gather_cycles(self.season.rows, rules=rules, progress=self.progress)
            self._joined, self._past, self._near = (key, gathered), None, None
        return self._joined[1]

    def _lookback(self, gathered: Gathered, rules: Rules) -> Mapping[str, SourceHistory]:
        key = rules.triage.heat_past_gap_h
        if self._past is None or self._past[0] != key:
            self._past = (key, known_past(gathered, self.season.context, rules=rules))
        return self._past[1]

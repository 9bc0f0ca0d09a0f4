"""Replay: a past season cycle by cycle, with only what had arrived by then.

In two steps: the hotspots are joined cycle by cycle, then the events of all cycles are judged
together. Judging hangs together over time in one way only: an event shown to duty staff is answered
some hours later, and what they answered is not asked again. So it is judged in rounds until no
answer changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.evaluation.gather import Gathered, gather_cycles
from jdzfire.registers.heat_history import SourceHistory
from jdzfire.schemas import VERDICTS, conform
from jdzfire.triage.context import TriageContext
from jdzfire.triage.cycle import TriageState, source_histories
from jdzfire.triage.duty import needs_answer
from jdzfire.triage.rules import Rules
from jdzfire.triage.verdict import decide_verdicts

ANSWER_H = 3.0
"""Hours after which an event shown to duty staff counts as answered [K]."""

_US_PER_H = 3_600_000_000
_NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Replay:
    """What happened in the replay."""

    arrivals: pd.DataFrame
    """One row a hotspot when it first arrived: hotspot_id, cycle_at, event_id, verdict and
    is_provisional then."""
    judged: pd.DataFrame
    """One row an event and cycle that judged it, by both: cycle_at, event_id, verdict,
    is_provisional, explained_by, reasons; answered_at, when duty staff had last answered it."""
    triage_state: TriageState
    """State at the end."""
    cycles: int
    """Cycles in which something arrived."""
    rounds: int = 1
    """Rounds of judging until no answer changed."""


def replay_cycles(
    hotspots: gpd.GeoDataFrame,
    context: TriageContext,
    *,
    cycle_min: int = 10,
    rules: Rules | None = None,
    progress: Callable[[], object] = lambda: None,
) -> Replay:
    """Run the cycles of a season.

    Parameters
    ----------
    hotspots, cycle_min, rules, progress
        As for :func:`jdzfire.evaluation.gather.gather_cycles`.
    context : TriageContext
        Current registers; the past of the heat sources is made by the replay.

    Returns
    -------
    Replay
    """
    gathered = gather_cycles(hotspots, cycle_min=cycle_min, rules=rules, progress=progress)
    return judge_cycles(gathered, context, rules=rules)


def judge_cycles(
    gathered: Gathered,
    context: TriageContext,
    *,
    rules: Rules | None = None,
    past: Mapping[str, SourceHistory] | None = None,
    near: Replay | None = None,
) -> Replay:
    """Judge every event of every cycle as it was then.

    Events shown to duty staff count as answered ``ANSWER_H`` later, so that only what comes after
    is judged again. An answer is valid until the next one, also while the event is shown again.

    Parameters
    ----------
    gathered : Gathered
    context : TriageContext
        Current registers; the past of the heat sources is made here.
    rules : Rules, optional
        ``footprint``, ``events`` and ``persistence`` should be those it was gathered with.
    past : mapping of SourceHistory by source_id, optional
        From :func:`known_past`, when several rules are tried on the same cycles.
    near : Replay, optional
        Of the same cycles with rules not far from these: where its answers are right they need
        no round. The result is the same.

    Returns
    -------
    Replay

    Notes
    -----
    Each round judges the cycles again in which an answer changed what is judged. An answer acts on
    later cycles only, so at least the earliest cycle that is not right yet becomes right in each:
    it ends, on a simulated season after six rounds [C].
    """
    rules = rules or Rules()
    past = known_past(gathered, context, rules=rules) if past is None else past
    context = replace(context, past=past)
    cycle_at = gathered.snapshots["cycle_at"]
    spots = _Spots.of(gathered)
    answered = np.full(len(cycle_at), _NEVER) if near is None else _answers_in_time(near)
    is_stale, verdicts, rounds = np.ones(len(cycle_at), dtype=bool), None, 0
    while verdicts is None or is_stale.any():
        again = cycle_at.isin(cycle_at[is_stale]).to_numpy()
        fresh = _judge_some(gathered, context, again, answered, rules)
        if verdicts is not None and not again.all():
            fresh = pd.concat([verdicts[~again], fresh]).sort_values("event_id")
        verdicts = fresh.reset_index(drop=True)
        now = _answered_at(gathered.snapshots, verdicts)
        is_stale, answered, rounds = spots.differ(answered, now), now, rounds + 1
    return _as_replay(gathered, verdicts, answered, rounds)


def _judge_some(
    gathered: Gathered,
    context: TriageContext,
    chosen: NDArray[np.bool_],
    answered: NDArray[np.int64],
    rules: Rules,
) -> pd.DataFrame:
    """Verdicts of the snapshots chosen; those of one cycle must be chosen together."""
    names = gathered.snapshots["snapshot"]
    is_mine = gathered.members["event_id"].isin(names[chosen]).to_numpy()
    known = chosen & (answered != _NEVER)
    return decide_verdicts(
        gathered.events[chosen],
        gathered.hotspots[is_mine],
        gathered.members[is_mine],
        context,
        at=gathered.snapshots["cycle_at"].max(),
        rules=rules,
        settled=_times(answered[known]).set_axis(names[known]),
        rounds=gathered.snapshots["cycle_at"].set_axis(names),
    )


def _times(answered: NDArray[np.int64]) -> pd.Series:
    """Answers as times, NaT for none."""
    answer_times = np.where(answered == _NEVER, pd.NaT.value, answered).astype("datetime64[us]")
    return pd.Series(answer_times).dt.tz_localize("UTC")


def _answers_in_time(replay: Replay) -> NDArray[np.int64]:
    answer_times = replay.judged["answered_at"]
    return np.where(answer_times.isna(), _NEVER, answer_times.astype("int64")).astype(np.int64)


def _answered_at(snapshots: pd.DataFrame, verdicts: pd.DataFrame) -> NDArray[np.int64]:
    """When duty staff had last answered the event of each snapshot by its cycle, in its unit."""
    asks = needs_answer(verdicts).to_numpy()
    at = snapshots["cycle_at"].astype("int64").to_numpy()
    delay = int(ANSWER_H * _US_PER_H)
    found = np.full(len(snapshots), _NEVER)
    last: dict[str, int] = {}
    pending: dict[str, int] = {}
    for number, event_id in enumerate(snapshots["event_id"]):
        if pending.get(event_id, at[number] + 1) <= at[number]:
            last[event_id] = pending.pop(event_id)
        found[number] = last.get(event_id, _NEVER)
        if asks[number]:
            pending.setdefault(event_id, int(at[number]) + delay)
    return found


@dataclass(frozen=True)
class _Spots:
    """Times of the hotspots of each snapshot, to see what an answer leaves to judge."""

    snapshot: NDArray[np.int64]
    acquired_at: NDArray[np.int64]
    count: int

    @classmethod
    def of(cls, gathered: Gathered) -> _Spots:
        names = pd.Index(gathered.snapshots["snapshot"])
        snapshot = names.get_indexer(pd.Index(gathered.members["event_id"]))
        at = gathered.hotspots["acquired_at"].astype("int64").to_numpy()
        return cls(snapshot, at, len(gathered.snapshots))

    def differ(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Snapshots of which two sets of answers leave other hotspots, or none answered."""
        left = [
            np.bincount(self.snapshot[self.acquired_at > until], minlength=self.count)
            for until in (one[self.snapshot], other[self.snapshot])
        ]
        differs: NDArray[np.bool_] = (left[0] != left[1]) | ((one == _NEVER) != (other == _NEVER))
        return differs


def _as_replay(
    gathered: Gathered, verdicts: pd.DataFrame, answered: NDArray[np.int64], rounds: int
) -> Replay:
    """Verdicts of snapshots under the ids of their events."""
    snapshots = gathered.snapshots
    named = verdicts.assign(
        event_id=snapshots["event_id"].to_numpy(),
        cycle_at=snapshots["cycle_at"],
        decided_at=snapshots["cycle_at"],
        answered_at=_times(answered),
    )
    judged = named[_JUDGED]
    answer_times = judged[["cycle_at", "event_id", "verdict", "is_provisional"]]
    arrivals = gathered.arrivals.merge(answer_times, on=["cycle_at", "event_id"], how="left")
    arrivals["is_provisional"] = arrivals["is_provisional"].eq(True)
    last = named.drop_duplicates("event_id", keep="last")
    dropped_at = gathered.dropped_at.reindex(last["event_id"]).set_axis(last.index)
    is_held = ~(dropped_at >= last["decided_at"])
    triage_state = conform(last[is_held].sort_values("event_id"), VERDICTS)
    return Replay(
        arrivals[_ARRIVALS],
        judged,
        replace(gathered.triage_state, verdicts=triage_state),
        gathered.cycles,
        rounds,
    )


_ARRIVALS = ["hotspot_id", "cycle_at", "event_id", "verdict", "is_provisional"]
_JUDGED = [
    "event_id",
    "verdict",
    "is_provisional",
    "explained_by",
    "cycle_at",
    "reasons",
    "answered_at",
]


def known_past(
    gathered: Gathered, context: TriageContext, *, rules: Rules | None = None
) -> dict[str, SourceHistory]:
    """Past of the heat sources over the whole season.

    Triage uses it only up to ``heat_past_gap_h`` before each hotspot. Rows that took longer
    than that to arrive are left out, so nothing is known before it had arrived.

    Parameters
    ----------
    gathered : Gathered
    context : TriageContext
    rules : Rules, optional
        Only ``footprint`` and ``heat_past_gap_h`` matter.

    Returns
    -------
    dict of SourceHistory by source_id
    """
    rules = rules or Rules()
    rows = gathered.rows
    delay = rows["received_at"] - rows["acquired_at"]
    prompt = rows[delay <= timedelta(hours=rules.triage.heat_past_gap_h)]
    return source_histories(prompt.drop_duplicates("hotspot_id"), context, rules=rules)

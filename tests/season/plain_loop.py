"""The replay as it is told: one cycle after the other, each by ``advance``. Slow; the oracle."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd

from jdzfire.hotspots import merge_versions
from jdzfire.triage import (
    Rules,
    advance,
    asks_for_people,
    empty_standing,
    source_past,
)

ANSWER = timedelta(hours=3)


def replay_plainly(hotspots, ground, *, cycle_min=10, rules=None):
    """Arrivals, judged and the last verdicts, cycle by cycle."""
    rules = rules or Rules()
    prompt = hotspots[
        hotspots["received_at"] - hotspots["acquired_at"]
        <= timedelta(hours=rules.triage.heat_past_gap_h)
    ]
    past = source_past(prompt.drop_duplicates("hotspot_id"), ground, rules=rules)
    ground = replace(ground, past=past)
    standing, last, pending = empty_standing(), {}, {}
    arrivals, judged = [], []
    for tick, incoming in hotspots.groupby(hotspots["received_at"].dt.ceil(f"{cycle_min}min")):
        at = pd.Timestamp(tick)
        for event_id in [one for one, when in pending.items() if when <= at]:
            last[event_id] = pending.pop(event_id)
        known = standing.hotspots
        better = merge_versions(known, incoming.reset_index(drop=True))
        if better.empty:
            continue
        is_new = ~better["hotspot_id"].isin(standing.members["hotspot_id"])
        kept = known[~known["hotspot_id"].isin(better["hotspot_id"])]
        pool = pd.concat([kept, better]) if len(kept) else better
        standing, _ = advance(
            replace(standing, hotspots=pool.reset_index(drop=True)),
            ground,
            at=at,
            changed=set(better["hotspot_id"][~is_new]),
            rules=rules,
            settled=pd.Series(last, dtype="datetime64[us, UTC]"),
        )
        fresh = standing.verdicts[standing.verdicts["decided_at"] == at]
        judged.append(fresh.assign(cycle_at=at))
        for event_id in fresh.loc[asks_for_people(fresh), "event_id"]:
            pending.setdefault(event_id, at + ANSWER)
        owner = standing.members.set_index("hotspot_id")["event_id"]
        told = standing.verdicts.set_index("event_id")
        for hotspot_id in better["hotspot_id"][is_new]:
            event_id = owner.get(hotspot_id)
            verdict = told["verdict"].get(event_id)
            arrivals.append((hotspot_id, at, event_id, verdict, _is_doubtful(told, event_id)))
    return arrivals, pd.concat(judged) if judged else None, standing.verdicts


def _is_doubtful(told, event_id):
    return bool(told["is_provisional"].get(event_id, False))

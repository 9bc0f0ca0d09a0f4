"""The replay as described: one cycle after the other, each by ``advance``. Slow; the oracle."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd

from jdzfire.hotspots.identity import merge_versions
from jdzfire.triage.cycle import advance, empty_triage_state, source_histories
from jdzfire.triage.duty import needs_answer
from jdzfire.triage.rules import Rules

ANSWER = timedelta(hours=3)


def replay_plainly(hotspots, context, *, cycle_min=10, rules=None):
    """Arrivals, judged and the last verdicts, cycle by cycle."""
    rules = rules or Rules()
    prompt = hotspots[
        hotspots["received_at"] - hotspots["acquired_at"]
        <= timedelta(hours=rules.triage.heat_past_gap_h)
    ]
    past = source_histories(prompt.drop_duplicates("hotspot_id"), context, rules=rules)
    context = replace(context, past=past)
    triage_state, last, pending = empty_triage_state(), {}, {}
    arrivals, judged = [], []
    for tick, incoming in hotspots.groupby(hotspots["received_at"].dt.ceil(f"{cycle_min}min")):
        at = pd.Timestamp(tick)
        for event_id in [one for one, when in pending.items() if when <= at]:
            last[event_id] = pending.pop(event_id)
        known = triage_state.hotspots
        new_or_updated = merge_versions(known, incoming.reset_index(drop=True))
        if new_or_updated.empty:
            continue
        is_new = ~new_or_updated["hotspot_id"].isin(triage_state.members["hotspot_id"])
        kept = known[~known["hotspot_id"].isin(new_or_updated["hotspot_id"])]
        pool = pd.concat([kept, new_or_updated]) if len(kept) else new_or_updated
        triage_state, _ = advance(
            replace(triage_state, hotspots=pool.reset_index(drop=True)),
            context,
            at=at,
            changed=set(new_or_updated["hotspot_id"][~is_new]),
            rules=rules,
            settled=pd.Series(last, dtype="datetime64[us, UTC]"),
        )
        fresh = triage_state.verdicts[triage_state.verdicts["decided_at"] == at]
        judged.append(fresh.assign(cycle_at=at))
        for event_id in fresh.loc[needs_answer(fresh), "event_id"]:
            pending.setdefault(event_id, at + ANSWER)
        owner = triage_state.members.set_index("hotspot_id")["event_id"]
        stated = triage_state.verdicts.set_index("event_id")
        for hotspot_id in new_or_updated["hotspot_id"][is_new]:
            event_id = owner.get(hotspot_id)
            verdict = stated["verdict"].get(event_id)
            arrivals.append((hotspot_id, at, event_id, verdict, _is_doubtful(stated, event_id)))
    return arrivals, pd.concat(judged) if judged else None, triage_state.verdicts


def _is_doubtful(stated, event_id):
    return bool(stated["is_provisional"].get(event_id, False))

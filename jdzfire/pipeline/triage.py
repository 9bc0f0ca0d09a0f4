"""Triage: hotspots joined to events, events judged, cases opened."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import shapely

from jdzfire.cases.opening import advance_cases, closed_at_by_event
from jdzfire.events.join import Joined
from jdzfire.events.rules import SplitStatement
from jdzfire.pipeline.ingest import mark_done
from jdzfire.queries.grids import load_danger, load_elevation, load_landcover
from jdzfire.queries.watched import watched_hotspots
from jdzfire.store.ledger_inputs import ARCHIVED
from jdzfire.store.parquet import differing_rows
from jdzfire.store.registers import load_register
from jdzfire.triage.context import TriageContext, prepare_context
from jdzfire.triage.cycle import TriageState, advance, reassess, source_histories
from jdzfire.triage.duty import needs_duty
from jdzfire.workspace import Workspace, watched_area


@dataclass(frozen=True)
class Outcome:
    """What a round of judging changed."""

    events: int
    """Events there are, merged ones excluded."""
    unresolved: int
    """Events that need the duty room."""
    opened: int
    """Cases opened."""
    reopened: int
    """Cases opened again because their event was seen after closing."""


def load_context(workspace: Workspace) -> TriageContext:
    """Registers and grids made ready for triage."""
    home = workspace.home
    return prepare_context(
        permits=load_register(home, "permits"),
        zones=load_register(home, "zones"),
        heat_sources=load_register(home, "heat-sources"),
        admin=load_register(home, "admin"),
        settlements=load_register(home, "settlements"),
        landcover=load_landcover(workspace),
        elevation=load_elevation(workspace),
        danger=load_danger(workspace),
        special_days=load_register(home, "special-days"),
    )


def load_triage_state(workspace: Workspace, context: TriageContext) -> TriageState:
    """Hotspots that concern the watched area, with the current events and verdicts.

    The area is that of the registered counties; until there are any, the bounding box of the
    settings. A hotspot concerns it when its footprint touches it, or when it is one fire with one
    whose footprint does. One that belongs to an event already stays in sight, wherever it is.
    """
    events, members = workspace.ledger.load_events(), workspace.ledger.load_members()
    area = watched_area(workspace, context.admin)
    reach = area if events.empty else shapely.union(area, shapely.box(*events.total_bounds))
    hotspots = watched_hotspots(workspace, area, reach=reach, also=members["hotspot_id"])
    return TriageState(hotspots, events, members, workspace.ledger.load_verdicts())


def run_triage(
    workspace: Workspace,
    *,
    at: datetime,
    everything: bool = False,
    context: TriageContext | None = None,
) -> Outcome:
    """Join new hotspots, judge what they touch and what has not ended, open cases.

    What is new or updated follows from the inputs that were archived and not judged yet, so a run
    that was killed in between is made good by the next one.

    Parameters
    ----------
    workspace : Workspace
    at : datetime
    everything : bool
        Judge ended events too, for example after a register was corrected.
    context : TriageContext, optional
        Registers made ready before; read from the store by default.

    Returns
    -------
    Outcome
    """
    context = load_context(workspace) if context is None else context
    before = load_triage_state(workspace, context)
    inputs = workspace.ledger.load_inputs()
    unjudged = inputs.loc[inputs["state"] == ARCHIVED, "sha256"]
    is_changed = before.hotspots["raw_sha256"].isin(unjudged)
    context = replace(
        context, past=source_histories(before.hotspots, context, rules=workspace.settings.rules)
    )
    after, joined = _judged(
        workspace,
        before,
        context,
        at=at,
        changed=set(before.hotspots.loc[is_changed, "hotspot_id"]),
        again="all" if everything else "open",
    )
    # one transaction: killed in between, the next run would take its own members for moved ones
    with workspace.ledger.together():
        outcome = _keep(workspace, before, after, joined, at=at)
        mark_done(workspace)
    return outcome


def judge_round(
    workspace: Workspace,
    before: TriageState,
    context: TriageContext,
    *,
    at: datetime,
    changed: Collection[str] = (),
    again: Literal["touched", "open", "all"] = "touched",
) -> tuple[TriageState, Outcome]:
    """One round on tables already at hand: advance, keep what changed, open cases.

    Parameters
    ----------
    workspace : Workspace
    before : TriageState
        As the ledger has it, with all hotspots that count now.
    context : TriageContext
        With the past of the heat sources.
    at : datetime
    changed : collection of hotspot_id
    again : "touched", "open" or "all"
        Which events to judge: those that new hotspots touch; those that have not ended too,
        since a register may have changed; or every one.

    Returns
    -------
    TriageState, Outcome
    """
    after, joined = _judged(workspace, before, context, at=at, changed=changed, again=again)
    with workspace.ledger.together():
        return after, _keep(workspace, before, after, joined, at=at)


def _judged(
    workspace: Workspace,
    before: TriageState,
    context: TriageContext,
    *,
    at: datetime,
    changed: Collection[str],
    again: Literal["touched", "open", "all"],
) -> tuple[TriageState, Joined]:
    """The tables after a round, and what changed among the events; nothing is kept yet."""
    rules = workspace.settings.rules
    settled = closed_at_by_event(workspace.ledger.load_cases(), workspace.ledger.load_case_log())
    splits = split_statements(workspace)
    after, joined = advance(
        before, context, at=at, changed=changed, splits=splits, rules=rules, settled=settled
    )
    if again != "touched":
        is_open = after.events["state"].isin(["active", "dormant"]) | (again == "all")
        ids = set(after.events.loc[is_open, "event_id"])
        after = reassess(after, context, ids, at=at, rules=rules, settled=settled)
    return after, joined


def split_statements(workspace: Workspace) -> list[SplitStatement]:
    """Statements of duty staff that hotspots are not one fire."""
    log = workspace.ledger.load_event_log()
    statements = [json.loads(text) for text in log.loc[log["action"] == "apart", "hotspot_ids"]]
    return [SplitStatement(frozenset(these), frozenset(those)) for these, those in statements]


def _keep(
    workspace: Workspace, before: TriageState, after: TriageState, joined: Joined, *, at: datetime
) -> Outcome:
    ledger = workspace.ledger
    ledger.save_events(
        _changed_rows(before.events, after.events),
        _changed_rows(before.members, after.members),
        log=joined.log,
    )
    ledger.save_verdicts(_changed_rows(before.verdicts, after.verdicts))
    changes = advance_cases(
        ledger.load_cases(),
        after.events,
        after.verdicts,
        at=at,
        rules=workspace.settings.cases,
    )
    ledger.keep_case_changes(changes)
    return Outcome(
        events=int(after.events["merged_into"].isna().sum()),
        unresolved=int(needs_duty(after.verdicts, ledger.load_cases()).sum()),
        opened=sum(change.action == "open" for change in changes),
        reopened=sum(change.action == "reopen" for change in changes),
    )


def _changed_rows(before: Any, after: Any) -> Any:
    """Rows of ``after`` that ``before`` does not have as they are; the first column is the id."""
    key = after.columns[0]
    held = before.set_index(key).reindex(after[key]).reset_index()[list(after.columns)]
    return after[differing_rows(held, after, ignore=("decided_at",))]

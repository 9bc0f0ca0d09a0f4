"""A round of judging: hotspots joined to events, events judged, cases opened."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import shapely

from jdzfire.cases.opening import advance_cases, closed_at_by_event
from jdzfire.cases.steps import CaseChange
from jdzfire.events.join import Joined
from jdzfire.events.rules import SplitStatement
from jdzfire.pipeline.ingest import mark_done
from jdzfire.pipeline.outcome import Outcome
from jdzfire.queries.grids import load_danger, load_elevation, load_landcover
from jdzfire.queries.knowledge import Knowledge, digest, knowledge_of
from jdzfire.queries.source_rows import load_source_rows, renew_source_rows, save_source_rows
from jdzfire.queries.watched import watched_hotspots
from jdzfire.store.archive import hotspots_in_files
from jdzfire.store.cycle_note import save_cycle_note
from jdzfire.store.ledger_inputs import ARCHIVED
from jdzfire.store.parquet import differing_rows
from jdzfire.store.registers import load_register
from jdzfire.triage.context import TriageContext, prepare_context
from jdzfire.triage.cycle import (
    TriageState,
    advance,
    empty_triage_state,
    histories_of_rows,
    reassess,
    rows_on_sources,
)
from jdzfire.triage.duty import ASKING_VERDICTS, needs_duty
from jdzfire.triage.rules import Rules
from jdzfire.workspace import Workspace, watched_area

OPEN_STATES = ("active", "dormant")
"""States of events that have not ended."""


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


_contexts: dict[str, TriageContext] = {}


def _context_of(workspace: Workspace) -> TriageContext:
    """The context of this setting of the workspace; a warm watch makes it once."""
    setting = f"{workspace.home.root} {knowledge_of(workspace).setting}"
    if setting not in _contexts:
        context = load_context(workspace)
        _contexts.clear()
        _contexts[setting] = context
    return _contexts[setting]


def load_triage_state(workspace: Workspace, context: TriageContext) -> TriageState:
    """Hotspots that concern the watched area, with the current events and verdicts.

    The area is that of the registered counties; until there are any, the bounding box of the
    settings. A hotspot concerns it when its footprint touches it, or when it is one fire with one
    whose footprint does. One that belongs to an event already stays in sight, wherever it is.
    """
    events, members = workspace.ledger.load_events(), workspace.ledger.load_members()
    hotspots = _hotspots_near(workspace, context, events, members, since=None)
    return TriageState(hotspots, events, members, workspace.ledger.load_verdicts())


def load_recent_state(
    workspace: Workspace, context: TriageContext, times: pd.Series
) -> TriageState:
    """What a round can change: events that have not ended, and all within reach of new hotspots.

    Parameters
    ----------
    workspace : Workspace
    context : TriageContext
    times : Series of times, may be empty
        When the new and changed hotspots were observed.

    Returns
    -------
    TriageState
        A round on it changes what a round on :func:`load_triage_state` changes.
    """
    ledger, reach = workspace.ledger, timedelta(hours=workspace.settings.rules.events.end_h)
    events = ledger.load_events(states=OPEN_STATES)
    if len(times):
        since = (times.min() - 2 * reach).to_pydatetime()
        events = _joined(events, ledger.load_events(since=since), "event_id")
        begin = min([since, *events["first_seen_at"]])
    elif len(events):
        begin = events["first_seen_at"].min()
    else:
        return empty_triage_state()
    members = ledger.load_members(event_ids=events["event_id"])
    hotspots = _hotspots_near(workspace, context, events, members, since=begin)
    members = _joined(members, ledger.load_members(hotspots["hotspot_id"]), "hotspot_id")
    others = set(members["event_id"]) - set(events["event_id"])
    events = _joined(events, ledger.load_events(others), "event_id")
    return TriageState(hotspots, events, members, ledger.load_verdicts(events["event_id"]))


def _joined(one: Any, other: Any, key: str) -> Any:
    """Rows of two tables of one contract, each once, by key."""
    if one.empty or other.empty:
        return other if one.empty else one
    both = pd.concat([one, other]).drop_duplicates(key)
    return both.sort_values(key).reset_index(drop=True)


def _hotspots_near(
    workspace: Workspace,
    context: TriageContext,
    events: gpd.GeoDataFrame,
    members: pd.DataFrame,
    *,
    since: datetime | None,
) -> gpd.GeoDataFrame:
    area = watched_area(workspace, context.admin)
    reach = area if events.empty else shapely.union(area, shapely.box(*events.total_bounds))
    also = members["hotspot_id"]
    return watched_hotspots(workspace, area, reach=reach, since=since, also=also)


@dataclass(frozen=True)
class _Round:
    """What a round has to do."""

    state: TriageState
    """What it may change."""
    rows: gpd.GeoDataFrame
    """Rows on heat sources, of all times."""
    is_whole: bool
    """Whether the state holds all there is."""


def judge(
    workspace: Workspace,
    *,
    at: datetime,
    everything: bool = False,
    since: tuple[Knowledge, Mapping[str, Any]] | None = None,
) -> Outcome:
    """A round of judging; what it found is noted for the next one.

    Parameters
    ----------
    workspace : Workspace
    at : datetime
    everything : bool
        Judge ended events too.
    since : tuple, optional
        What is known now, and the note of the last round, when all that happened between them is
        that hotspots came or cases changed; default: all there is is read.

    Returns
    -------
    Outcome
    """
    context = _context_of(workspace)
    rules = workspace.settings.rules
    unjudged = workspace.ledger.load_inputs(ARCHIVED)["sha256"]
    round_ = _recent_round(workspace, context, *since, unjudged) if since else None
    if round_ is None:
        whole = load_triage_state(workspace, context)
        rows = rows_on_sources(whole.hotspots, context, rules=rules)
        round_ = _Round(whole, rows, is_whole=True)
    before = round_.state
    near = None if round_.is_whole else before.hotspots
    context = replace(context, past=histories_of_rows(round_.rows, context, near=near, rules=rules))
    is_changed = before.hotspots["raw_sha256"].isin(unjudged)
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
        outcome = keep_round(workspace, before, after, joined, at=at)
        mark_done(workspace)
    now = knowledge_of(workspace)
    save_source_rows(workspace, round_.rows, made_of=_rows_from(now.setting, now.archive))
    before_note = since[1] if since else {}
    save_cycle_note(workspace.home, "judged", _note(now, before_note, after, outcome, rules, at))
    return outcome


def _recent_round(
    workspace: Workspace,
    context: TriageContext,
    known: Knowledge,
    noted: Mapping[str, Any],
    unjudged: pd.Series,
) -> _Round | None:
    """A round on what came since the last one; None when its rows on heat sources are gone."""
    before = load_source_rows(workspace, made_of=_rows_from(noted["setting"], noted["archive"]))
    if before is None:
        return None
    came = hotspots_in_files(workspace.home, known.archive - set(noted["archive"]))
    state = load_recent_state(
        workspace, context, came.loc[came["raw_sha256"].isin(unjudged), "acquired_at"]
    )
    rows = rows_on_sources(state.hotspots, context, rules=workspace.settings.rules)
    return _Round(state, renew_source_rows(before, rows), is_whole=False)


def _rows_from(setting: str, archive: Collection[str]) -> str:
    return digest(setting, *sorted(archive))


def _note(
    known: Knowledge,
    noted: Mapping[str, Any],
    after: TriageState,
    outcome: Outcome,
    rules: Rules,
    at: datetime,
) -> dict[str, Any]:
    events = after.events
    waits = [timedelta(hours=hours) for hours in (rules.events.dormant_h, rules.events.end_h)]
    seen = events.loc[events["state"].isin(OPEN_STATES), "last_seen_at"]
    turns = [when for wait in waits for when in seen + wait if when >= at]
    latest = [float(noted.get("latest", 0.0))]
    latest += [when.timestamp() for when in events["last_seen_at"]]
    return {
        "setting": known.setting,
        "archive": sorted(known.archive),
        "events": known.events,
        "judged_from": known.judged_from,
        "at": at.timestamp(),
        "until": min(turns).timestamp() if turns else None,
        "latest": max(latest),
        "count": outcome.events,
        "unresolved": outcome.unresolved,
    }


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
        return after, keep_round(workspace, before, after, joined, at=at)


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
    cases = workspace.ledger.load_cases(before.events["event_id"])
    settled = closed_at_by_event(cases, workspace.ledger.load_case_logs(cases["case_id"]))
    splits = split_statements(workspace)
    after, joined = advance(
        before, context, at=at, changed=changed, splits=splits, rules=rules, settled=settled
    )
    if again != "touched":
        is_open = after.events["state"].isin(OPEN_STATES) | (again == "all")
        ids = set(after.events.loc[is_open, "event_id"])
        after = reassess(after, context, ids, at=at, rules=rules, settled=settled)
    return after, joined


def split_statements(workspace: Workspace) -> list[SplitStatement]:
    """Statements of duty staff that hotspots are not one fire."""
    log = workspace.ledger.load_event_log()
    statements = [json.loads(text) for text in log.loc[log["action"] == "apart", "hotspot_ids"]]
    return [SplitStatement(frozenset(these), frozenset(those)) for these, those in statements]


def keep_round(
    workspace: Workspace, before: TriageState, after: TriageState, joined: Joined, *, at: datetime
) -> Outcome:
    """Keep what a round changed, and open, reopen and hand over cases; in one transaction."""
    changes = keep_tables(workspace, before, after, joined, at=at)
    return outcome_of(
        workspace,
        opened=sum(change.action == "open" for change in changes),
        reopened=sum(change.action == "reopen" for change in changes),
    )


def keep_tables(
    workspace: Workspace, before: TriageState, after: TriageState, joined: Joined, *, at: datetime
) -> list[CaseChange]:
    """Keep what changed; the steps that were taken on cases."""
    ledger = workspace.ledger
    ledger.save_events(
        _changed_rows(before.events, after.events),
        _changed_rows(before.members, after.members),
        log=joined.log,
    )
    ledger.save_verdicts(_changed_rows(before.verdicts, after.verdicts))
    concerned = {*after.events["event_id"], *after.events["merged_into"].dropna()}
    changes = advance_cases(
        ledger.load_cases(concerned),
        after.events,
        after.verdicts,
        at=at,
        rules=workspace.settings.cases,
    )
    ledger.keep_case_changes(changes)
    return changes


def outcome_of(workspace: Workspace, *, opened: int, reopened: int) -> Outcome:
    """What the ledger holds after a round that opened and reopened so many cases."""
    ledger = workspace.ledger
    asking = ledger.load_asking_verdicts(ASKING_VERDICTS)
    return Outcome(
        events=ledger.count_events(),
        unresolved=int(needs_duty(asking, ledger.load_cases(asking["event_id"])).sum()),
        opened=opened,
        reopened=reopened,
    )


def _changed_rows(before: Any, after: Any) -> Any:
    """Rows of ``after`` that ``before`` does not have as they are; the first column is the id."""
    key = after.columns[0]
    held = before.set_index(key).reindex(after[key]).reset_index()[list(after.columns)]
    return after[differing_rows(held, after, ignore=("decided_at",))]

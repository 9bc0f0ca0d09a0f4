"""The plan of the teams kept up to date: coverage today, and where more of them gain most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jdzfire.errors import NotFound
from jdzfire.queries.knowledge import digest
from jdzfire.queries.plan import cover_forest, place_more
from jdzfire.queries.planner import make_plan
from jdzfire.store.cycle_note import load_cycle_note, save_cycle_note
from jdzfire.store.kept import load_kept
from jdzfire.workspace import Workspace

_FROM = ("teams", "roads", "settlements", "admin", "zones", "landcover", "dem")
_MOVES = (0, 1, 2, 3, 5)


def renew_siting(
    workspace: Workspace,
    *,
    minutes: float,
    add: int,
    lang: str | None = None,
    only_changed: bool = False,
) -> Mapping[str, Any] | None:
    """Coverage of the forest today and with more teams, and their maps.

    Parameters
    ----------
    workspace : Workspace
    minutes : float
        From the alarm.
    add : int
        How many more teams; 0 for the coverage alone.
    lang : str, optional
    only_changed : bool
        Do nothing when no register it follows from has changed since.

    Returns
    -------
    mapping or None
        ``share`` and ``share_after`` of the forest, ``sentence_zh``, ``sentence_en``,
        ``is_optimal``, ``method``: by road and on foot where roads are registered, else by
        straight line; None when nothing had changed.
    """
    kept = load_kept(workspace.home).files
    registers = [
        f"{name} {kept[name].sha256}"
        for name in sorted(kept)
        if any(name.startswith(f"registers/{kind}") for kind in _FROM)
    ]
    made_of = digest(*registers, f"{minutes} {add}", workspace.settings.model_dump_json())
    if only_changed and load_cycle_note(workspace.home, "siting").get("made_of") == made_of:
        return None
    try:
        found = _by_road(workspace, minutes, add, lang)
    except NotFound:  # no roads, or no forest on the watched ground
        found = _by_straight_line(workspace, minutes, add, lang)
    save_cycle_note(workspace.home, "siting", {"made_of": made_of})
    return found


def _by_road(workspace: Workspace, minutes: float, add: int, lang: str | None) -> dict[str, Any]:
    """Plans by minutes, and their page."""
    answer = make_plan(workspace, within=minutes, moves=_MOVES, add=add, weight="forest", lang=lang)
    best = answer.plans[-1]
    total = best.total or 1.0
    before, after = best.before / total, best.after / total
    moved = int((best.steps["team"] >= 0).sum())
    added = len(best.steps) - moved
    return {
        "share": before,
        "share_after": after,
        "is_optimal": best.is_optimal,
        "method": "road_and_foot",
        "sentence_zh": f"公路加步行，{minutes:g}分钟内可到达林地的{before:.1%}；调动{moved}队、"
        f"增设{added}队可到{after:.1%}（{'已证明最优' if best.is_optimal else '未证明最优'}）。",
        "sentence_en": f"By road and on foot {before:.1%} of the forest is reached within "
        f"{minutes:g} min; with {moved} teams moved and {added} added {after:.1%} "
        f"({'proven best' if best.is_optimal else 'not proven'}).",
    }


def _by_straight_line(
    workspace: Workspace, minutes: float, add: int, lang: str | None
) -> dict[str, Any]:
    """Coverage and new sites without roads."""
    coverage, _ = cover_forest(workspace, minutes=minutes, lang=lang)
    found: dict[str, Any] = {
        "share": coverage.share,
        "sentence_zh": coverage.sentence_zh,
        "sentence_en": coverage.sentence_en,
        "method": "straight_line",
    }
    if add:
        placement, _ = place_more(workspace, k=add, minutes=minutes, lang=lang)
        found |= {
            "share_after": placement.share_after,
            "is_optimal": placement.is_optimal,
            "sentence_zh": placement.sentence_zh,
            "sentence_en": placement.sentence_en,
        }
    return found

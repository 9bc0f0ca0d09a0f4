"""The plan of the teams kept up to date: coverage today, and where more of them gain most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jdzfire.queries.knowledge import digest
from jdzfire.queries.plan import cover_forest, place_more
from jdzfire.store.cycle_note import load_cycle_note, save_cycle_note
from jdzfire.store.kept import load_kept
from jdzfire.workspace import Workspace

_FROM = ("teams", "roads", "settlements", "admin", "landcover")


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
        ``is_optimal``; None when nothing had changed.
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
    coverage, _ = cover_forest(workspace, minutes=minutes, lang=lang)
    found: dict[str, Any] = {
        "share": coverage.share,
        "sentence_zh": coverage.sentence_zh,
        "sentence_en": coverage.sentence_en,
    }
    if add:
        placement, _ = place_more(workspace, k=add, minutes=minutes, lang=lang)
        found |= {
            "share_after": placement.share_after,
            "is_optimal": placement.is_optimal,
            "sentence_zh": placement.sentence_zh,
            "sentence_en": placement.sentence_en,
        }
    save_cycle_note(workspace.home, "siting", {"made_of": made_of})
    return found

"""Noting a burn: lit, dead out, called off."""

from __future__ import annotations

import secrets
from datetime import datetime

from jdzfire.errors import NotFound, UsageError
from jdzfire.queries.burns import NEXT_STEPS, states_of_burns
from jdzfire.schemas import BURN_ACTION_ZH
from jdzfire.store.registers import load_register
from jdzfire.workspace import Workspace


def note_burn(
    workspace: Workspace,
    permit_id: str,
    action: str,
    *,
    who: str,
    at: datetime,
    people: float | None = None,
    remark: str | None = None,
    token: str | None = None,
) -> bool:
    """Note that a permitted burn was lit, is dead out, or is not lit after all.

    It explains nothing by itself: whether a permit explains a hotspot is decided in ``triage``.

    Parameters
    ----------
    workspace : Workspace
    permit_id : str
    action : str
        ``in``, ``out`` or ``off``.
    who : str
    at : datetime, aware
    people : float, optional
        People at the burn.
    remark : str, optional
    token : str, optional
        The same when it is sent again.

    Returns
    -------
    bool
        False when it was noted before.

    Raises
    ------
    NotFound
        No such permit.
    UsageError
        There is no such action, or the burn is in no state for it.
    """
    if permit_id not in set(load_register(workspace.home, "permits")["permit_id"]):
        raise NotFound("no such permit", found=repr(permit_id[:80]))
    if action not in BURN_ACTION_ZH:
        raise UsageError(
            "no such note of a burn", expected=", ".join(BURN_ACTION_ZH), found=action[:20]
        )
    ledger = workspace.ledger
    with ledger.together():
        if token is not None and ledger.has_burn_token(token):
            return False
        line = states_of_burns(workspace).get(permit_id)
        state = "planned" if line is None else str(line["action"])
        if action not in NEXT_STEPS[state] and not (state in ("out", "off") and action == "off"):
            raise UsageError(
                f"the burn cannot be noted as {action} now",
                expected=" or ".join(NEXT_STEPS[state]),
                found=f"noted last: {state}",
                remedy="look at the list of burns again",
            )
        row = {
            "permit_id": permit_id,
            "at": at,
            "action": action,
            "who": who,
            "people": people,
            "remark": remark,
            "token": token or secrets.token_hex(16),
        }
        return ledger.note_burn(row)

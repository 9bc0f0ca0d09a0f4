"""Cases that wait for an answer, as the feedback sheet lists them, and those that are late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pandas as pd

from jdzfire.board.labels import Lang
from jdzfire.board.wording import text_or_none
from jdzfire.cases.deadlines import overdue_cases
from jdzfire.errors import NotFound
from jdzfire.exports.feedback_xlsx import feedback_rows, feedback_xlsx
from jdzfire.schemas import CATEGORY_ZH
from jdzfire.store.registers import load_register
from jdzfire.workspace import Workspace

_UNANSWERED = "未反馈"


def feedback_sheet(
    workspace: Workspace,
    *,
    at: datetime,
    county: str | None = None,
    lang: Lang | None = None,
    holds: Callable[[str | None, str | None], bool] | None = None,
) -> tuple[bytes, int]:
    """The feedback sheet of the cases that have not ended, and how many they are.

    Parameters
    ----------
    workspace : Workspace
    at : datetime, aware
    county : str, optional
        Those that a county holds only.
    lang : {"zh", "en"}, optional
        Default is the setting.
    holds : callable, optional
        Of county and township: whether a case is on the sheet.
    """
    ledger = workspace.ledger
    cases = ledger.load_cases()
    events, verdicts = ledger.load_events(), ledger.load_verdicts(cases["event_id"])
    rows = feedback_rows(cases, events, verdicts)
    if county is not None:
        rows = rows[rows["county"].eq(county)]
    if holds is not None:
        places = zip(rows["county"], rows["township"], strict=True)
        rows = rows[[holds(text_or_none(one), text_or_none(two)) for one, two in places]]
    data = feedback_xlsx(
        rows,
        teams=load_register(workspace.home, "teams"),
        made_at=pd.Timestamp(at),
        lang=lang or workspace.settings.lang,
    )
    return data, len(rows)


def tally_answers(
    workspace: Workspace, form: str, *, since: datetime, until: datetime
) -> pd.DataFrame:
    """Answers of cases opened in a span, counted under the words of a form that is sent upwards.

    Parameters
    ----------
    workspace : Workspace
    form : str
        One of the setting ``category_forms``.
    since, until : datetime, aware

    Returns
    -------
    DataFrame
        ``word``, ``count``, ``affected_forest_ha``, by the order of the form; answers it has no
        word for under their own, and cases nobody answered under ``未反馈``.

    Raises
    ------
    NotFound
        No such form.
    """
    forms = workspace.settings.category_forms
    if form not in forms:
        raise NotFound("no such form", expected=", ".join(forms), found=repr(form[:40]))
    cases = workspace.ledger.load_cases()
    cases = cases[cases["opened_at"].between(pd.Timestamp(since), pd.Timestamp(until), "left")]
    words = {**CATEGORY_ZH, **forms[form]}
    word = cases["category"].map(words).fillna(_UNANSWERED)
    order = [*dict.fromkeys([*forms[form].values(), *words.values()]), _UNANSWERED]
    table = cases.assign(word=word, count=1).groupby("word")[["count", "affected_forest_ha"]].sum()
    held = [one for one in order if one in table.index or one in forms[form].values()]
    table = table.reindex(held).fillna(0.0).rename_axis("word").reset_index()
    return table.astype({"count": "int64"})


def late_cases(workspace: Workspace, *, at: datetime) -> pd.DataFrame:
    """Cases that are late, with their county and township, by county, the latest first.

    Returns
    -------
    DataFrame
        Columns of ``cases.deadlines`` and ``county`` (the one that holds the case), ``township``.
    """
    cases = workspace.ledger.load_cases()
    late = overdue_cases(cases, at=at, rules=workspace.settings.cases)
    places = workspace.ledger.load_verdicts(late["event_id"]).set_index("event_id")
    told = late.join(places[["county", "township"]], on="event_id")
    held_by = told["case_id"].map(cases.set_index("case_id")["held_by"])
    told["county"] = held_by.where(held_by.notna(), told["county"])
    return told.sort_values(
        ["county", "late_min", "case_id"], ascending=[True, False, True], ignore_index=True
    )

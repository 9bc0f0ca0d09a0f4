"""The feedback sheet (热点核查反馈表): cases that wait, cells to fill in, the rest locked."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from jdzfire.board import labels
from jdzfire.board.board import Board
from jdzfire.board.labels import Lang
from jdzfire.board.text import clean
from jdzfire.board.wording import BEIJING, MU_PER_HA, records
from jdzfire.exports.events_xlsx import TIME_FORMAT, set_page
from jdzfire.exports.table import ExportColumn, category_names
from jdzfire.exports.workbook import put_text, settle
from jdzfire.schemas import CAUSE_ZH, ENDED_STATUSES

FEEDBACK_KNOWN = (
    ExportColumn("case_id", "案件编号", "Case", "text", 21),
    ExportColumn("version", "版本", "Version", "int", 6),
    ExportColumn("status", "状态", "Status", "text", 12),
    ExportColumn("answer_due_at", "首次反馈时限", "Answer due", "time", 17),
    ExportColumn("result_due_at", "结果反馈时限", "Result due", "time", 17),
    ExportColumn("county", "县（市、区）", "County", "text", 12),
    ExportColumn("township", "乡镇", "Township", "text", 12),
    ExportColumn("place", "地点", "Place", "text", 34),
    ExportColumn("lon", "经度", "Longitude", "float", 11),
    ExportColumn("lat", "纬度", "Latitude", "float", 11),
    ExportColumn("first_seen_at", "首次发现", "First seen", "time", 17),
)
"""Columns that are locked."""

FEEDBACK_ASKED = (
    ExportColumn("team", "派遣队伍", "Team sent", "text", 22),
    ExportColumn("dispatched_at", "派遣时间", "Sent at", "time", 17),
    ExportColumn("arrived_at", "到场时间", "Arrived at", "time", 17),
    ExportColumn("category", "核查类别", "Category", "text", 12),
    ExportColumn("checked_at", "核查时间", "Checked at", "time", 17),
    ExportColumn("affected_mu", "受害森林面积（亩）", "Affected forest (mu)", "float", 12),
    ExportColumn("burned_mu", "过火面积（亩）", "Burned area (mu)", "float", 12),
    ExportColumn("cause", "起火原因", "Cause", "text", 12),
    ExportColumn("people", "出动人数", "People sent", "int", 8),
    ExportColumn("dead", "死亡人数", "Dead", "int", 8),
    ExportColumn("injured", "重伤人数", "Badly hurt", "int", 8),
    ExportColumn("out_at", "扑灭时间", "Out at", "time", 17),
    ExportColumn("answered_by", "反馈人", "Answered by", "text", 12),
    ExportColumn("county_review", "县级审核", "County review", "text", 8),
    ExportColumn("county_reviewer", "县级审核人", "County reviewer", "text", 12),
    ExportColumn("city_review", "市级审核", "City review", "text", 8),
    ExportColumn("city_reviewer", "市级审核人", "City reviewer", "text", 12),
    ExportColumn("close", "结案", "Close", "text", 6),
    ExportColumn("remark", "情况说明", "Remark", "text", 40),
)
"""Columns to fill in."""

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

REVIEW_WORDS = {"zh": ("通过", "退回"), "en": ("taken", "sent back")}
YES = {"zh": "是", "en": "yes"}

_NAMES = {"zh": ("核查反馈", "列表"), "en": ("Feedback", "Lists")}
_HEAD, _FILL = PatternFill("solid", fgColor="FFDCE6F1"), PatternFill("solid", fgColor="FFFFF8DC")
_DATE_2000 = "36526"  # Excel's number of 1 January 2000


def feedback_rows(
    cases: pd.DataFrame, events: pd.DataFrame, verdicts: pd.DataFrame
) -> pd.DataFrame:
    """Cases that have not ended with what the sheet shows of them, the one due first on top.

    Parameters
    ----------
    cases : DataFrame [CASES]
    events : DataFrame [EVENTS]
    verdicts : DataFrame [VERDICTS]

    Returns
    -------
    DataFrame
        Columns of [CASES] and ``county`` (of who holds the case), ``township``, ``place``, ``lon``,
        ``lat``, ``first_seen_at``.
    """
    alive = cases[~cases["status"].isin(ENDED_STATUSES)]
    seen = pd.DataFrame(events).set_index("event_id")[["lon", "lat", "first_seen_at"]]
    places = verdicts.set_index("event_id")[["county", "township", "place"]]
    told = alive.join(seen, on="event_id").join(places, on="event_id")
    told["county"] = told["held_by"].where(told["held_by"].notna(), told["county"])
    return told.sort_values(["answer_due_at", "case_id"], ignore_index=True)


def board_feedback_xlsx(board: Board, *, lang: Lang = "zh") -> bytes:
    """The sheet of a board's cases; internal only. See :func:`feedback_xlsx`."""
    rows = feedback_rows(board.cases, board.events, board.verdicts)
    return feedback_xlsx(rows, teams=board.teams, made_at=pd.Timestamp(board.now), lang=lang)


def feedback_xlsx(
    rows: pd.DataFrame, *, teams: pd.DataFrame, made_at: pd.Timestamp, lang: Lang = "zh"
) -> bytes:
    """The workbook to send out.

    Parameters
    ----------
    rows : DataFrame
        Of :func:`feedback_rows`, or some of them. What is known of a case stands in its cells.
    teams : DataFrame [TEAMS]
        For the list to choose from.
    made_at : Timestamp, aware
    lang : {"zh", "en"}

    Returns
    -------
    bytes
        Locked without a password: that keeps ids from a slip, not from intent; reading back checks
        everything. The same cases give the same bytes.
    """
    book = Workbook()
    for first in book.worksheets:
        book.remove(first)
    stamp = made_at.tz_convert("UTC").tz_localize(None).floor("s")
    book.properties.creator = "jdzfire"
    book.properties.created = book.properties.modified = stamp.to_pydatetime()
    sheet_name, lists_name = _NAMES[lang]
    sheet = book.create_sheet(sheet_name)
    names = _team_names(teams)
    _write_heads(sheet, lang)
    for line, row in enumerate(records(rows), 2):
        _write_row(sheet, line, row, names, lang)
    if len(rows):
        choices = [
            list(names.values()),
            category_names(lang),
            [labels.cause(name, lang) for name in CAUSE_ZH],
            list(REVIEW_WORDS[lang]),
            [YES[lang]],
        ]
        _write_lists(book.create_sheet(lists_name), choices)
        _add_checks(sheet, lists_name, choices, len(rows) + 1)
    sheet.freeze_panes = "B2"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.autoFilter = False
    set_page(sheet, sheets_across=2)
    target = io.BytesIO()
    book.save(target)
    return settle(target.getvalue(), stamp)


def _team_names(teams: pd.DataFrame) -> dict[str, str]:
    """Id of each team -> how the sheet writes it: id and name."""
    found = {
        str(row["team_id"]): clean(f"{row['team_id']} {row['name'] or ''}".strip())
        for row in records(teams)
    }
    return dict(sorted(found.items()))


def _write_heads(sheet: Worksheet, lang: Lang) -> None:
    for number, column in enumerate((*FEEDBACK_KNOWN, *FEEDBACK_ASKED), 1):
        cell = sheet.cell(1, number, column.title(lang))
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.row_dimensions[1].height = 30.0


def _write_row(
    sheet: Worksheet, line: int, row: dict[str, object], teams: dict[str, str], lang: Lang
) -> None:
    shown = {**row, "status": labels.case_status(str(row["status"]), lang)}
    for number, column in enumerate(FEEDBACK_KNOWN, 1):
        _put(sheet, line, number, shown[column.name], column)
    held = _held(row, teams, lang)
    for number, column in enumerate(FEEDBACK_ASKED, len(FEEDBACK_KNOWN) + 1):
        cell = sheet.cell(line, number)
        cell.protection, cell.fill = Protection(locked=False), _FILL
        if column.kind == "time":
            cell.number_format = TIME_FORMAT
        _put(sheet, line, number, held.get(column.name), column)


def _held(row: dict[str, object], teams: dict[str, str], lang: Lang) -> dict[str, object]:
    """What a case holds, as the cells to fill in write it."""
    team, category, cause = row["team_id"], row["category"], row["cause"]
    held = {name: row[name] for name in ("dispatched_at", "arrived_at", "out_at")}
    held |= {name: row[name] for name in ("people", "dead", "injured")}
    held["team"] = None if _blank(team) else teams.get(str(team), str(team))
    if not _blank(category):
        held["category"] = labels.category(str(category), lang)
        held["checked_at"] = row["answered_at"]
    held["cause"] = None if _blank(cause) else labels.cause(str(cause), lang)
    for name, area in (("affected_mu", "affected_forest_ha"), ("burned_mu", "burned_ha")):
        value = row[area]
        held[name] = None if _blank(value) else round(float(value) * MU_PER_HA, 4)  # type: ignore[arg-type]
    return held


def _blank(value: object) -> bool:
    return value is None or bool(pd.isna(value))  # type: ignore[call-overload]


def _put(sheet: Worksheet, line: int, number: int, value: object, column: ExportColumn) -> None:
    if _blank(value):
        return
    cell = sheet.cell(line, number)
    if column.kind == "time":
        local = pd.Timestamp(value).tz_convert(BEIJING).tz_localize(None)  # type: ignore[arg-type]
        cell.value, cell.number_format = local.floor("s").to_pydatetime(), TIME_FORMAT
    elif column.kind == "text":
        put_text(cell, clean(str(value)))
    elif column.kind == "int":
        cell.value = int(value)  # type: ignore[call-overload]
    else:
        cell.value = round(float(value), 5)  # type: ignore[arg-type]


_CHOSEN = (("team",), ("category",), ("cause",), ("county_review", "city_review"), ("close",))
"""Columns of each list, in the order of the lists."""


def _write_lists(sheet: Worksheet, choices: Sequence[list[str]]) -> None:
    for number, texts in enumerate(choices, 1):
        for line, text in enumerate(texts, 1):
            put_text(sheet.cell(line, number), clean(text))
    sheet.sheet_state = "hidden"


def _add_checks(sheet: Worksheet, lists_name: str, choices: Sequence[list[str]], last: int) -> None:
    """Drop-downs, and checks of numbers and times."""
    columns = {
        column.name: get_column_letter(number)
        for number, column in enumerate((*FEEDBACK_KNOWN, *FEEDBACK_ASKED), 1)
    }
    checks: list[tuple[DataValidation, Sequence[str]]] = []
    for number, (texts, names) in enumerate(zip(choices, _CHOSEN, strict=True), 1):
        if texts:
            letter = get_column_letter(number)
            source = f"'{lists_name}'!${letter}$1:${letter}${len(texts)}"
            checks.append((DataValidation(type="list", formula1=source, allow_blank=True), names))
    kinds = {
        "float": DataValidation(type="decimal", operator="greaterThanOrEqual", formula1="0"),
        "int": DataValidation(type="whole", operator="greaterThanOrEqual", formula1="0"),
        "time": DataValidation(type="date", operator="greaterThan", formula1=_DATE_2000),
    }
    for kind, check in kinds.items():
        checks.append((check, [one.name for one in FEEDBACK_ASKED if one.kind == kind]))
    for check, chosen in checks:
        check.showErrorMessage = True
        for name in chosen:
            check.add(f"{columns[name]}2:{columns[name]}{last}")
        sheet.add_data_validation(check)

"""The feedback sheet goes out, is filled in, and comes back."""

from __future__ import annotations

import io
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from jdzfire.cases import steps
from jdzfire.cases.steps import CaseStep, Findings
from jdzfire.errors import InputError, NotFound, SettingsError
from jdzfire.feeds.feedback_sheet import read_feedback
from jdzfire.pipeline.feedback import take_feedback
from jdzfire.queries.feedback import feedback_sheet, late_cases
from jdzfire.workspace import open_workspace

NOW = datetime.fromisoformat("2024-04-04T10:00Z")
ANSWER = {"核查类别": "森林火灾", "受害森林面积（亩）": 30, "反馈人": "王五"}


@pytest.fixture
def own(home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(home, tmp_path / "own"))


def clock(minute: int) -> datetime:
    return datetime.fromisoformat(f"2024-04-04T17:{minute:02}")


def made(root: Path, lang: str = "zh") -> bytes:
    with open_workspace(root) as workspace:
        data, _ = feedback_sheet(workspace, at=NOW, lang="en" if lang == "en" else "zh")
    return data


def cells(raw: bytes, line: int = 2, name: str = "核查反馈") -> dict[str, Any]:
    sheet = load_workbook(io.BytesIO(raw))[name]
    return {str(head.value): cell for head, cell in zip(sheet[1], sheet[line], strict=True)}


def filled(raw: bytes, values: dict[str, object], name: str = "核查反馈") -> bytes:
    book = load_workbook(io.BytesIO(raw))
    sheet = book[name]
    heads = {cell.value: cell.column for cell in sheet[1]}
    for head, value in values.items():
        sheet.cell(2, heads[head]).value = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def take(root: Path, raw: bytes, role: str = "admin") -> dict[str, Any]:
    with open_workspace(root, writing=True) as workspace:
        table = take_feedback(workspace, raw, source_name="f.xlsx", who="值班员", at=NOW, role=role)
    return dict(table.iloc[0])


def by_desk(root: Path, *given: CaseStep) -> None:
    with open_workspace(root, writing=True) as workspace:
        case_id = workspace.ledger.load_cases()["case_id"].iloc[0]
        for step in given:
            workspace.ledger.change_case(case_id, step)


def case(root: Path) -> dict[str, Any]:
    with open_workspace(root) as workspace:
        return workspace.ledger.load_case(workspace.ledger.load_cases()["case_id"].iloc[0])


def log(root: Path) -> pd.DataFrame:
    with open_workspace(root) as workspace:
        assert workspace.ledger.check_case_log().is_whole
        return workspace.ledger.load_case_log()


def test_the_sheet_is_locked_but_for_what_is_asked_and_the_same_bytes_again(own: Path) -> None:
    raw = made(own)
    assert raw == made(own)
    assert load_workbook(io.BytesIO(raw))["核查反馈"].protection.sheet
    row = cells(raw)
    assert row["案件编号"].protection.locked
    assert row["版本"].value == 1
    assert not row["核查类别"].protection.locked
    assert row["首次反馈时限"].value == case(own)["answer_due_at"].replace(tzinfo=None) + timedelta(
        hours=8
    )


def test_an_answer_comes_back_once(own: Path) -> None:
    answer = filled(made(own), ANSWER)
    told = take(own, answer)
    assert (told["state"], told["steps"]) == ("accepted", "answer")
    assert (case(own)["category"], case(own)["affected_forest_ha"]) == ("forest_fire", 2.0)
    before = log(own)
    assert before["who"].tolist()[-1] == "王五"
    assert take(own, answer)["state"] == "already"
    pd.testing.assert_frame_equal(log(own), before)
    assert take(own, made(own))["state"] == "blank"  # what it shows is what the case holds
    pd.testing.assert_frame_equal(log(own), before)


def test_a_shift_by_sheets_alone_ends_in_the_ledger_of_one_by_steps(own: Path, tmp_path: Path):
    """Sent, arrived, answered; next sheet reviewed twice and closed: the same case."""
    other = Path(shutil.copytree(own, tmp_path / "other"))
    local = {"派遣时间": clock(5), "到场时间": clock(35)}
    first = {
        **ANSWER, **local, "派遣队伍": "E <b>东队", "核查时间": clock(45),
        "过火面积（亩）": 45, "起火原因": "焚烧秸秆", "出动人数": 12, "死亡人数": 0, "重伤人数": 1,
        "扑灭时间": clock(50), "情况说明": "已扑灭",
    }  # fmt: skip
    told = take(own, filled(made(own), first))
    assert (told["state"], told["steps"]) == ("accepted", "dispatch arrive answer")
    second = {
        "县级审核": "通过",
        "县级审核人": "赵六",
        "市级审核": "通过",
        "市级审核人": "钱七",
        "结案": "是",
    }
    told = take(own, filled(made(own), second))
    assert (told["state"], told["steps"]) == ("accepted", "review_county review_city close")

    def at(hour: int, minute: int) -> datetime:
        return datetime.fromisoformat(f"2024-04-04T{hour:02}:{minute:02}Z")

    found = Findings(
        affected_forest_ha=2.0, burned_ha=3.0, cause="straw", people=12, dead=0, injured=1,
        out_at=at(9, 50),
    )  # fmt: skip
    by_desk(
        other,
        steps.dispatch("E", who="值班员", at=at(9, 5)),
        steps.arrive(who="值班员", at=at(9, 35)),
        steps.answer("forest_fire", who="王五", at=at(9, 45), found=found, remark="已扑灭"),
        steps.review("county", who="赵六", at=NOW),
        steps.review("city", who="钱七", at=NOW),
        steps.close(who="值班员", at=NOW),
    )
    assert case(own) == case(other)
    pd.testing.assert_frame_equal(log(own), log(other))


def test_two_changes_of_different_things_meet_and_of_the_same_thing_do_not(own: Path) -> None:
    raw = made(own)
    by_desk(own, steps.dispatch("W", who="李四", at=NOW))
    assert take(own, filled(raw, ANSWER))["state"] == "accepted"
    assert case(own)["team_id"] == "W"
    told = take(own, filled(raw, {"派遣队伍": "E"}))
    assert told["state"] == "conflict"
    assert "表中派“E”，系统中已派“W”" in told["why_zh"]
    told = take(own, filled(raw, {"核查类别": "农用火"}))
    assert told["state"] == "conflict"
    assert "表中“农用火”，系统中“森林火灾”" in told["why_zh"]
    assert case(own)["category"] == "forest_fire"
    told = take(own, filled(raw, {"派遣队伍": "E", "情况说明": "x"}))
    assert told["state"] == "conflict"


def test_a_review_of_another_answer_than_the_one_held_is_a_conflict(own: Path) -> None:
    by_desk(own, steps.answer("farm_fire", who="a", at=NOW))
    raw = made(own)
    by_desk(own, steps.answer("forest_fire", who="b", at=NOW))
    told = take(own, filled(raw, {"县级审核": "通过"}))
    assert told["state"] == "conflict"
    assert "审核的不是系统中现有的反馈“森林火灾”" in told["why_zh"]


def test_a_review_sends_back_and_a_role_may_only_what_it_may(own: Path) -> None:
    raw = filled(made(own), ANSWER)
    assert take(own, raw, role="viewer")["state"] == "refused"
    assert take(own, raw, role="township")["state"] == "accepted"
    raw = filled(made(own), {"县级审核": "退回", "情况说明": "面积不对"})
    assert take(own, raw, role="township")["state"] == "refused"
    assert take(own, raw, role="county")["steps"] == "send_back"
    assert case(own)["status"] == "open"
    both = {"县级审核": "通过", "市级审核": "通过", "核查类别": "农用火"}
    told = take(own, filled(made(own), both), role="county")
    assert told["state"] == "refused"
    assert "may not review city" in told["why_en"]
    assert case(own)["category"] == "forest_fire"  # a row is taken whole or not at all


def test_closing_asks_for_the_reviews(own: Path) -> None:
    told = take(own, filled(made(own), {**ANSWER, "结案": "是"}))
    assert told["state"] == "refused"
    assert "cannot close" in told["why_en"]
    assert case(own)["status"] == "open"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"核查类别": "火星人"}, "没有“火星人”这一项"),
        ({"核查类别": "森林火灾", "受害森林面积（亩）": "很多"}, "面积：不是数字"),
        ({"核查类别": "森林火灾", "案件编号": "CASE-19990101-001"}, "no such case"),
        ({"核查类别": "森林火灾", "版本": None}, "版本缺失"),
        ({"核查类别": "森林火灾", "版本": 7}, "never had this version"),
        ({"核查类别": "森林火灾", "核查时间": "昨天"}, "时间无法识别"),
        ({"派遣队伍": "外星队"}, "no such team"),
        ({"核查类别": "森林火灾", "出动人数": 1.5}, "not a number of people"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(own: Path, values: dict[str, object], why: str):
    told = take(own, filled(made(own), values))
    assert told["state"] == "refused"
    assert why in told["why_zh"]
    assert case(own)["version"] == 1


def test_the_english_sheet_and_a_table_of_its_columns_are_read_too(own: Path) -> None:
    english = filled(made(own, "en"), {"Category": "farm fire"}, name="Feedback")
    assert take(own, english)["state"] == "accepted"
    text = f"案件编号,版本,核查类别,受害森林面积（公顷）\n{case(own)['case_id']},2,秸秆焚烧,1.5\n"
    with open_workspace(own, writing=True) as workspace:
        take_feedback(workspace, text.encode(), source_name="f.csv", who="w", at=NOW)
    assert (case(own)["category"], case(own)["affected_forest_ha"]) == ("straw_burning", 1.5)


def test_another_table_is_no_feedback_sheet() -> None:
    with pytest.raises(InputError, match=r"no feedback sheet|header"):
        read_feedback("编号,名称\n1,队\n".encode(), source_name="teams.csv")


def test_late_cases_are_told_by_the_county_that_holds_them(own: Path) -> None:
    with open_workspace(own) as workspace:
        late = late_cases(workspace, at=case(own)["answer_due_at"] + timedelta(minutes=31))
    assert late[["county", "due", "level"]].to_numpy().tolist() == [["浮梁县", "answer", 2]]
    by_desk(own, steps.hand_over("乐平市", who="a", at=NOW))
    with open_workspace(own) as workspace:
        late = late_cases(workspace, at=case(own)["answer_due_at"] + timedelta(minutes=31))
    assert late["county"].tolist() == ["乐平市"]


def test_answers_are_counted_under_the_words_of_a_form(own: Path) -> None:
    from jdzfire.queries.feedback import tally_answers

    step = steps.answer("straw_burning", who="a", at=NOW, found=steps.Findings(burned_ha=1.0))
    by_desk(own, step)
    (own / "jdzfire.toml").write_text(
        '[category_forms.province]\nstraw_burning = "焚烧"\nforest_fire = "火灾"\n', "utf-8"
    )
    span = {"since": NOW - timedelta(days=3), "until": NOW + timedelta(days=3)}
    with open_workspace(own) as workspace:
        national = tally_answers(workspace, "national", **span)
        province = tally_answers(workspace, "province", **span)
        with pytest.raises(NotFound, match="no such form"):
            tally_answers(workspace, "world", **span)
        assert tally_answers(workspace, "national", since=NOW, until=NOW)["count"].sum() == 0
    assert dict(zip(national["word"], national["count"], strict=True)) == {
        "火灾": 0, "违规炼山": 0, "计划烧除": 0, "农用火": 1, "其他": 0, "境外火": 0,
    }  # fmt: skip
    assert dict(zip(province["word"], province["count"], strict=True)) == {"焚烧": 1, "火灾": 0}


@pytest.mark.parametrize("wrong", ['categories = ["fire"]', "categories = []"])
def test_answers_that_are_none_are_refused_in_settings(own: Path, wrong: str) -> None:
    (own / "jdzfire.toml").write_text(wrong, "utf-8")
    with pytest.raises(SettingsError, match="categories"), open_workspace(own):
        pass

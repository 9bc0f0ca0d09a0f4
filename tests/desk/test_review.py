"""What is late by county, verdicts the field contradicted, information officers near a case."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import geopandas as gpd
import shapely

from jdzfire.cases.steps import answer
from jdzfire.queries.review import wrong_verdicts
from jdzfire.schemas import RESOURCES, conform
from jdzfire.store.registers import save_register
from jdzfire.workspace import open_workspace
from tests.desk.test_cases import case_id


def test_late_cases_stand_by_county(desk: Any) -> None:
    page = desk.client("city").get("/late").content.decode()
    assert case_id(desk) in page
    assert "<h2>示例县" in page
    assert "市级领导" in page
    assert case_id(desk) not in desk.client("county").get("/late").content.decode()


def test_a_contradicted_verdict_is_listed_with_its_rule(desk: Any) -> None:
    one, now = case_id(desk), datetime.now(UTC)
    with open_workspace(desk.home) as workspace:
        opened = workspace.ledger.load_case(one)["opened_at"]
        span = {"since": opened - timedelta(days=1), "until": now, "lang": "zh"}
        known = {row["case_id"] for row in wrong_verdicts(workspace, **span)}
        assert one not in known
        step = answer("heat_source", who="王五", at=opened + timedelta(hours=1))
        workspace.ledger.change_case(one, step)
        (row,) = [r for r in wrong_verdicts(workspace, **span) if r["case_id"] == one]
    assert (row["kind"], row["answer"]) == ("false", "工矿火源")
    assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", row["rule"])
    assert row["text"]


def test_a_fire_that_was_explained_away_comes_first(desk: Any) -> None:
    import sqlalchemy as sa

    from jdzfire.store import ledger_schema as sql

    with open_workspace(desk.home) as workspace:
        cases = workspace.ledger.load_open_cases()
        one, two = cases["case_id"].iloc[:2]
        opened = cases["opened_at"].max().to_pydatetime()
        for case, category in ((one, "forest_fire"), (two, "no_fire")):
            workspace.ledger.change_case(case, answer(category, who="王五", at=opened))
        event = cases.set_index("case_id").loc[one, "event_id"]
        mine = sql.verdicts.c.event_id == event
        with workspace.ledger._writing() as connection:
            connection.execute(sa.update(sql.verdicts).where(mine).values(verdict="heat_source"))
        rows = wrong_verdicts(
            workspace, since=opened - timedelta(days=9), until=datetime.now(UTC), lang="en"
        )
    assert (rows[0]["case_id"], rows[0]["kind"]) == (one, "missed")
    assert {row["kind"] for row in rows[1:]} == {"false"}
    page = desk.client("city").get("/wrong").content.decode()
    assert "漏判" in page


def test_the_nearest_officer_is_called_and_the_answer_noted_in_one_tap(desk: Any) -> None:
    one = case_id(desk)
    with open_workspace(desk.home) as workspace:
        event = workspace.ledger.load_case(one)["event_id"]
        spot = workspace.ledger.load_events([event]).iloc[0]
        table = gpd.GeoDataFrame(
            {
                "resource_id": ["X-1", "X-2"], "name": ['张"三<b>', "远人"],
                "kind": ["officer", "officer"], "phone": ["13800000001", None],
            },
            geometry=[shapely.Point(spot.lon + 0.01, spot.lat), shapely.Point(spot.lon + 1, 29)],
            crs="EPSG:4326",
        )  # fmt: skip
        save_register(
            workspace.home,
            "resources",
            conform(table.reindex(columns=list(RESOURCES.columns)), RESOURCES),
            at=datetime.now(UTC),
            source={},
        )
    client = desk.client("city")
    page = client.get(f"/cases/{one}").content.decode()
    assert "tel:13800000001" in page
    assert "远人" not in page
    assert "<b>：" not in page
    form = re.search(
        r'<form method="post" action="/cases/[^"]+/note">.*?name="version" value="(\d+)".*?'
        r'name="token" value="([0-9a-f]{32})".*?value="(信息员 [^"]*未见烟火)"', page, re.DOTALL,
    )  # fmt: skip
    assert form
    given = {"version": form[1], "token": form[2], "remark": "信息员 张三：未见烟火"}
    assert client.post(f"/cases/{one}/note", given).status_code == 302
    with open_workspace(desk.home) as workspace:
        last = workspace.ledger.load_case_log(one).iloc[-1]
        assert (last["action"], last["remark"]) == ("note", "信息员 张三：未见烟火")
        assert not any("138" in str(text) for text in workspace.ledger.load_case_log(one)["remark"])

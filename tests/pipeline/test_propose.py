"""From the archive to a proposal, to works that a person registered, and none again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from jdzfire.errors import NotFound, UsageError
from jdzfire.pipeline.propose import approve_proposal, proposals_of
from jdzfire.store.archive import append_hotspots
from jdzfire.store.registers import load_register
from jdzfire.workspace import open_workspace
from tests.registers.test_source_proposals import observations
from tests.tables import hotspot_table, utc

AT = utc("2024-08-01")


@pytest.fixture
def workspace(tmp_path):
    with open_workspace(tmp_path / "home", writing=True) as opened:
        append_hotspots(opened.home, hotspot_table(observations(40, 24 * 5)))
        yield opened


def approve(workspace, proposal_id, **changes):
    stated = {"name": "测试砖厂", "kind": "brick", "who": "王某", "until": AT + timedelta(days=365)}
    return approve_proposal(workspace, proposal_id, at=AT, **(stated | changes))


def test_what_a_person_approves_is_registered_and_not_proposed_again(workspace):
    (proposal_id,) = proposals_of(workspace, at=AT)["proposal_id"]
    source_id = approve(workspace, proposal_id)
    row = load_register(workspace.home, "heat-sources").set_index("source_id").loc[source_id]
    assert (row["name"], row["approved_by"]) == ("测试砖厂", "王某")
    assert row["valid_to"] == AT + timedelta(days=365)
    assert json.loads(row["evidence"])["dates"] == 40
    assert proposals_of(workspace, at=AT).empty


def test_works_that_stopped_are_not_proposed(workspace):
    assert proposals_of(workspace, at=AT + timedelta(days=500)).empty


@pytest.mark.parametrize(
    "changes", [{"name": " "}, {"who": ""}, {"until": AT}, {"until": AT - timedelta(days=1)}]
)
def test_an_approval_needs_a_name_a_person_and_an_end(workspace, changes):
    (proposal_id,) = proposals_of(workspace, at=AT)["proposal_id"]
    with pytest.raises(UsageError):
        approve(workspace, proposal_id, **changes)
    assert load_register(workspace.home, "heat-sources").empty


def test_a_proposal_nobody_made_is_told(workspace):
    with pytest.raises(NotFound, match="HP-00000000"):
        approve(workspace, "HP-00000000")

"""Telling: from the cases of a working folder to receivers that fail, and back."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jdzfire.cases.steps import acknowledge, answer, cancel, close, hand_over, review
from jdzfire.errors import NotFound
from jdzfire.pipeline import alert
from jdzfire.pipeline.alert import queue_test, send_alerts, tell_published, tell_waiting
from jdzfire.redact import redact
from jdzfire.schemas import WAITING_STATUSES
from jdzfire.workspace import Workspace, open_workspace
from tests.alerts.receiver import Receiver, receiver
from tests.workspaces import make_workspace


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alerts")
    make_workspace(folder / "home", folder / "files")
    return folder / "home"


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as held:
        yield held


@pytest.fixture
def home(made: Path, tmp_path: Path, there: Receiver) -> Path:
    root = Path(shutil.copytree(made, tmp_path / "home"))
    channel(root, there)
    return root


def channel(root: Path, there: Receiver, kind: str = "webhook", rest: str = "") -> None:
    (root / "jdzfire.toml").write_text(
        'alert_own_hosts = ["127.0.0.1"]\ndesk_url = "https://desk.example.cn/"\n' + rest +
        f'[[alert_channels]]\nname = "duty"\nkind = "{kind}"\nurl = "{there.url}"\n', "utf-8"
    )  # fmt: skip


class Clock:
    """The clock of the sender, set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
        self.at = at
        monkeypatch.setattr(alert, "_now", lambda: self.at)

    def go(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


@pytest.fixture
def clock(home: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    with open_workspace(home) as workspace:
        opened = workspace.ledger.load_open_cases()["opened_at"].max()
    return Clock(monkeypatch, opened.to_pydatetime() + timedelta(minutes=1))


def tell(home: Path, clock: Clock) -> alert.Telling:
    with open_workspace(home) as workspace:
        return tell_waiting(workspace, at=clock.at)


def news(workspace: Workspace, clock: Clock) -> list[str]:
    """Cases opened within a day that wait for an answer."""
    cases = workspace.ledger.load_open_cases()
    is_new = (cases["opened_at"] > clock.at - timedelta(hours=24)) & (
        cases["status"].isin(WAITING_STATUSES)
    )
    return sorted(cases.loc[is_new, "case_id"])


def states(workspace: Workspace) -> list[str]:
    return sorted(workspace.ledger.load_alerts()["state"])


def test_without_a_channel_nobody_is_told(home: Path, clock: Clock) -> None:
    (home / "jdzfire.toml").unlink()
    assert tell(home, clock) == alert.Telling()


def test_each_open_case_is_told_once_with_its_link(
    home: Path, clock: Clock, there: Receiver
) -> None:
    first = tell(home, clock)
    with open_workspace(home) as workspace:
        cases = news(workspace, clock)
        rows = workspace.ledger.load_alerts()
        assert len(cases) < len(workspace.ledger.load_open_cases())  # one was answered
    assert first.queued == first.sent == len(cases) == len(there.came) > 0
    assert sorted(rows["case_id"]) == cases
    assert set(rows["state"]) == {"sent"}
    told = there.bodies[0]
    assert told["link"].startswith("https://desk.example.cn/alerts/")
    assert {token.rsplit("/", 1)[1] for token in (body["link"] for body in there.bodies)} == set(
        rows["token"]
    )
    clock.go(minutes=5)
    assert tell(home, clock) == alert.Telling()


def test_many_go_as_one(home: Path, clock: Clock, there: Receiver) -> None:
    channel(home, there, rest="alert_digest_over = 1\n")
    told = tell(home, clock)
    assert (told.queued > 1, told.sent, len(there.came)) == (True, 1, 1)
    assert len(there.bodies[0]["alerts"]) == told.queued
    assert f"{told.queued} 条" in there.bodies[0]["title"]
    with open_workspace(home) as workspace:
        assert workspace.ledger.load_alerts()["message_id"].nunique() == 1


def test_what_was_not_taken_waits_longer_each_time(
    home: Path, clock: Clock, there: Receiver
) -> None:
    channel(home, there, rest="alert_digest_over = 1\n")
    there.answers = [500, "cut", 500, b"ok"]
    waits = []
    for _ in range(3):
        told = tell(home, clock)
        assert told.sent == 0
        assert told.faults[0].startswith("alerts to duty:")
        with open_workspace(home) as workspace:
            (next_at,) = workspace.ledger.load_alerts()["next_at"].unique()
            assert set(states(workspace)) == {"waiting"}
        waits.append((next_at - clock.at).total_seconds())
        asked = len(there.came)
        clock.go(seconds=waits[-1] - 1)
        assert tell(home, clock) == alert.Telling()
        assert len(there.came) == asked
        clock.go(seconds=1)
    assert waits == [30, 60, 120]
    assert tell(home, clock).sent == 1


def test_a_channel_that_fails_holds_up_no_other(home: Path, clock: Clock, there: Receiver) -> None:
    text = (home / "jdzfire.toml").read_text("utf-8")
    bad = '[[alert_channels]]\nname = "aaa"\nkind = "webhook"\nurl = "http://127.0.0.1:9/x"\n'
    (home / "jdzfire.toml").write_text(text + bad, "utf-8")
    told = tell(home, clock)
    assert told.sent == len(there.came) > 0
    assert len(told.faults) == 1
    assert "aaa" in told.faults[0]


def test_a_fault_of_the_sender_keeps_no_cycle_from_its_map(
    home: Path, clock: Clock, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ImportError("apprise")

    with monkeypatch.context() as patch:
        patch.setattr(alert, "send_message", broken)
        told = tell(home, clock)
    assert told.sent == 0
    assert "ImportError" in told.faults[0]
    clock.go(minutes=11)
    assert tell(home, clock).sent > 0


def test_a_minute_has_its_limit(home: Path, clock: Clock, there: Receiver) -> None:
    with (home / "jdzfire.toml").open("a", encoding="utf-8") as file:
        file.write("per_minute = 2\n")
    with open_workspace(home) as workspace:
        for n in range(3):
            queue_test(workspace, "duty", at=clock.at + timedelta(seconds=n))
            queue_test(workspace, "duty", at=clock.at + timedelta(seconds=n))
        clock.go(seconds=5)
        assert send_alerts(workspace) == (2, ())
        clock.go(seconds=30)
        assert send_alerts(workspace) == (0, ())
        clock.go(seconds=31)
        assert send_alerts(workspace) == (1, ())
    assert len(there.came) == 3


def test_a_sender_that_vanished_is_followed_after_its_turn(
    home: Path, clock: Clock, there: Receiver
) -> None:
    with open_workspace(home) as workspace:
        queue_test(workspace, "duty", at=clock.at)
        (one,) = workspace.ledger.load_alerts()["alert_id"]
        assert workspace.ledger.claim_alerts([one], "gone", at=clock.at)
        assert not workspace.ledger.claim_alerts([one], "second", at=clock.at)
        clock.go(seconds=100)
        assert send_alerts(workspace) == (0, ())
        clock.go(seconds=21)
        assert send_alerts(workspace) == (1, ())
        workspace.ledger.note_sent("gone", at=clock.at)  # it was only slow
        assert states(workspace) == ["sent"]


def test_a_clock_set_back_keeps_nothing_waiting(home: Path, clock: Clock, there: Receiver) -> None:
    with open_workspace(home) as workspace:
        queue_test(workspace, "duty", at=clock.at)
        clock.go(days=-3)
        assert send_alerts(workspace) == (1, ())


def test_nobody_is_told_of_what_was_answered_before_it_could_be_sent(
    home: Path, clock: Clock, there: Receiver
) -> None:
    there.answers = [500]
    tell(home, clock)
    with open_workspace(home) as workspace:
        cases = workspace.ledger.load_open_cases()["case_id"]
        for case_id in cases:
            workspace.ledger.change_case(case_id, cancel("误报", who="王五", at=clock.at))
        there.came.clear()
        clock.go(minutes=20)
        tell_waiting(workspace, at=clock.at)
        assert set(states(workspace)) == {"dropped"}
    assert there.came == []


def test_acknowledged_in_time_the_chief_sleeps_on(
    home: Path, clock: Clock, there: Receiver
) -> None:
    rules = (
        '[[alert_rules]]\nchannel = "duty"\n'
        '[[alert_rules]]\nchannel = "duty"\nkinds = ["unacknowledged"]\nafter_min = 10\n'
    )
    with (home / "jdzfire.toml").open("a", encoding="utf-8") as file:
        file.write(rules)
    tell(home, clock)
    with open_workspace(home) as workspace:
        cases = news(workspace, clock)
        before = workspace.ledger.load_case(cases[0])["version"]
        for case_id in cases[:-1]:
            workspace.ledger.change_case(case_id, acknowledge(who="王五", at=clock.at))
        assert workspace.ledger.load_case(cases[0])["version"] == before
    there.came.clear()
    clock.go(minutes=15)
    assert tell(home, clock).queued == 1
    assert there.bodies[0]["title"].startswith("【无人签收】")


def test_who_a_case_is_handed_over_to_is_told_of_it(
    home: Path, clock: Clock, there: Receiver
) -> None:
    with (home / "jdzfire.toml").open("a", encoding="utf-8") as file:
        file.write('[[alert_rules]]\nchannel = "duty"\ncounties = ["乐平市"]\n')
    assert tell(home, clock).queued == 0
    clock.go(days=3)
    with open_workspace(home) as workspace:
        case_id = workspace.ledger.load_open_cases()["case_id"].iloc[-1]
        workspace.ledger.change_case(case_id, hand_over("乐平市", who="王五", at=clock.at))
    clock.go(minutes=1)
    tell(home, clock)
    assert {body["title"][:5] for body in there.bodies} == {"【新火情】", "【超时未办"}
    assert all(case_id in body["text"] for body in there.bodies)


def test_the_end_is_told(home: Path, clock: Clock, there: Receiver) -> None:
    tell(home, clock)
    there.came.clear()
    with open_workspace(home) as workspace:
        case_id = news(workspace, clock)[0]
        for step in (
            answer("farm_fire", who="王五", at=clock.at),
            review("city", who="王五", at=clock.at),
            close(who="王五", at=clock.at, needs="city"),
        ):
            workspace.ledger.change_case(case_id, step)
    clock.go(minutes=5)
    assert tell(home, clock).queued == 1
    (body,) = there.bodies
    assert body["title"].startswith("【解除】")
    assert "农用火" in body["text"]
    assert not body["loud"]


def test_cap_messages_are_sent_when_they_are_published(
    home: Path, clock: Clock, there: Receiver
) -> None:
    channel(home, there, kind="cap")
    cap = sorted((home / "published" / "internal" / "exports" / "cap").glob("*.xml"))
    with open_workspace(home) as workspace:
        told = tell_published(workspace, at=clock.at)
        assert told.sent == len(cap) > 0
        assert {raw for _, _, raw in there.came} == {path.read_bytes() for path in cap}
        assert tell_published(workspace, at=clock.at) == alert.Telling()


def test_a_test_names_a_channel_there_is(home: Path, clock: Clock) -> None:
    with open_workspace(home) as workspace, pytest.raises(NotFound, match="no such alert channel"):
        queue_test(workspace, "nobody", at=clock.at)


def test_keys_of_channels_are_in_no_text(home: Path, clock: Clock, there: Receiver) -> None:
    there.answers = [b'{"errcode": 0}'] * 99
    tell(home, clock)
    assert "0a1b2c3d" not in redact(f"POST {there.url}")
    with open_workspace(home) as workspace:
        rows = workspace.ledger.load_alerts()
        assert "0a1b2c3d" not in json.dumps(rows.astype(str).values.tolist())


@pytest.mark.parametrize(
    "wrong",
    [
        '[[alert_rules]]\nchannel = "nobody"\n',
        '[[alert_channels]]\nname = "duty"\nkind = "wecom"\nurl = "https://example.cn"\n',
        '[[alert_channels]]\nname = "b"\nkind = "pigeon"\nurl = "https://example.cn"\n',
    ],
)
def test_settings_that_cannot_work_are_refused(home: Path, wrong: str) -> None:
    from jdzfire.errors import SettingsError

    with (home / "jdzfire.toml").open("a", encoding="utf-8") as file:
        file.write(wrong)
    with pytest.raises(SettingsError, match="setting"), open_workspace(home):
        pass


def test_the_sender_uses_the_real_clock() -> None:
    assert abs((alert._now() - datetime.now(UTC)).total_seconds()) < 5


@pytest.mark.slow
def test_a_killed_sender_loses_no_alert(made: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(made, tmp_path / "home"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.killed_sender", str(root), "10", "7"],
        check=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["queued"] == 120
    assert found["lost"] == found["more_than_kills"] == 0

"""Asking FIRMS: every fault ends as its state, and the key is nowhere."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdzfire.feeds.fetch import (
    Bounds,
    Fetched,
    HttpClient,
    RequestBudget,
    fetch_firms,
    fetch_keyless,
)
from jdzfire.feeds.fetch.firms import plan_windows
from jdzfire.redact import redact
from tests.feeds.fetch.firms_server import KEY, FirmsServer, Row, firms_server

AT = datetime(2024, 4, 6, 2, 0, tzinfo=UTC)
DAYS = [date(2024, 4, d) for d in (4, 5, 6)]
SOURCES = ["VIIRS_NOAA20_NRT", "VIIRS_NOAA21_NRT"]
ROWS = [
    Row("VIIRS_NOAA20_NRT", "2024-04-04", "503", 117.2, 29.4),
    Row("VIIRS_NOAA20_NRT", "2024-04-05", "5", 117.3, 29.4),
    Row("VIIRS_NOAA20_NRT", "2024-04-05", "5", 100.0, 29.4),
    Row("VIIRS_NOAA21_NRT", "2024-04-06", "0130", 117.2, 29.5),
]
QUICK = Bounds(deadline_s=1.0, quiet_s=1.0, bytes_max=5_000, tries=2, backoff_s=0.01)


@pytest.fixture
def server() -> Iterator[FirmsServer]:
    with firms_server(ROWS) as served:
        yield served


def ask(served: FirmsServer, folder: Path, **more: Any) -> list[Fetched]:
    options: dict[str, Any] = {"bounds": QUICK, "sleep": lambda s: None, "now": lambda: AT}
    with HttpClient(**options) as client:
        return list(
            fetch_firms(
                more.get("sources", SOURCES),
                more.get("days", DAYS),
                bbox=(116.4, 28.2, 118.4, 30.5),
                client=client,
                budget=more.get("budget") or RequestBudget.of_key(folder, KEY),
                base_url=served.url,
                map_key=more.get("key", KEY),
                now=lambda: AT,
            )
        )


def test_well(server: FirmsServer, tmp_path: Path) -> None:
    one, two = ask(server, tmp_path)
    assert [one.state, two.state] == ["ok", "ok"]
    assert (one.raw or b"").count(b"\n") == 3  # header and two rows; the third lies elsewhere
    assert one.source_name == "VIIRS_NOAA20_NRT_2024-04-04_3.csv"
    assert one.begins_at == datetime(2024, 4, 4, tzinfo=UTC)
    assert one.ends_at == datetime(2024, 4, 7, tzinfo=UTC)
    assert f"/{KEY}/VIIRS_NOAA20_NRT/116.4,28.2,118.4,30.5/3/2024-04-04" in server.asked[1]


def test_no_rows_and_no_data_differ(tmp_path: Path) -> None:
    with firms_server([], last_day="2024-04-05") as served:
        found = ask(served, tmp_path, sources=SOURCES[:1])
    assert [(one.state, one.source_name[17:]) for one in found] == [
        ("no_data", "2024-04-06_1.csv"),
        ("ok", "2024-04-04_2.csv"),
    ]
    assert found[0].detail == "FIRMS holds 2024-01-01 to 2024-04-05"


# fault -> state of the first source when its request meets it on every try
STATES = {
    "429": "limited",
    "429-soon": "limited",
    "429-later": "limited",
    "503": "unavailable",
    "drip": "unavailable",
    "cut": "unavailable",
    "page": "damaged",
    "key-200": "refused",
    "key-400": "refused",
    "key-401": "refused",
    "length-long": "unavailable",
    "length-short": "unavailable",
    "elsewhere": "damaged",
    "nothing": "damaged",
    "error": "unavailable",
}
TRIED_ONCE = ("429-later", "page", "key-200", "key-400", "key-401", "length-short", "elsewhere",
              "nothing")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "state"), list(STATES.items()))
def test_every_fault_ends_as_its_state(
    server: FirmsServer, tmp_path: Path, fault: str, state: str
) -> None:
    tries = 1 if fault in TRIED_ONCE else 2
    server.faults = ["", *[fault] * tries]
    begun = time.monotonic()
    found = ask(server, tmp_path)
    assert found[0].state == state
    assert found[0].raw is None
    assert found[0].detail
    assert time.monotonic() - begun < 8
    ends = state in ("refused", "limited")  # the key is done for: no further source is asked
    assert len(found) == (1 if ends else 2)
    assert len(server.asked) == 1 + tries + (0 if ends else 1)
    if not ends:
        assert found[1].state == "ok"


def test_an_answer_ten_times_too_large_is_damaged(tmp_path: Path) -> None:
    many = [Row("VIIRS_NOAA20_NRT", "2024-04-04", "503", 117.2, 29.4, k) for k in range(40)]
    with firms_server(many) as served:
        served.faults = ["", "huge"]
        found = ask(served, tmp_path)
    assert (found[0].state, found[0].detail) == ("damaged", "more than 5,000 bytes")


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["429-soon", "503", "drip", "cut", "length-long", "error"])
def test_a_fault_that_passes_is_asked_again(
    server: FirmsServer, tmp_path: Path, fault: str
) -> None:
    server.faults = ["", fault]
    assert [one.state for one in ask(server, tmp_path)] == ["ok", "ok"]


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with firms_server() as served:
        pass
    found = ask(served, tmp_path)
    assert [one.state for one in found] == ["unavailable", "unavailable"]
    assert "no connection" in found[0].detail


def test_retry_after_is_waited_for_when_short_and_told_when_long(server: FirmsServer) -> None:
    waited: list[float] = []
    with HttpClient(
        bounds=QUICK, sleep=waited.append, now=lambda: AT, chance=lambda: 0.5
    ) as client:
        server.faults = ["429-soon"]
        assert client.ask(f"{server.url}/data/active_fire/x/csv/J1_VIIRS_C2_x.csv").state == "ok"
        assert waited == [1.0 + 0.5 * 0.01]
        server.faults = ["429-later"]
        answer = client.ask(f"{server.url}/x")
    assert answer.state == "limited"
    assert answer.retry_at == AT + timedelta(seconds=600)
    assert len(waited) == 1


@pytest.mark.slow
def test_the_key_is_nowhere(
    server: FirmsServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stated = []
    for fault in STATES:
        server.faults = ["", fault, fault]
        stated += ask(server, tmp_path)
    assert KEY in server.asked[0]
    assert KEY not in "".join(map(repr, stated))
    assert KEY not in caplog.text
    assert "127.0.0.1" not in caplog.text
    assert not [path for path in tmp_path.iterdir() if KEY in path.name or KEY in path.read_text()]


def test_secrets_are_taken_out_as_they_are_written_in_an_address() -> None:
    assert redact("x%2Fy+z and x/y+z", ["x/y+z", ""]) == "[key]+z and [key]"
    assert redact("x%2Fy%2Bz", ["x/y+z"]) == "[key]"


def test_keyless_files(server: FirmsServer) -> None:
    with HttpClient(bounds=QUICK, sleep=lambda s: None) as client:
        found = list(
            fetch_keyless(
                [*SOURCES, "LANDSAT_NRT"], span="48h", region="Russia_Asia", client=client,
                base_url=server.url, now=lambda: AT,
            )
        )  # fmt: skip
    assert [one.state for one in found] == ["ok", "ok", "no_data"]
    assert found[0].source_name == "J1_VIIRS_C2_Russia_Asia_48h.csv"
    assert (found[0].begins_at, found[0].ends_at) == (AT - timedelta(days=2), AT)
    assert server.asked == [
        "/data/active_fire/noaa-20-viirs-c2/csv/J1_VIIRS_C2_Russia_Asia_48h.csv",
        "/data/active_fire/noaa-21-viirs-c2/csv/J2_VIIRS_C2_Russia_Asia_48h.csv",
    ]


@given(st.sets(st.dates(date(2024, 2, 20), date(2024, 3, 20)), max_size=20))
def test_windows_ask_for_each_day_once(days: set[date]) -> None:
    windows = plan_windows(days)
    asked = [first + timedelta(days=k) for first, count in windows for k in range(count)]
    assert sorted(days) == asked
    assert all(1 <= count <= 5 for _, count in windows)


def test_the_budget_is_kept_within_its_window(tmp_path: Path) -> None:
    budget = RequestBudget(tmp_path / "b.json", limit=10, window_s=600)
    assert budget.take(6, at=AT) == 0
    assert budget.take(4, at=AT + timedelta(seconds=100)) == 0
    # full: the first six are free again 600 s after they were taken
    assert budget.take(1, at=AT + timedelta(seconds=200)) == pytest.approx(400)
    # five more than the first six gave back: the other four are needed too
    assert budget.take(7, at=AT + timedelta(seconds=200)) == pytest.approx(500)
    assert budget.take(6, at=AT + timedelta(seconds=601)) == 0


def test_a_damaged_budget_counts_as_half_used(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text("{")
    budget = RequestBudget(tmp_path / "b.json", limit=10)
    assert budget.take(6, at=AT) > 0
    assert budget.take(5, at=AT) == 0


@pytest.mark.slow
def test_processes_share_a_budget(tmp_path: Path) -> None:
    code = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from jdzfire.feeds.fetch import RequestBudget\n"
        "b = RequestBudget(Path(sys.argv[1]), limit=50)\n"
        "print(sum(b.take(1, at=datetime(2024, 4, 6, tzinfo=UTC)) == 0 for _ in range(40)))"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "b.json")]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sum(int(one.communicate(timeout=60)[0]) for one in both) == 50


def test_a_used_up_budget_is_told_and_nothing_is_asked(server: FirmsServer, tmp_path: Path) -> None:
    budget = RequestBudget(tmp_path / "b.json", limit=2)
    found = ask(server, tmp_path, budget=budget)
    assert [one.state for one in found] == ["limited"]
    assert found[0].retry_at is not None
    assert len(server.asked) == 1  # what is available cost one, three days no longer fit

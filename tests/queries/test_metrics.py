"""Metrics of a workspace in Prometheus' format, and lines as JSON."""

from __future__ import annotations

import json
import threading
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from jdzfire.cli.app import app
from jdzfire.cli.output import echo
from jdzfire.pipeline.cycle import run_cycle
from jdzfire.queries.metrics import metrics_text
from jdzfire.workspace import open_workspace
from tests.pipeline.test_main_job import csv, pixel
from tests.tables import utc

AT = utc("2024-04-04T08:00")


@pytest.fixture
def home(tmp_path):
    rows = [pixel(117.2, 29.4, "2024-04-04", "0503"), "bad,row"]
    root = tmp_path / "home"
    run_cycle(root, at=AT, files=[csv(tmp_path, "a.csv", *rows)])
    return root


def values(text: bytes) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


@pytest.mark.slow
def test_what_is_measured(home):
    with open_workspace(home) as workspace:
        found = values(metrics_text(workspace, at=utc("2024-04-04T09:03")))
    assert found["jdzfire_feed_age_seconds", "firms"] == 4 * 3600  # 05:03 to 09:03
    assert found["jdzfire_feed_ok", "firms", "ok"] == 1
    assert found["jdzfire_unresolved",] == 1
    assert found["jdzfire_provisional",] == 0
    assert found["jdzfire_overdue",] == 1  # opened at 08:00, due at 09:00
    assert found["jdzfire_rejected_rows",] == 1
    assert found["jdzfire_published_timestamp_seconds", "public"] == AT.timestamp()
    assert found["jdzfire_cycle_timestamp_seconds",] == AT.timestamp()
    parts = {key[1] for key in found if key[0] == "jdzfire_cycle_seconds"}
    assert parts == {"fetch", "ingest", "triage", "alert", "publish"}


@pytest.mark.slow
def test_as_a_text_file_and_as_a_check_of_health(home, tmp_path):
    runner, file = CliRunner(), tmp_path / "jdzfire.prom"
    words = ["--home", str(home), "metrics", "--max-age-min", "60"]
    done = runner.invoke(app, [*words, "--now", "2024-04-04T08:30Z", "--textfile", str(file)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert ("jdzfire_unresolved",) in values(file.read_bytes())
    done = runner.invoke(app, [*words, "--now", "2024-04-04T09:30Z"])
    assert done.exit_code == 4
    assert "90 min ago" in done.stderr


@pytest.mark.slow
def test_over_http(home, capsys, monkeypatch):
    from wsgiref import simple_server

    from jdzfire.cli.keeping import serve_metrics

    made, begun = [], threading.Event()
    make = simple_server.make_server

    def kept(*arguments, **options):
        made.append(make(*arguments, **options))
        begun.set()
        return made[0]

    monkeypatch.setattr(simple_server, "make_server", kept)
    thread = threading.Thread(target=serve_metrics, args=(home, 0))
    thread.start()
    try:
        assert begun.wait(30)
        url = f"http://127.0.0.1:{made[0].server_port}/metrics"
        with urllib.request.urlopen(url, timeout=60) as answer:
            assert ("jdzfire_unresolved",) in values(answer.read())
    finally:
        made[0].shutdown()
        thread.join(30)


def test_lines_are_json_when_asked(capsys, monkeypatch):
    monkeypatch.setenv("JDZFIRE_LOG_FORMAT", "json")
    echo("degraded: feed firms is late")
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["message"]) == ("error", "degraded: feed firms is late")
    monkeypatch.setenv("JDZFIRE_LOG_FORMAT", "text")
    echo("map")
    assert capsys.readouterr().err == "map\n"

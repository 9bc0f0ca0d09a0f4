"""What is deployed, and the files that start it on a machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
FLOWS = {
    *("watch", "ingest-registers", "handover", "propose-heat-sources", "forecast"),
    *("season", "siting", "backfill"),
}
pytestmark = pytest.mark.filterwarnings("ignore")


def entries() -> list[dict[str, Any]]:
    document = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    return list(document["deployments"])


def test_each_flow_has_one_deployment():
    assert {entry["name"] for entry in entries()} == FLOWS
    assert len(entries()) == len(FLOWS)


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["name"])
def test_a_deployment_names_a_flow_and_parameters_it_has(entry):
    path, name = entry["entrypoint"].split(":")
    module = __import__(path.removesuffix(".py").replace("/", "."), fromlist=[name])
    flow = getattr(module, name)
    assert flow.name == f"jdzfire-{entry['name']}"
    form = flow.parameters.properties
    assert set(entry["parameters"]) <= set(form)
    assert all("description" in shown for shown in form.values())
    assert "concurrency_limit" not in entry  # see prefect.yaml


@pytest.mark.slow
def test_serving_and_deploying_say_the_same():
    from flows.deployments import deployments

    served = {one.name: one for one in deployments("some-home")}
    assert set(served) == FLOWS
    for entry in entries():
        one = served[entry["name"]]
        assert one.parameters["home"] == "some-home"
        assert one.description == entry["description"]
        crons = [held.schedule.cron for held in one.schedules]
        assert crons == [stated["cron"] for stated in entry["schedules"]]
        assert {held.schedule.timezone for held in one.schedules} <= {"Asia/Shanghai"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_is_one_that_systemd_takes(unit, tmp_path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    # the programs lie elsewhere on this machine; all else is checked as it stands
    text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(encoding="utf-8"))
    copies = tmp_path / unit.name
    copies.write_text(re.sub(r"(?m)^(User|Documentation)=.*\n", "", text), encoding="utf-8")
    for other in UNITS:
        if other != unit:
            shutil.copy(other, tmp_path)
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(copies)], capture_output=True, text=True, timeout=60
    )
    said = [line for line in done.stderr.splitlines() if unit.name in line]
    assert said == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_runs_a_command_that_there_is(unit):
    text = unit.read_text(encoding="utf-8")
    (command,) = re.findall(r"(?m)^ExecStart=(.*)$", text)
    program, *words = command.split()
    assert program.startswith("/opt/jdzfire/.venv/bin/")
    if words[:2] == ["-m", "flows.deployments"]:
        assert (ROOT / "flows" / "deployments.py").exists()
    else:
        assert words[0] in ("watch", "server", "worker", "alert")
    for line in ("User=jdzfire", "Restart=always", "NoNewPrivileges=yes", "ProtectSystem=strict"):
        assert line in text


def test_the_container_copies_what_is_there_and_is_no_root():
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY")]
    assert [name for names in copied for name in names if not (ROOT / name).exists()] == []
    assert "USER jdzfire" in lines
    base = next(line for line in lines if line.startswith("FROM"))
    assert ":" in base
    assert not base.endswith(":latest")


def test_the_automations_are_of_events_that_are_emitted():
    text = (DEPLOY / "automations.yaml").read_text(encoding="utf-8")
    expected = {
        name
        for automation in yaml.safe_load(text)["automations"]
        for name in automation["trigger"]["expect"]
        if name.startswith("jdzfire.")
    }
    code = (ROOT / "flows" / "show.py").read_text(encoding="utf-8")
    assert expected == set(re.findall(r'"(jdzfire\.[a-z.]+\.(?:late|unresolved))"', code))


@pytest.mark.slow
def test_the_automations_are_ones_that_prefect_takes():
    from prefect.events.schemas.automations import AutomationCore

    text = (DEPLOY / "automations.yaml").read_text(encoding="utf-8")
    for automation in yaml.safe_load(text)["automations"]:
        AutomationCore.model_validate(automation)

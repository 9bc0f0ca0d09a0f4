"""Commands that are killed at random moments, many of them quickly: run as a script.

``python -m tests.damage.killing BASE FOLDER KILLS SEED`` forks a process for every run, so that the
program is imported once. It prints a JSON line a scenario: kills, and the tables that differ from
those of a run nobody killed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

Act = Callable[[Path], object]
NOW = "2024-04-04T13:00Z"
LATE_S = 60.0


@dataclass(frozen=True)
class Scenario:
    """One command that writes."""

    name: str
    act: Act
    prepare: Act = lambda root: None
    ignore: tuple[str, ...] = ()
    """Tables that may differ, and why."""


def cli(*words: str) -> Act:
    """A command line, run in this process; exit codes 0 and 4 are well."""

    def act(root: Path) -> None:
        from typer.testing import CliRunner

        from jdzfire.cli.app import app

        done = CliRunner().invoke(app, ["--home", str(root), *words])
        if done.exit_code not in (0, 4):
            raise SystemExit(f"{words}: {done.exit_code} {done.output} {done.exception!r}")

    return act


def scenarios(files: Path) -> list[Scenario]:
    """Every command that writes into a workspace."""
    later, teams, permits = files / "later.csv", files / "teams_new.csv", files / "permits_new.csv"
    return [
        Scenario("ingest", cli("ingest", "auto", str(later), "--now", NOW)),
        Scenario("watch", cli("watch", "--once", "--hotspots", str(later), "--now", NOW)),
        Scenario(
            "triage", cli("triage", "--now", NOW), cli("ingest", "auto", str(later), "--now", NOW)
        ),
        Scenario("publish", cli("publish", "--now", NOW)),
        Scenario("register teams", registering("teams", teams)),
        Scenario("register permits", registering("permits", permits)),
        Scenario("register weather", registering("weather", files / "weather_more.nc")),
        Scenario("register dem", registering("dem", files / "dem_new.tif")),
        Scenario("registers undo", undoing),
        Scenario("case", working),
        Scenario("event apart", splits),
        Scenario(
            "hotspot add",
            cli(
                *("hotspot", "add", "--lon", "117.31", "--lat", "29.41", "--source", "officer"),
                *("--now", NOW, "--seen", NOW, "--remark", "烟"),
            ),
        ),
        Scenario("replay-raw", cli("replay-raw", "--replace"), lose_part),
        Scenario("repair", cli("repair", "--now", NOW), lose_part),
        Scenario("compaction", compacting, many_parts),
        Scenario("migration", cli("event", "list"), make_old),
        Scenario("backup", lambda root: cli("backup", str(root) + "-backup")(root)),
    ]


def registering(kind: str, path: Path) -> Act:
    def act(root: Path) -> None:
        from jdzfire.pipeline.register import register_files
        from jdzfire.workspace import open_workspace
        from tests.workspaces import AT

        with open_workspace(root, writing=True) as workspace:
            intake = register_files(workspace, kind, [path], at=AT + timedelta(days=2))
            assert intake.rows

    return act


def undoing(root: Path) -> None:
    """An earlier version of the teams, as of one time."""
    from jdzfire.store.register_history import undo_register
    from jdzfire.workspace import open_workspace
    from tests.workspaces import AT

    with open_workspace(root, writing=True) as workspace:
        undo_register(workspace.home, "teams", at=AT + timedelta(days=3), to=1)


def working(root: Path) -> None:
    """A case dispatched, answered, closed and opened again; each step once however often run."""
    from jdzfire.cases import steps
    from jdzfire.workspace import open_workspace
    from tests.workspaces import AT

    step_of = {
        "open": lambda ledger, one: ledger.change_case(
            one, steps.dispatch(team_id="T-01", who="w", at=AT)
        ),
        "dispatched": lambda ledger, one: ledger.change_case(
            one, steps.answer("farm_fire", who="w", at=AT)
        ),
        "answered": lambda ledger, one: ledger.change_case(one, steps.close(who="w", at=AT)),
    }
    with open_workspace(root) as workspace:
        case_id = workspace.ledger.load_cases()["case_id"].iloc[1]
        for status, step in step_of.items():
            cases = workspace.ledger.load_cases().set_index("case_id")
            if cases.loc[case_id, "status"] == status:
                step(workspace.ledger, case_id)


def splits(root: Path) -> None:
    """Hotspots distinguished, once."""
    from jdzfire.pipeline.triage import run_triage
    from jdzfire.workspace import open_workspace
    from tests.workspaces import AT

    with open_workspace(root, writing=True) as workspace:
        members = workspace.ledger.load_members()
        sizes = members["event_id"].value_counts()
        event_id = str(sizes.index[0])
        mine = members.loc[members["event_id"] == event_id, "hotspot_id"]
        log = workspace.ledger.load_event_log()
        if sizes.iloc[0] > 1 and "apart" not in set(log["action"]):
            workspace.ledger.split_event(event_id, [mine.iloc[0]], who="w", at=AT)
        run_triage(workspace, at=AT + timedelta(hours=5))


def lose_part(root: Path) -> None:
    """A file of the archive is lost."""
    next(iter(sorted(root.glob("archive/hotspots/month=2024-04/*.parquet")))).unlink()


def many_parts(root: Path) -> None:
    """Some more parts in a month."""
    from jdzfire.pipeline.ingest import ingest_files
    from jdzfire.workspace import open_workspace
    from tests.workspaces import AT, HEADER, pixel

    with open_workspace(root, writing=True) as workspace:
        for number in range(4):
            path = root.parent / f"part{number}.csv"
            path.write_text(HEADER + pixel(117.6 + number / 20))
            ingest_files(workspace, "auto", [path], at=AT)


def compacting(root: Path) -> None:
    """Few parts of many."""
    from jdzfire.store.archive import compact_archive
    from jdzfire.workspace import open_workspace

    with open_workspace(root, writing=True) as workspace:
        compact_archive(workspace.home)


def make_old(root: Path) -> None:
    """A workspace as the version before wrote it: no list, no id of the ledger."""
    import sqlite3

    (root / "kept.json").unlink()
    (root / "ledger.sha256").unlink(missing_ok=True)
    (root / "jdzfire-home.json").write_text('{"jdzfire_home": 1}\n')
    with sqlite3.connect(root / "ledger.sqlite") as plain:
        plain.execute("DELETE FROM meta WHERE key = 'ledger_id'")
    plain.close()


def write_files(folder: Path) -> None:
    """What the commands are given."""
    from tests.weather.grids import weather_days
    from tests.workspaces import HEADER, SAMPLES, pixel, write_grids

    rows = [pixel(117.2003 + k / 20, "2", 11.0) for k in range(4)]
    rows += [pixel(117.45 + k / 50) for k in range(3)]
    rows += [pixel(117.2003, "2", 7.0, day="2024-03-30"), pixel(117.9), "95.0,1,broken\n"]
    (folder / "later.csv").write_text(HEADER + "".join(rows))
    for kind in ("teams", "permits"):
        text = (SAMPLES / f"{kind}.csv").read_text(encoding="utf-8")
        (folder / f"{kind}_new.csv").write_text(text.replace("30", "31"), encoding="utf-8")
    weather = weather_days("2024-04-05", 6, tasmax=[20.0] * 6)
    (folder / "weather_more.nc").write_bytes(bytes(weather.to_netcdf(None, engine="scipy")))
    grids = write_grids(folder)
    (folder / "dem_new.tif").write_bytes(grids["dem"].read_bytes() + b"\0")


def run(act: Act, root: Path, *, kill_after_s: float | None = None) -> tuple[float, bool]:
    """Fork, act, and wait or kill; the seconds it took and whether it was killed."""
    begin = time.monotonic()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 1)
            act(root)
            code = 0
        except SystemExit as end:
            if end.code:
                sys.stderr.write(f"{end.code}\n")
            code = 1 if end.code else 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    limit = LATE_S if kill_after_s is None else kill_after_s
    while time.monotonic() - begin < limit:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            if status:
                raise AssertionError(f"ended with {status} in {root}")
            return time.monotonic() - begin, False
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    if kill_after_s is None:
        raise AssertionError(f"not done in {LATE_S} s in {root}")
    return time.monotonic() - begin, True


def state(root: Path) -> dict[str, Any]:
    """All tables, and what is published, without the kept runs of other moments."""
    import pandas as pd

    from jdzfire.store.home import open_home
    from jdzfire.store.kept import list_damage
    from tests.workspaces import state_of

    tables = state_of(root)
    shown = [
        (path.relative_to(root).as_posix(), path.read_bytes())
        for edition in ("internal", "public")
        for path in sorted((root / "published" / edition).rglob("*"))
        if path.is_file()
    ]
    tables["published"] = pd.DataFrame(shown, columns=["name", "content"])
    damage = list_damage(open_home(root), deep=True)
    tables["damage"] = pd.DataFrame(sorted(damage.items()), columns=["name", "state"])
    return tables


def check(scenario: Scenario, base: Path, folder: Path, kills: int, seed: int) -> dict[str, Any]:
    """Kill one command again and again, and compare what a whole run makes of it afterwards."""
    from tests.workspaces import different_tables

    rng = random.Random(f"{seed} {scenario.name}")  # noqa: S311
    start, whole = folder / "start", folder / "whole"
    for path in (start, whole):
        shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(base, start)
    run(scenario.prepare, start)
    shutil.copytree(start, whole)
    took_s, _ = run(scenario.act, whole)
    expected = state(whole)
    differing: dict[str, int] = {}
    killed = 0
    for number in range(kills):
        root = folder / f"killed{number}"
        shutil.copytree(start, root)
        for _ in range(rng.choice((1, 1, 2))):
            _, was_killed = run(scenario.act, root, kill_after_s=rng.uniform(0, took_s))
            killed += was_killed
        run(scenario.act, root)
        for name in different_tables(expected, state(root)):
            if name not in scenario.ignore:
                differing[name] = differing.get(name, 0) + 1
        shutil.rmtree(root)
        shutil.rmtree(f"{root}-backup", ignore_errors=True)
    return {"name": scenario.name, "kills": killed, "took_s": round(took_s, 2), "differ": differing}


def main() -> None:
    """Check every scenario and print a line each."""
    import jdzfire.pipeline.cycle
    import jdzfire.pipeline.repair  # noqa: F401  (imported once, before forking)
    from tests.workspaces import make_workspace

    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    files = folder / "files"
    files.mkdir(parents=True)
    make_workspace(folder / "base", files)
    write_files(files)
    chosen = sys.argv[4:]
    for scenario in scenarios(files):
        if not chosen or scenario.name in chosen:
            found = check(scenario, folder / "base", folder, kills, seed)
            sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()

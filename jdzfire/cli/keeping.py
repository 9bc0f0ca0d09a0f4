"""Commands on the workspace: check, repair, back up, restore."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    NowOption,
    echo,
    end_degraded,
    home_of,
    parse_time,
    print_json,
    progress,
    refuse_input,
)

BackupArgument = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of backups.")]
NameOption = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="A backup of DIR; default: newest.")
]


def add_commands(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    for command in (doctor, metrics, repair, backup, restore, replay_raw):
        app.command()(command)


def doctor(
    context: typer.Context,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Hash every kept file; compare the archive with raw files."),
    ] = False,
    now: NowOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Check the folder, the feeds, the registers and the published map."""
    from jdzfire.pipeline.examine import examine_workspace

    with progress("raw files", None if deep else 0) as step:
        findings = examine_workspace(
            home_of(context, home), at=parse_time(now), deep=deep, progress=step
        )
    if json_:
        print_json([vars(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(f"{'ok  ' if finding.is_well else 'BAD '} {finding.what}: {finding.state}")
    if any(finding.is_damage for finding in findings):
        refuse_input(["the workspace is damaged; remedy: jdzfire repair [--backup DIR]"])
    end_degraded([f"{f.what}: {f.state}" for f in findings if not f.is_well])


def metrics(
    context: typer.Context,
    textfile: Annotated[
        Path | None,
        typer.Option("--textfile", metavar="FILE", help="Write there, for the node exporter."),
    ] = None,
    listen: Annotated[
        int | None,
        typer.Option("--listen", metavar="PORT", help="Answer on 127.0.0.1 until stopped."),
    ] = None,
    max_age_min: Annotated[
        float | None,
        typer.Option("--max-age-min", help="End with 4 when the map was not checked for so long."),
    ] = None,
    now: NowOption = None,
    home: HomeOption = None,
) -> None:
    """Feeds, events, cycles and pages as metrics in Prometheus' format."""
    from jdzfire.queries.metrics import metrics_text, published_at
    from jdzfire.workspace import open_workspace

    root = home_of(context, home)
    if listen is not None:
        serve_metrics(root, listen)
        return
    at = parse_time(now)
    with open_workspace(root) as workspace:
        text = metrics_text(workspace, at=at)
        checked = published_at(workspace, "internal")
    if textfile is not None:
        from jdzfire.store.atomic import write_atomic

        write_atomic(textfile, text)
    else:
        typer.echo(text.decode(), nl=False)
    if max_age_min is not None:
        age_min = None if checked is None else (at - checked).total_seconds() / 60
        if age_min is None or age_min > max_age_min:
            shown = "never" if age_min is None else f"{age_min:.0f} min ago"
            end_degraded([f"the map was checked {shown}, and is to be each {max_age_min:g} min"])


def serve_metrics(root: Path, port: int) -> None:
    """Answer every request with the metrics of that moment, until the process is stopped."""
    from wsgiref.simple_server import make_server

    from jdzfire.queries.metrics import metrics_text
    from jdzfire.workspace import open_workspace

    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        with open_workspace(root) as workspace:
            text = metrics_text(workspace, at=datetime.now(UTC))
        start("200 OK", [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")])
        return [text]

    with make_server("127.0.0.1", port, answer) as server:
        echo(f"metrics: http://127.0.0.1:{server.server_port}/metrics")
        server.serve_forever()


def repair(
    context: typer.Context,
    backup: Annotated[
        Path | None,
        typer.Option("--backup", metavar="DIR", help="Take what is lost from this backup folder."),
    ] = None,
    name: NameOption = None,
    new_ledger: Annotated[
        bool,
        typer.Option("--new-ledger", help="The ledger is lost: begin anew, without answers."),
    ] = False,
    accept_loss: Annotated[
        bool,
        typer.Option("--accept-loss", help="Go on without registers that cannot be made again."),
    ] = False,
    now: NowOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Make missing and damaged files again from what is left, or from a backup."""
    from jdzfire.pipeline.repair import is_refused, repair_workspace
    from jdzfire.store.backup import load_backup

    root = home_of(context, home)
    found = None if backup is None else load_backup(backup, name)
    with progress("raw files", None) as step:
        done = repair_workspace(
            root,
            at=parse_time(now),
            backup=found,
            new_ledger=new_ledger,
            accept_loss=accept_loss,
            progress=step,
        )
    if json_:
        print_json([vars(one) for one in done])
    else:
        for one in done:
            typer.echo(f"{'mended' if one.is_mended else 'LOST  '} {one.what}: {one.how}")
        if not done:
            typer.echo("nothing was damaged")
    if done:
        echo("damaged files were moved to damaged/; run jdzfire triage and jdzfire publish")
    lost = [f"{one.what}: {one.how}" for one in done if not one.is_mended]
    if lost and not accept_loss and is_refused(root):
        refuse_input(lost)
    end_degraded(lost)


def backup(
    context: typer.Context,
    folder: BackupArgument,
    verify: Annotated[
        bool, typer.Option("--verify", help="Hash what DIR holds already, and mend it.")
    ] = False,
    now: NowOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Back up raw files, archive, registers, ledger and settings."""
    from jdzfire.store.backup import save_backup
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home), writing=True) as workspace:
        made, copied = save_backup(workspace.home, folder, at=parse_time(now), verify=verify)
        is_sqlite = workspace.settings.ledger_url is None
    if json_:
        print_json({"folder": folder, "files": len(made.files), "copied_bytes": copied})
    else:
        typer.echo(f"{len(made.files)} files, {copied / 1e6:.1f} MB copied to {folder}")
    if not is_sqlite:
        echo("the ledger lies in another database and is not in this backup: use its own tools")


def restore(
    context: typer.Context,
    folder: BackupArgument,
    name: NameOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Put a whole backup into a new or empty working folder."""
    from jdzfire.store.backup import load_backup, restore_home

    root = home_of(context, home)
    found = load_backup(folder, name)
    count = restore_home(found, root)
    if json_:
        print_json({"home": root, "files": count, "made_at": found.made_at})
    else:
        typer.echo(f"{count} files of {found.made_at:%Y-%m-%d %H:%M}Z are in {root}")
        echo("run jdzfire doctor, then jdzfire triage and jdzfire publish")


def replay_raw(
    context: typer.Context,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Let the rebuilt archive take its place."),
    ] = False,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Rebuild the archive from the raw files and compare it with the current one."""
    from jdzfire.pipeline.rebuild import rebuild_archive
    from jdzfire.workspace import open_damaged

    with open_damaged(home_of(context, home)) as workspace, progress("raw files", None) as step:
        rebuilt = rebuild_archive(workspace, replace=replace, progress=step)
    if json_:
        print_json(vars(rebuilt) | {"is_equal": rebuilt.is_equal})
    else:
        same = "equal" if rebuilt.is_equal else f"{len(rebuilt.differing)} differ"
        typer.echo(f"{rebuilt.inputs} raw files, {rebuilt.months} parts of the archive: {same}")
    faults = [f"{name}: the raw file is missing or damaged" for name in rebuilt.without_raw]
    if not rebuilt.is_replaced:
        faults += [f"{name} differs from the raw files" for name in rebuilt.differing]
    end_degraded(faults)

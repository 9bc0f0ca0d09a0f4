"""Commands of the main job, from what comes in to what is shown."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    LangOption,
    NowOption,
    echo,
    end_degraded,
    end_intake,
    home_of,
    parse_interval,
    parse_time,
    print_json,
    progress,
    refuse_input,
    use_log_format,
)
from jdzfire.errors import UsageError

FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files to read.")]


def add_commands(app: typer.Typer) -> None:
    """Hang the commands of the main job on the tree."""
    for command in (
        demo,
        simulate,
        fetch,
        ingest,
        watch,
        triage,
        publish,
    ):
        app.command()(command)


def demo(
    context: typer.Context,
    year: Annotated[int, typer.Option(help="Calendar year to simulate.")] = 2024,
    seed: Annotated[int, typer.Option(help="Seed of the season.")] = 1,
    years: Annotated[
        int, typer.Option("--years", min=1, max=10, help="Seasons of the same place, to that year.")
    ] = 1,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Simulate seasons, register them, run them, publish, and print the path."""
    from jdzfire.experiments.run_season import (
        feed_files,
        ingest_season,
        register_season,
        run_season,
        season_days,
    )
    from jdzfire.workspace import open_workspace

    root, first = home_of(context, home), year - years + 1
    for of in range(first, year + 1):
        folder = root / "simulated" / (str(of) if years > 1 else "")
        _write_season(folder, year=of, seed=seed, scale="city", sites_of=first)
        with open_workspace(root, writing=True) as workspace:
            start, received = (parse_time(f"{y}-01-01T00:00+08:00") for y in (of, of + 1))
            registered = register_season(workspace, folder, at=start)
            echo(f"registered {registered.rows} rows, {registered.rejected} rejected")
            with progress("ingesting files", len(feed_files(folder))) as step:
                intake = ingest_season(workspace, folder, at=received, progress=step)
            echo(f"ingested {intake.rows} hotspot rows, {intake.rejected} rejected")
            days = len(season_days(workspace, since=start))
            with progress(f"judging the days of {of}", days) as step:
                end = run_season(
                    workspace, folder, since=start, leaves_open=of == year, progress=step
                )
    report = _run_flow(root, now=end)
    pages = {edition: path / "index.html" for edition, path in report.published.items()}
    bulletin = root.absolute() / "published" / "internal" / "bulletin.txt"
    if json_:
        print_json(_watch_document(report) | {"bulletin": bulletin})
        return
    typer.echo(bulletin.read_text(encoding="utf-8"))
    for edition, page in pages.items():
        echo(f"map ({edition}): {page}")
    echo(f"summary: {bulletin}")


def simulate(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write; new or empty.")],
    year: Annotated[int, typer.Option(help="Calendar year.")] = 2024,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    scale: Annotated[Literal["city", "province"], typer.Option(help="How large.")] = "city",
) -> None:
    """Write a fire season with known truth, in the feeds' own formats."""
    count = _write_season(out, year=year, seed=seed, scale=scale)
    typer.echo(f"{count} files in {out}")


def fetch(
    context: typer.Context,
    feeds: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FEED...]", help="firms, himawari-wlf; default: by setting."),
    ] = None,
    now: NowOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Ask live feeds and take the answers into the archive."""
    from jdzfire.pipeline.fetch import fetch_feeds
    from jdzfire.pipeline.ingest import archive_received
    from jdzfire.workspace import open_workspace

    at = parse_time(now)
    root = home_of(context, home)
    with open_workspace(root) as workspace:
        chosen = feeds or list(workspace.settings.live_feeds)
        if not chosen:
            raise UsageError(
                "no feed to ask",
                expected="firms or himawari-wlf",
                remedy="name one, or set live_feeds",
            )
        fetched = fetch_feeds(workspace, at=at, feeds=chosen)
    with open_workspace(root, writing=True) as workspace:
        intake = archive_received(workspace, fetched.intake)
    if json_:
        answers = [
            {name: value for name, value in vars(one).items() if name != "raw"}
            for one in fetched.answers
        ]
        print_json({"answers": answers, "intake": vars(intake)})
    else:
        for one in fetched.answers:
            span = f"{one.begins_at:%Y-%m-%d %H:%M}Z to {one.ends_at:%Y-%m-%d %H:%M}Z"
            typer.echo(f"{one.source}  {span}  {one.state}  {one.detail}".rstrip())
        typer.echo(f"{intake.rows} rows, {intake.new_or_updated} hotspots new or better")
    end_degraded([*fetched.faults, *intake.faults])


def ingest(
    context: typer.Context,
    feed: Annotated[str, typer.Argument(metavar="FEED", help="A feed's name, or auto.")],
    files: FilesArgument,
    now: NowOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Take hotspot files into the archive; the next watch or triage judges them."""
    from jdzfire.pipeline.ingest import ingest_files
    from jdzfire.workspace import open_workspace

    with (
        open_workspace(home_of(context, home), writing=True) as workspace,
        progress("files", len(files)) as step,
    ):
        if feed not in (*workspace.feeds, "auto"):
            raise UsageError(f"no feed {feed!r}", expected=", ".join([*workspace.feeds, "auto"]))
        intake = ingest_files(workspace, feed, files, at=parse_time(now), progress=step)
    end_intake(intake, as_json=json_)


def watch(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="One cycle, then end.")] = False,
    every: Annotated[
        str | None,
        typer.Option("--every", metavar="10m", help="Cycle after cycle, so long apart: s, m, h."),
    ] = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Ask FIRMS even when no live feed is set.")
    ] = False,
    hotspots: Annotated[
        list[Path] | None,
        typer.Option("--hotspots", metavar="FILE", help="Hotspot files; may be repeated."),
    ] = None,
    more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE...]", hidden=True)] = None,
    now: NowOption = None,
    with_prefect: Annotated[
        bool, typer.Option("--prefect", help="As a Prefect flow; default with PREFECT_API_URL.")
    ] = False,
    lang: LangOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Ingest, join, judge, open cases, publish: one cycle, or one after the other."""
    if once == (every is not None):
        raise UsageError(
            "watch runs one cycle or many",
            expected="either --once or --every 10m",
            remedy="for a schedule kept by Prefect see docs/operations.md",
        )
    files = [*(hotspots or []), *(more or [])]
    root, speech = home_of(context, home), _check_lang(lang)
    use_log_format(root)

    def cycle(at: datetime) -> Any:
        return _one_cycle(
            root,
            at=at,
            files=files,
            lang=speech,
            ask=["firms"] if fetch else None,
            on_prefect=with_prefect or bool(os.environ.get("PREFECT_API_URL")),
        )

    if every is None:
        report = cycle(parse_time(now))
        _print_report(report, as_json=json_)
        if report.intake.is_nothing_usable:
            refuse_input(report.intake.unusable)
        end_degraded(report.faults)
        return
    if files or now is not None:
        raise UsageError(
            "--every takes neither files nor --now",
            remedy="put hotspot files into the inbox of the working folder, or use --once",
        )
    from jdzfire.pipeline.keep_watch import keep_watch

    def show_cycle(at: datetime) -> None:
        report = cycle(at)
        _print_report(report, as_json=json_)
        sys.stdout.flush()
        for fault in report.faults:
            echo(f"degraded: {fault}")
        if report.intake.is_nothing_usable:
            for message in report.intake.unusable:
                echo(f"jdzfire: {message}")

    keep_watch(show_cycle, every=parse_interval(every), say=echo)


def _one_cycle(
    root: Path,
    *,
    at: datetime,
    files: list[Path],
    lang: str | None,
    ask: list[str] | None,
    on_prefect: bool,
) -> Any:
    """One cycle, in this process or as a flow; both leave the same working folder."""
    if on_prefect:
        return _run_flow(root, files=files, now=at, lang=lang, ask=ask)
    from flows.server import end_leftovers
    from jdzfire.pipeline.cycle import run_cycle
    from jdzfire.store.home import open_home

    end_leftovers(open_home(root).prefect_dir)
    return run_cycle(root, at=at, files=files, lang=lang, ask=ask)


def _print_report(report: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(_watch_document(report))
        return
    typer.echo(
        f"{report.intake.rows} rows read, "
        f"{report.intake.new_or_updated} hotspots new or updated, "
        f"{report.intake.rejected} rows rejected; {report.outcome.events} events, "
        f"{report.outcome.unresolved} need the duty room"
    )
    for edition, path in report.published.items():
        typer.echo(f"map ({edition}): {path / 'index.html'}")


def triage(
    context: typer.Context,
    now: NowOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Judge every event anew, for example after a register was corrected."""
    from jdzfire.pipeline.triage import run_triage
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home), writing=True) as workspace:
        outcome = run_triage(workspace, at=parse_time(now), everything=True)
    if json_:
        print_json(vars(outcome))
    else:
        typer.echo(f"{outcome.events} events, {outcome.unresolved} need the duty room")


def publish(
    context: typer.Context,
    edition: Annotated[
        Literal["internal", "public"] | None, typer.Option(help="Default: both.")
    ] = None,
    lang: LangOption = None,
    now: NowOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Draw the map, the bulletin and the exports of this moment."""
    from jdzfire.pipeline.publish import EDITIONS, publish_editions
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        shown = publish_editions(
            workspace,
            at=parse_time(now),
            editions=[edition] if edition else EDITIONS,
            lang=_check_lang(lang),
        )
    if json_:
        print_json({name: path / "index.html" for name, path in shown.items()})
        return
    for name, path in shown.items():
        typer.echo(f"map ({name}): {path / 'index.html'}")
    if not shown:
        echo("a newer map is already published and is kept")


def _write_season(
    folder: Path,
    *,
    year: int,
    seed: int,
    scale: Literal["city", "province"],
    sites_of: int | None = None,
) -> int:
    from jdzfire.experiments.write_season import write_season

    with progress("simulating", 0) as step:
        return write_season(
            folder, year=year, seed=seed, scale=scale, sites_of=sites_of, progress=step
        )


def _run_flow(
    root: Path,
    *,
    files: list[Path] | None = None,
    now: Any = None,
    lang: str | None = None,
    ask: list[str] | None = None,
) -> Any:
    """One cycle under Prefect, whose database lies inside the working folder."""
    from jdzfire.store.home import open_home

    os.environ.setdefault("PREFECT_HOME", str(open_home(root).prefect_dir))
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
    from flows.watch import run_watch

    return run_watch(
        str(root.absolute()),
        files=[str(path.absolute()) for path in files or []],
        now=now,
        lang=lang,
        ask=ask,
    )


def _watch_document(report: Any) -> dict[str, Any]:
    return {
        "intake": vars(report.intake),
        "outcome": vars(report.outcome),
        "faults": list(report.faults),
        "maps": {name: path / "index.html" for name, path in report.published.items()},
    }


def _check_lang(lang: str | None) -> str | None:
    if lang not in (None, "zh", "en"):
        raise UsageError(f"no language {lang!r}", expected="zh or en")
    return lang

"""What commands take and print: the shared options, text to stderr, JSON to stdout."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from jdzfire.errors import UsageError
from jdzfire.redact import redact

if TYPE_CHECKING:
    import pandas as pd

_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="Working folder; else JDZFIRE_HOME."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
NowOption = Annotated[
    str | None, typer.Option("--now", metavar="ISO-TIME", help="Run as if it were this time.")
]
LangOption = Annotated[
    str | None, typer.Option("--lang", metavar="zh|en", help="Language of what is shown.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Default: a name of its own here.")
]


_FAULTS = ("jdzfire:", "degraded:", "cycle failed")


def keep_file(path: Path, data: bytes, document: dict[str, Any], *, as_json: bool) -> None:
    """Write the file a command makes and print its path; ``document`` is added to the JSON."""
    from jdzfire.store.atomic import write_atomic

    if path.is_dir():
        raise UsageError(f"{path} is a folder", expected="the name of a file")
    write_atomic(path, data)
    if as_json:
        print_json({**document, "file": path.absolute(), "bytes": len(data)})
    else:
        typer.echo(path)


def use_log_format(root: Path) -> None:
    """Write lines as the settings of a folder say."""
    from jdzfire.settings import load_settings

    os.environ["JDZFIRE_LOG_FORMAT"] = load_settings(home=root).log_format


def echo(text: str) -> None:
    """One line on stderr, without secrets; with ``JDZFIRE_LOG_FORMAT=json`` a JSON object."""
    line = redact(text)
    if os.environ.get("JDZFIRE_LOG_FORMAT") == "json":
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        level = "error" if line.startswith(_FAULTS) else "info"
        document = {"at": at, "level": level, "program": "jdzfire", "message": line}
        line = json.dumps(document, ensure_ascii=False)
    typer.echo(line, err=True)


def print_json(document: Any) -> None:
    """The one JSON document, on stdout; times as ISO 8601 UTC, missing as null.

    Secrets are taken out of its texts. Numbers stay: four digits of a coordinate are in many keys,
    and a document with half a number is none.
    """
    text = json.dumps(document, ensure_ascii=False, indent=1, default=_plain)
    strings = redact("\0".join(_JSON_STRING.findall(text))).split("\0")
    each = iter(strings)
    typer.echo(_JSON_STRING.sub(lambda _: next(each), text))


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table ready for JSON; the geometry is left out."""
    from jdzfire.schemas import plain_rows

    return plain_rows(table)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def beijing(at: Any) -> str:
    """A time as duty staff read it, "" when there is none."""
    import pandas as pd

    if at is None or pd.isna(at):
        return ""
    return pd.Timestamp(at).tz_convert("Asia/Shanghai").strftime("%Y-%m-%d %H:%M")


def parse_time(text: str | None) -> datetime:
    """An aware time from ISO text; now when there is none.

    Raises
    ------
    UsageError
        The text is no ISO time or has no zone.
    """
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a time", expected="ISO 8601, for example 2022-02-27T12:00Z"
        ) from error
    if at.tzinfo is None:
        raise UsageError(
            f"time {text!r} has no zone", remedy=f"write {text}Z for UTC or {text}+08:00"
        )
    return at.astimezone(UTC)


def parse_interval(text: str) -> timedelta:
    """A pause from text such as ``600s``, ``10m`` or ``1h``.

    Raises
    ------
    UsageError
        Anything else, or shorter than a second or longer than a day.
    """
    match = re.fullmatch(r"([0-9]{1,6})([smh])", text.strip())
    pause = match and timedelta(seconds=int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]])
    if not pause or pause > timedelta(days=1):
        raise UsageError(f"{text[:40]!r} is no interval", expected="600s, 10m or 1h, at most 24h")
    return pause


def parse_bbox(text: str) -> tuple[float, float, float, float]:
    """West, south, east, north [degree] from text.

    Raises
    ------
    UsageError
        Not four numbers in that order.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{text!r} is not a bbox", expected="west,south,east,north") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise UsageError(f"{text!r} is not a bbox", expected="west < east and south < north")
    return west, south, east, north


def home_of(context: typer.Context, home: Path | None) -> Path:
    """The working folder asked for: after the command, before it, or by setting."""
    from jdzfire.settings import load_settings

    before = context.find_root().obj
    return load_settings(home or before).home


def end_degraded(faults: Sequence[str]) -> None:
    """Say why the run was degraded and end with 4; go on when it was not."""
    if not faults:
        return
    for fault in faults:
        echo(f"degraded: {fault}")
    raise typer.Exit(4)


def refuse_input(messages: Sequence[str]) -> NoReturn:
    """Say what could not be used and end with 3."""
    for message in messages:
        echo(f"jdzfire: {message}")
    raise typer.Exit(3)


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Any]:
    """A progress bar on stderr; yields what to call after each step. None: how many is unknown."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr)) as bar:
        task = bar.add_task(label, total=total)

        def step() -> None:
            bar.advance(task)
            done = bar.tasks[0].completed
            if total is not None and done > total:  # more than was known at first
                bar.update(task, total=done)

        yield step


def end_intake(intake: Any, *, as_json: bool) -> None:
    """Print what came in, and end with the exit code it asks for."""
    if as_json:
        print_json(vars(intake))
    else:
        typer.echo(
            f"{intake.rows} rows from {intake.files} files ({intake.known} known before), "
            f"{intake.rejected} rejected"
        )
    for note in intake.notes:
        echo(note)
    if intake.is_nothing_usable:
        refuse_input(intake.unusable)
    end_degraded(intake.faults)

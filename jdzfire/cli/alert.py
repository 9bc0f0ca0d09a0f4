"""Commands on alerts: what waits, sending, trying a channel."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    NowOption,
    beijing,
    echo,
    home_of,
    parse_time,
    print_json,
    records,
)

app = typer.Typer(no_args_is_help=True, help="Alerts to duty staff: the outbox and its channels.")


@app.command("list")
def list_alerts(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Sent ones too.")] = False,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """List alerts that wait, with what their receiver said last."""
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        table = workspace.ledger.load_alerts()
    if not everything:
        table = table[table["state"].isin(["waiting", "sending"])]
    rows = records(table.drop(columns="token"))
    if json_:
        print_json(rows)
        return
    for row in rows:
        typer.echo(
            f"{beijing(row['made_at'])}  {row['channel']}  {row['state']}  {row['title']}  "
            f"{row['detail']}".rstrip()
        )
    if not rows:
        typer.echo("no alert waits")


@app.command()
def send(
    context: typer.Context,
    every: Annotated[
        float | None,
        typer.Option("--every", metavar="S", min=5, help="Again every so many seconds."),
    ] = None,
    now: NowOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Queue what the cases ask for and send what waits; 4 when a channel did not take it."""
    from jdzfire.errors import StoreError
    from jdzfire.pipeline.alert import tell_waiting
    from jdzfire.workspace import open_workspace

    root = home_of(context, home)
    while True:
        try:
            with open_workspace(root) as workspace:
                told = tell_waiting(workspace, at=parse_time(now))
        except StoreError as error:
            if every is None:
                raise
            echo(f"jdzfire: {error}")
        else:
            for fault in told.faults:
                echo(f"jdzfire: {fault}")
            if every is None or told.queued or told.sent:
                _print(told.queued, told.sent, told.faults, as_json=json_)
            if every is None:
                raise typer.Exit(4 if told.faults else 0)
        time.sleep(every)


def _print(queued: int, sent: int, faults: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"queued": queued, "sent": sent, "faults": list(faults)})
    else:
        typer.echo(f"queued {queued} alerts, sent {sent} messages")


@app.command("test")
def try_channel(
    context: typer.Context,
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="Name in the settings.")],
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Send a test message to each receiver of a channel; 4 when one did not take it."""
    from jdzfire.pipeline.alert import queue_test, send_alerts
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        queued = queue_test(workspace, channel, at=datetime.now(UTC))
        sent, faults = send_alerts(workspace)
    for fault in faults:
        echo(f"jdzfire: {fault}")
    _print(queued, sent, faults, as_json=json_)
    raise typer.Exit(4 if faults else 0)

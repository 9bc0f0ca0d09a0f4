"""The command that serves the desk."""

from __future__ import annotations

from typing import Annotated

import typer

from jdzfire.cli.output import HomeOption, home_of


def desk_key(
    context: typer.Context,
    user: Annotated[str, typer.Argument(metavar="USER", help="Name the user logs in with.")],
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Take back every key of the user instead.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Make a key by which a program is a user of the desk; it is shown this once."""
    from jdzfire.desk.server import make_key, revoke_keys

    root = home_of(context, home)
    if revoke:
        typer.echo(f"keys taken back: {revoke_keys(root, user)}")
    else:
        typer.echo(make_key(root, user))


def desk(
    context: typer.Context,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; default: this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port.")] = 8046,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="Name browsers use for it, for example desk.example.cn."),
    ] = None,
    https: Annotated[
        bool, typer.Option("--https", help="A proxy in front of it speaks HTTPS.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Serve the desk: the board, cases, answers, users. Needs the extra desk."""
    from jdzfire.desk.server import prepare, serve
    from jdzfire.desk.setup import DeskOptions

    names = (*DeskOptions.hosts, *(name or ()), *([host] if host not in ("0.0.0.0", "::") else []))  # noqa: S104
    _, password = prepare(home_of(context, home), DeskOptions(tuple(dict.fromkeys(names)), https))
    if password is not None:
        typer.echo(
            f"user admin, password {password}: shown this once, to be changed at first log-in"
        )
    typer.echo(f"http://{host}:{port}/", err=True)
    serve(host, port, proxy_headers=https)

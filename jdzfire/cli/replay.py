"""The command that replays simulated seasons: score, comparison of rules, sweep of thresholds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jdzfire.cli.output import JsonOption, echo, print_json, progress, records
from jdzfire.errors import UsageError


def replay(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Simulated seasons.")],
    rules: Annotated[
        list[Path] | None,
        typer.Option(
            "--rules", metavar="FILE", help="TOML of rules; given twice, both are compared."
        ),
    ] = None,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Turn each threshold, all others as they are.")
    ] = False,
    threshold: Annotated[
        list[str] | None,
        typer.Option("--threshold", metavar="NAME", help="Sweep this one only; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Draw the sweep: FILE as .png and as .svg."),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Run simulated seasons cycle by cycle and score them against their truth."""
    from jdzfire.triage.rules import Rules, load_rules

    names = [path.name for path in rules or []]
    if len(set(names)) < len(names):
        names = [path.as_posix() for path in rules or []]
    chosen = {
        name: load_rules(_text_of(path)) for name, path in zip(names, rules or [], strict=True)
    }
    if sweep:
        if len(chosen) > 1:
            raise UsageError("a sweep turns one set of rules", remedy="give --rules once")
        one = next(iter(chosen.values()), Rules())
        _sweep(folders, one, threshold or [], out, json_=json_)
        return
    if threshold or out is not None:
        raise UsageError(
            "--threshold and --out belong to a sweep", remedy="give --sweep too, or leave them out"
        )
    _score(folders, chosen or {"": Rules()}, json_=json_)


def _score(folders: list[Path], chosen: dict[str, Any], *, json_: bool) -> None:
    documents: dict[str, Any] = {}
    scores: dict[str, list[Any]] = {name: [] for name in chosen}
    for folder in folders:
        if len(folders) > 1 and not json_:
            typer.echo(f"== {folder}")
        scored, documents[folder.as_posix()] = _score_one(folder, chosen, json_=json_)
        for name, score in scored.items():
            scores[name].append(score)
    if len(folders) > 1:
        _describe_pooled(scores, documents, json_=json_)
    elif json_:
        print_json(next(iter(documents.values())))


def _score_one(
    folder: Path, chosen: dict[str, Any], *, json_: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Scores of one season by rules, and the document of them."""
    from jdzfire.evaluation.compare import compare_scores
    from jdzfire.experiments.replay import score_rules

    with progress("cycles", 0) as step:
        scored = score_rules(folder, chosen, progress=step)
    document: dict[str, Any] = {name: score.document() for name, score in scored.items()}
    lines = [f"{name}:\n{score.text()}" if name else score.text() for name, score in scored.items()]
    if len(scored) == 2:
        (one, first), (other, second) = scored.items()
        compared = compare_scores(first, second)
        document["comparison"] = compared.document()
        lines.append(compared.text(one, other))
    if not json_:
        typer.echo("\n".join(lines))
    return scored, document.get("", document)


def _describe_pooled(
    scores: dict[str, list[Any]], documents: dict[str, Any], *, json_: bool
) -> None:
    """All seasons together."""
    from jdzfire.evaluation.sweep import pool_scores

    pooled = {name: pool_scores(of) for name, of in scores.items()}
    if json_:
        # JSON has no NaN: null where nothing was there to count
        document: dict[str, Any] = {
            name: {label: None if value != value else value for label, value in figures.items()}
            for name, figures in pooled.items()
        }
        print_json({"seasons": documents, "pooled": document.get("", document)})
        return
    typer.echo("== all seasons")
    for name, figures in pooled.items():
        lines = [f"{label}: {value:.4g}" for label, value in figures.items()]
        typer.echo("\n".join([f"{name}:", *lines] if name else lines))


def _sweep(
    folders: list[Path], rules: Any, names: list[str], out: Path | None, *, json_: bool
) -> None:
    from jdzfire.evaluation.sweep import describe_sweep
    from jdzfire.experiments.replay import choose_swept, sweep_folders, write_figure

    swept = choose_swept(names)
    steps = sum(len(one.values(rules)) for one in swept)
    with progress("values", steps) as step:
        table = sweep_folders(folders, rules=rules, swept=swept, progress=step)
    title = "Thresholds turned one at a time: " + ", ".join(folder.name for folder in folders)
    files = write_figure(table, out, title=title) if out is not None else []
    if json_:
        print_json({"table": records(table), "figures": [str(path) for path in files]})
        return
    typer.echo(describe_sweep(table))
    for path in files:
        echo(f"figure: {path}")


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{path.name} cannot be read", remedy="check the path") from error

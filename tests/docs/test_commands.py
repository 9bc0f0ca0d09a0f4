"""docs/commands.md states every command, argument, option, default and exit code, and no other."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from jdzfire import errors
from jdzfire.cli import app

ROOT = Path(__file__).resolve().parents[2]
TREE: Any = typer.main.get_command(app)
PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
TOLD_IN = (
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")),
)


def leaves(group: Any, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        way = f"{path} {name}"
        if not command.hidden:
            found |= leaves(command, way) if hasattr(command, "commands") else {way: command}
    return found


COMMANDS = leaves(TREE, "jdzfire")


def sections() -> dict[str, str]:
    parts = re.split(r"^### `([^`]+)`$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(text: str) -> list[list[str]]:
    """Cells of the table rows whose first cell is code."""
    lines = [line.replace("\\|", "¦") for line in text.splitlines() if line.startswith("| `")]
    return [
        [cell.strip().replace("¦", "|") for cell in line.strip("|").split("|")] for line in lines
    ]


def name_told(cell: str) -> str:
    """``--home`` of a cell with `--home DIR`, ``FILE...`` of one with `FILE...`."""
    return cell.strip("`").split()[0]


def name_of(param: Any) -> str:
    return str(param.metavar) if param.param_type_name == "argument" else str(param.opts[0])


def default_of(param: Any) -> str:
    if param.required:
        return "required"
    if isinstance(param.default, bool):
        return "off"
    if param.default is None:
        return "none"
    return f"{param.default:g}" if isinstance(param.default, float) else str(param.default)


SHARED = {name_told(cells[0]): cells[1] for cells in rows(PAGE.split("## Exit codes")[0])}


def test_commands_of_the_page_are_those_of_the_programme() -> None:
    assert list(sections()) != []
    assert set(sections()) == set(COMMANDS)


@pytest.mark.parametrize("way", sorted(COMMANDS))
def test_arguments_options_and_defaults_are_told(way: str) -> None:
    section = sections()[way]
    stated = {name_told(cells[0]): cells[1] for cells in rows(section)}
    shared = re.search(r"^Shared: (.*)\.$", section, flags=re.MULTILINE)
    for name in re.findall(r"`(--[a-z]+)`", shared[1] if shared else ""):
        stated[name] = SHARED[name]
    known = {
        name_of(param): default_of(param)
        for param in COMMANDS[way].params
        if not getattr(param, "hidden", False)
    }
    assert stated == known


def test_options_of_the_root_are_told() -> None:
    known = {str(param.opts[0]): default_of(param) for param in TREE.params}
    assert known == {name: SHARED[name] for name in known}


@pytest.mark.parametrize("way", sorted(COMMANDS))
def test_each_command_has_an_example_of_itself(way: str) -> None:
    assert any(line.startswith(way) for line in examples(sections()[way]))


def examples(text: str) -> list[str]:
    blocks = re.findall(r"```(?:console|sh)\n(.*?)```", text, flags=re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("jdzfire ")]


def parse(line: str) -> str:
    """Way of the command an example calls; raises when the command line does not fit."""
    words = shlex.split(line, comments=True)
    command, way, rest = TREE, words[0], words[1:]
    while hasattr(command, "commands"):
        if rest[0] in ("--help", "--version"):
            return way
        if rest[0] == "--home":
            rest = rest[2:]
        way, command, rest = f"{way} {rest[0]}", command.commands[rest[0]], rest[1:]
    if "--help" not in rest:
        command.make_context(way, rest)
    return way


ALL_EXAMPLES = [
    (name, line) for name in TOLD_IN for line in examples((ROOT / name).read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("name", "line"), ALL_EXAMPLES)
def test_examples_fit_the_command_line(name: str, line: str) -> None:
    assert parse(line).startswith("jdzfire"), name


def test_an_example_that_does_not_fit_is_seen() -> None:
    with pytest.raises(Exception, match="No such option"):
        parse("jdzfire case list --overdue")
    with pytest.raises(KeyError):
        parse("jdzfire notify")


def error_classes() -> dict[str, int]:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.JdzfireError)
    ]
    return {kind.__name__: kind.exit_code for kind in kinds}


def test_exit_codes_are_told_with_their_errors() -> None:
    table = PAGE.split("## Exit codes")[1].split("\n## ")[0]
    stated: dict[str, int] = {}
    codes = []
    for line in table.splitlines():
        match = re.match(r"\| (\d) \| (.+) \| (.*)\|$", line)
        if match:
            codes.append(int(match[1]))
            stated |= dict.fromkeys(re.findall(r"`(\w+)`", match[3]), int(match[1]))
    assert codes == [0, 1, 2, 3, 4]
    assert stated == error_classes()


def test_operations_say_what_to_do_for_each_exit_code() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    chapter = text.split("## Exit codes and what to do")[1].split("\n## ")[0]
    assert re.findall(r"^\| (\d) \|", chapter, flags=re.MULTILINE) == list("01234")

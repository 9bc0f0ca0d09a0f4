"""The data dictionary and the settings page say what the contracts and classes say."""

from __future__ import annotations

import runpy
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from jdzfire.settings import Settings, load_settings
from jdzfire.store import ledger_schema

DOCS = Path(__file__).resolve().parents[2] / "docs"
DICTIONARY: dict[str, Any] = runpy.run_path(str(DOCS / "make_data_dictionary.py"))
SETTINGS: dict[str, Any] = runpy.run_path(str(DOCS / "make_settings.py"))


def chapter(page: str, heading: str) -> str:
    """Text between a heading and the next one of any level; a comment in code is no heading."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    kept: list[str] = []
    is_code = False
    for line in lines[lines.index(heading) + 1 :]:
        is_code ^= line.startswith("```")
        if line.startswith("#") and not is_code:
            break
        kept.append(line)
    return "\n".join(kept)


def table_rows(text: str) -> dict[str, list[str]]:
    """Cells behind the first one, by the name in the first one."""
    rows = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in rows}


def test_dictionary_is_what_the_generator_writes() -> None:
    stated = (DOCS / "data-dictionary.md").read_text(encoding="utf-8")
    assert stated == DICTIONARY["write_dictionary"](), "run python docs/make_data_dictionary.py"


def all_contracts() -> list[Any]:
    """Every contract of the schemas and of the ledger, found without the generator."""
    import jdzfire.schemas as schemas

    named = [value for name, value in vars(schemas).items() if name.isupper()]
    named += list(schemas.REGISTERS.values())
    named += [ledger_schema.INPUTS, ledger_schema.FEED_RUNS, ledger_schema.VERDICT_HISTORY]
    unique = {str(one.name): one for one in named if isinstance(one, schemas.Contract)}
    return list(unique.values())


@pytest.mark.parametrize("contract", all_contracts(), ids=lambda contract: str(contract.name))
def test_every_column_stands_with_dtype_unit_and_null_rule(contract: Any) -> None:
    stated = table_rows(chapter("data-dictionary.md", f"### {contract.name}"))
    known = {
        name: [
            str(spec.dtype).replace("string[pyarrow]", "str"),
            spec.metadata["unit"] or "-",
            "yes" if spec.nullable else "no",
        ]
        for name, spec in contract.columns.items()
    }
    assert {name: cells[:3] for name, cells in stated.items()} == known


def test_no_other_table_is_in_the_dictionary() -> None:
    lines = (DOCS / "data-dictionary.md").read_text(encoding="utf-8").splitlines()
    stated = {line.removeprefix("### ") for line in lines if line.startswith("### ")}
    assert stated == {str(contract.name) for contract in all_contracts()}


def test_settings_page_is_what_the_generator_writes() -> None:
    stated = (DOCS / "settings.md").read_text(encoding="utf-8")
    assert stated == SETTINGS["write_settings"](), "run python docs/make_settings.py"


def test_every_setting_and_rule_stands_with_its_variable() -> None:
    stated = (DOCS / "settings.md").read_text(encoding="utf-8")
    names = [name for name in Settings.model_fields if name not in SETTINGS["RULES"]]
    variables = [f"JDZFIRE_{name.upper()}" for name in names]
    for section, rules in SETTINGS["RULES"].items():
        variables += [f"JDZFIRE_{section.upper()}__{f.name.upper()}" for f in fields(rules)]
    assert len(variables) > len(names) > 5
    assert [name for name in variables if f"`{name}`" not in stated] == []
    assert stated.count("| `JDZFIRE_") == len(variables)


def test_every_rule_has_a_docstring_and_every_measured_one_a_unit() -> None:
    for rules in SETTINGS["RULES"].values():
        words = SETTINGS["docstrings_of"](rules)
        for field in fields(rules):
            assert words[field.name].strip(), field.name
            if isinstance(field.default, int | float):
                assert SETTINGS["unit_of"](field.name) != "-", field.name


def test_variables_of_the_page_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # the lines of docs/operations.md, chapter Settings
    text = chapter("operations.md", "## Settings")
    for line in text.splitlines():
        if line.startswith("export JDZFIRE_") and "HOME" not in line:
            name, value = line.removeprefix("export ").split("=", 1)
            monkeypatch.setenv(name, value.strip("'"))
    settings = load_settings(tmp_path)
    assert settings.expected_feeds == ("firms", "himawari-wlf")
    assert settings.triage.permit_max_danger_grade == 2
    assert settings.triage.smoulder_h == Settings.model_fields["triage"].default.smoulder_h


def test_toml_of_the_page_is_read(tmp_path: Path) -> None:
    toml = chapter("operations.md", "## Settings").split("```toml\n")[1].split("```")[0]
    (tmp_path / "jdzfire.toml").write_text(toml, encoding="utf-8")
    settings = load_settings(tmp_path)
    assert settings.expected_feeds == ("firms", "himawari-wlf")
    assert settings.triage.permit_max_danger_grade == 2
    assert settings.cases.answer_min == 45
    assert settings.cases.result_min == 120  # a rule not in the file keeps its default


def test_options_of_the_schedule_are_told() -> None:
    text = chapter("schedules.md", "## One process, with Prefect")
    source = (DOCS.parent / "flows" / "deployments.py").read_text(encoding="utf-8")
    known = {part.split('"')[0] for part in source.split('add_argument("')[1:]}
    assert known == {name for name in table_rows(text) if name.startswith("--")}


def test_variables_set_for_prefect_are_told() -> None:
    text = table_rows(chapter("schedules.md", "## Environment of the runs"))
    cli = DOCS.parent / "jdzfire" / "cli"
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(cli.glob("*.py")))
    known = {part.split('"')[0] for part in source.split('setdefault("')[1:]}
    assert known <= set(text)
    assert known

"""Write docs/settings.md from the settings and the rules.

Run ``python docs/make_settings.py`` after a setting or a rule was changed; a test compares the
file with what this module writes. Meaning and source of each value are its own docstring.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from dataclasses import fields
from pathlib import Path
from typing import Any

from jdzfire.cases.alert_rules import AlertChannel, AlertRule
from jdzfire.settings import Settings

TARGET = Path(__file__).with_name("settings.md")

RULES: dict[str, type[Any]] = {
    name: type(field.default)
    for name, field in Settings.model_fields.items()
    if hasattr(field.default, "__dataclass_fields__")
}
"""Sections of the settings that are rules of a package."""

UNITS = {
    "_answers": "answers",
    "_months": "months",
    "_ratio_max": "ratio",
    "_pixels": "pixels",
    "_passes": "passes",
    "_score": "ratio",
    "_kmh": "km/h",
    "_km": "km",
    "_mw": "MW",
    "_min": "min",
    "_days": "d",
    "_dates": "dates",
    "_spells": "spells",
    "_scans": "scans",
    "_deg": "degree",
    "_bbox": "degree",
    "_grade": "grade 1-5",
    "_force": "Beaufort",
    "_share": "0-1",
    "_factor": "ratio",
    "_m": "m",
    "_h": "h",
    "_s": "s",
}
"""Unit given by the end of a name, the longer ends first."""

_HEAD = """# Settings

Written by `python docs/make_settings.py` from `jdzfire/settings.py` and the rules of the rooms.
Do not edit it by hand: a test compares the two.

A setting is looked up in this order: the environment, then `jdzfire.toml` in the working folder,
then the default. The working folder itself comes from `--home`, else from `JDZFIRE_HOME`, else it
is `jdzfire-home` in the current folder. An unknown setting ends the command with exit code 2.

The rule `smoulder_h` of the section `triage` is written in one of these ways:

```toml
# jdzfire.toml
[triage]
smoulder_h = 10
```

```sh
export JDZFIRE_TRIAGE__SMOULDER_H=10
```

The source of a number stands in brackets: [V] was read in the source named, [K] is common
knowledge of the field and was not checked, [C] was computed.
"""


def write_settings() -> str:
    """Text of docs/settings.md."""
    data = docstrings_of(Settings)
    plain = [name for name in Settings.model_fields if name not in RULES]
    parts = [
        _HEAD,
        "## General\n",
        _table([(name, f"JDZFIRE_{name.upper()}", _default(name), data[name]) for name in plain]),
    ]
    for section, rules in RULES.items():
        words = docstrings_of(rules)
        rows = [
            (
                field.name,
                f"JDZFIRE_{section.upper()}__{field.name.upper()}",
                field.default,
                words[field.name],
            )
            for field in fields(rules)
        ]
        first = inspect.getdoc(rules) or ""
        parts.append(f"## [{section}]\n\n{first.splitlines()[0]}\n\n{_table(rows)}")
    for title, model in (("[[alert_channels]]", AlertChannel), ("[[alert_rules]]", AlertRule)):
        words = docstrings_of(model)
        first = inspect.getdoc(model) or ""
        lines = [
            f"| `{name}` | {_of_model(field)} | {_escaped(words[name])} |"
            for name, field in model.model_fields.items()
        ]
        head = "| Name | Default | Meaning |\n|---|---|---|"
        parts.append("\n".join([f"## {title}\n\n{first.splitlines()[0]}\n", head, *lines, ""]))
    return "\n".join(parts)


def _of_model(field: Any) -> str:
    return "must be given" if field.is_required() else _escaped(_shown(field.default))


def docstrings_of(kind: type[Any]) -> dict[str, str]:
    """The text under each field of a class, on one line."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    found: dict[str, str] = {}
    previous = ""
    for node in getattr(body, "body", []):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            previous = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and previous:
            found[previous] = " ".join(str(node.value.value).split())
            previous = ""
    return found


def unit_of(name: str) -> str:
    """Unit given by the end of a name, ``-`` when it states none."""
    return next((unit for end, unit in UNITS.items() if name.endswith(end)), "-")


def _default(name: str) -> Any:
    return Settings.model_fields[name].default


def _table(rows: list[tuple[str, str, Any, str]]) -> str:
    lines = ["| Name | Variable | Unit | Default | Meaning and source |", "|---|---|---|---|---|"]
    for name, variable, default, words in rows:
        cells = (f"`{name}`", f"`{variable}`", unit_of(name), _shown(default), _escaped(words))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _shown(default: Any) -> str:
    if default is None:
        return "none"
    if isinstance(default, tuple):
        return "`" + ", ".join(str(value) for value in default) + "`"
    return f"`{default}`"


def _escaped(words: str) -> str:
    return re.sub(r"``([^`]*)``", r"`\1`", words).replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(write_settings(), encoding="utf-8")

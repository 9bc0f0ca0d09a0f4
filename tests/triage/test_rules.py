"""Rules are data: read from TOML, checked by name and type."""

from __future__ import annotations

import pytest

from jdzfire.errors import SettingsError
from jdzfire.triage.rules import Rules, load_rules, rules_version


def test_what_is_not_told_stays() -> None:
    rules = load_rules("[triage]\nsmoulder_h = 6\nfield_day_h = [7, 18]\n[events]\ngap_m = 700.0\n")
    assert (rules.triage.smoulder_h, rules.triage.field_day_h) == (6.0, (7, 18))
    assert rules.events.gap_m == 700.0
    assert rules.footprint == Rules().footprint
    assert load_rules("") == Rules()
    assert rules_version(rules.triage) != rules_version(Rules().triage)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[triage]\nno_such = 1", "triage.no_such"),
        ("[triage]\nsmoulder_h = 'six'", "smoulder_h"),
        ("[triage]\nsmoulder_h = true", "smoulder_h"),
        ("[triage]\nescalate_pixels = 2.5", "escalate_pixels"),
        ("[triage]\nfield_day_h = [6]", "field_day_h"),
        ("[other]\na = 1", "other"),
        ("triage = 1", "triage"),
        ("[triage", "TOML"),
    ],
)
def test_a_wrong_rule_is_named(text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_rules(text)

"""Triage: matching events with registers, verdict, reasons, priority.

The only place where "unresolved" is defined; what belongs on the duty map is asked here too.
"""

from jdzfire.triage.cases import (
    ASKING_VERDICTS,
    CaseRules,
    asks_for_people,
    case_of,
    cases_to_hand_over,
    cases_to_open,
    cases_to_reopen,
    needs_duty,
)
from jdzfire.triage.cycle import (
    Standing,
    advance,
    empty_standing,
    join_arrivals,
    judge_again,
    source_past,
)
from jdzfire.triage.ground import Ground, prepare_ground
from jdzfire.triage.rules import Rules, TriageRules, load_rules, rules_version
from jdzfire.triage.verdict import decide_verdicts

__all__ = [
    "ASKING_VERDICTS",
    "CaseRules",
    "Ground",
    "Rules",
    "Standing",
    "TriageRules",
    "advance",
    "asks_for_people",
    "case_of",
    "cases_to_hand_over",
    "cases_to_open",
    "cases_to_reopen",
    "decide_verdicts",
    "empty_standing",
    "join_arrivals",
    "judge_again",
    "load_rules",
    "needs_duty",
    "prepare_ground",
    "rules_version",
    "source_past",
]

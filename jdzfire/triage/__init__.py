"""Triage: matching events with registers, verdict, reasons, priority.

The only place where "unresolved" is defined; what belongs on the duty map is asked here too.
"""

from jdzfire.triage.cases import (
    CaseRules,
    case_of,
    cases_to_hand_over,
    cases_to_open,
    cases_to_reopen,
    needs_duty,
)
from jdzfire.triage.cycle import (
    Rules,
    Standing,
    advance,
    empty_standing,
    judge_again,
    source_past,
)
from jdzfire.triage.ground import Ground, prepare_ground
from jdzfire.triage.rules import TriageRules, rules_version
from jdzfire.triage.verdict import decide_verdicts

__all__ = [
    "CaseRules",
    "Ground",
    "Rules",
    "Standing",
    "TriageRules",
    "advance",
    "case_of",
    "cases_to_hand_over",
    "cases_to_open",
    "cases_to_reopen",
    "decide_verdicts",
    "empty_standing",
    "judge_again",
    "needs_duty",
    "prepare_ground",
    "rules_version",
    "source_past",
]

"""Triage: matching events with registers, verdict, reasons, priority.

The only place where "unresolved" is defined; what belongs on the duty map is asked here too.
"""

from jdzfire.triage.context import TriageContext, prepare_context
from jdzfire.triage.cycle import (
    TriageState,
    advance,
    empty_triage_state,
    join_arrivals,
    reassess,
    source_histories,
)
from jdzfire.triage.duty import (
    ASKING_VERDICTS,
    needs_answer,
    needs_duty,
)
from jdzfire.triage.rules import Rules, TriageRules, load_rules, rules_version
from jdzfire.triage.verdict import decide_verdicts

__all__ = [
    "ASKING_VERDICTS",
    "Rules",
    "TriageContext",
    "TriageRules",
    "TriageState",
    "advance",
    "decide_verdicts",
    "empty_triage_state",
    "join_arrivals",
    "load_rules",
    "needs_answer",
    "needs_duty",
    "prepare_context",
    "reassess",
    "rules_version",
    "source_histories",
]

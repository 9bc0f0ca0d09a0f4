"""Cases: the duty room's work on an event, as a pure state machine.

What belongs here: which step a case may take, what it changes, its line for the log, and which
cases a cycle opens, reopens or hands over. The ledger keeps what these functions return; command
line, workbook and desk only name the step. Which event needs the duty room: ``triage.duty``.
"""

"""Triage: matching events with registers, verdict, reasons, priority.

The only place where "unresolved" is defined; what belongs on the duty map is asked here too.
"""

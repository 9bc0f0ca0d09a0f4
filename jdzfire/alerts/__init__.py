"""Alerts: messages of the Common Alerting Protocol for events that need the duty room."""

"""Runs outside the duty room's job: a simulated season, and replays of a past one."""

"""Readers of the registers: what offices send about land, permits, teams, works and weather."""

from jdzfire.feeds.registers.grids import read_grid
from jdzfire.feeds.registers.kinds import REGISTER_KINDS, TABLE_KINDS
from jdzfire.feeds.registers.tables import read_register
from jdzfire.feeds.registers.weather import read_weather

__all__ = ["REGISTER_KINDS", "TABLE_KINDS", "read_grid", "read_register", "read_weather"]

"""Readers of the registers: what offices send about land, permits, teams, sites and weather."""

from jdzfire.feeds.registers.gazetteer import Gazetteer
from jdzfire.feeds.registers.grids import ClassesQuestion, ask_classes, read_grid
from jdzfire.feeds.registers.inference import DatumQuestion
from jdzfire.feeds.registers.kinds import REGISTER_KINDS, TABLE_KINDS
from jdzfire.feeds.registers.rows import Declared, Known
from jdzfire.feeds.registers.shape_repair import ShapeQuestion
from jdzfire.feeds.registers.tables import read_register
from jdzfire.feeds.registers.vectors import bundle_shapefile
from jdzfire.feeds.registers.weather import read_weather

__all__ = [
    "REGISTER_KINDS",
    "TABLE_KINDS",
    "ClassesQuestion",
    "DatumQuestion",
    "Declared",
    "Gazetteer",
    "Known",
    "ShapeQuestion",
    "ask_classes",
    "bundle_shapefile",
    "read_grid",
    "read_register",
    "read_weather",
]

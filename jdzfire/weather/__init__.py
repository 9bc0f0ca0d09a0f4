"""Weather: fire danger of a day on a grid, and sampled at places and times."""

import logging

from jdzfire.weather.contract import WEATHER_VARIABLES, check_weather
from jdzfire.weather.danger import FwiStart, danger_of_days
from jdzfire.weather.grade import (
    LYT_1172_95,
    GradeTables,
    beaufort_force,
    danger_index,
    grade_of_index,
    rain_history,
)
from jdzfire.weather.sampling import SAMPLE_COLUMNS, sample_weather

__all__ = [
    "LYT_1172_95",
    "SAMPLE_COLUMNS",
    "WEATHER_VARIABLES",
    "FwiStart",
    "GradeTables",
    "beaufort_force",
    "check_weather",
    "danger_index",
    "danger_of_days",
    "grade_of_index",
    "rain_history",
    "sample_weather",
]

# xclim defines h as hours anew in pint's units, and pint states the terminal of it at every start
logging.getLogger("pint.util").setLevel(logging.ERROR)

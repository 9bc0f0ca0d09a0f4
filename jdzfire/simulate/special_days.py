"""Days on which people light more fires than usual."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from jdzfire.simulate.clock import year_days

SPRING_FESTIVAL = {
    2018: (2, 16), 2019: (2, 5), 2020: (1, 25), 2021: (2, 12), 2022: (2, 1), 2023: (1, 22),
    2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13),
    2030: (2, 3),
}  # fmt: skip
"""Lunar New Year by year [K]; other years take 5 February."""


def special_weight(year: int) -> NDArray[np.float64]:
    """How many times the usual number of fires each Beijing day of the year brings.

    Spring Festival (eve to the 15th day, most on the first), Qingming and the days before it,
    winter solstice [V: special days of the provincial rules, Art. 19; the factors are guesses].
    """
    days = np.arange(year_days(year))

    def since(month: int, day: int) -> NDArray[np.int64]:
        return days - (date(year, month, day) - date(year, 1, 1)).days

    new_year = since(*SPRING_FESTIVAL.get(year, (2, 5)))
    tombs = since(4, 4)
    solstice = since(12, 21)
    return np.asarray(
        1.0
        + 3.5 * np.exp(-np.abs(new_year) / 2.0)
        + 1.0 * (np.abs(new_year - 15) < 1)
        + 6.0 * np.exp(-np.abs(tombs) / 2.2)
        + 1.2 * np.exp(-np.abs(solstice) / 1.0)
    )

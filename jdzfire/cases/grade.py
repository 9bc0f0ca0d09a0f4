"""The grade of a forest fire by its area and the people who came to harm."""

from __future__ import annotations

import math

GRADE_ZH = {
    "ordinary": "一般森林火灾",
    "serious": "较大森林火灾",
    "major": "重大森林火灾",
    "extreme": "特别重大森林火灾",
}
"""Grades of a forest fire, the least first."""

_FROM = {"serious": (1.0, 3, 10), "major": (100.0, 10, 50), "extreme": (1000.0, 30, 100)}
# affected forest [ha], dead, badly hurt: from this number on, which counts
# [V, 森林防火条例 (2008), article 40: 以上 counts the number, 以下 does not]


def fire_grade(
    affected_forest_ha: float | None, dead: float | None = None, injured: float | None = None
) -> str | None:
    """The grade of a forest fire; each of the numbers alone may raise it.

    Parameters
    ----------
    affected_forest_ha : float [ha], optional
        受害森林面积.
    dead : float, optional
    injured : float, optional
        People badly hurt (重伤).

    Returns
    -------
    str or None
        One of :data:`GRADE_ZH`; None when nothing is known.

    Examples
    --------
    >>> fire_grade(0.99), fire_grade(1.0), fire_grade(0.2, dead=3), fire_grade(None)
    ('ordinary', 'serious', 'serious', None)
    """
    given = [_number(value) for value in (affected_forest_ha, dead, injured)]
    if all(value is None for value in given):
        return None
    grade = "ordinary"
    for name, limits in _FROM.items():
        if any(
            value is not None and value >= least for value, least in zip(given, limits, strict=True)
        ):
            grade = name
    return grade


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value

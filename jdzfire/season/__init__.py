"""Season: what a year was, in numbers, figures and the sentence the bureau writes."""

from jdzfire.season.figures import FIGURES, draw_counties, draw_months, draw_verdicts, render_png
from jdzfire.season.report import REFERENCE_SATELLITE, SeasonReport, report_season
from jdzfire.season.statistics import AnswerTimes, answer_times

__all__ = [
    "FIGURES",
    "REFERENCE_SATELLITE",
    "AnswerTimes",
    "SeasonReport",
    "answer_times",
    "draw_counties",
    "draw_months",
    "draw_verdicts",
    "render_png",
    "report_season",
]

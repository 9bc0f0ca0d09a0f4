"""Siting: how much forest the teams reach in time, and where more of them gain most."""

from jdzfire.siting.assumptions import TravelAssumptions
from jdzfire.siting.coverage import Coverage, coverage_share
from jdzfire.siting.demand import forest_cells
from jdzfire.siting.mclp import Choice, solve_mclp
from jdzfire.siting.placement import Placement, solve_additional
from jdzfire.siting.sites import candidate_sites

__all__ = [
    "Choice",
    "Coverage",
    "Placement",
    "TravelAssumptions",
    "candidate_sites",
    "coverage_share",
    "forest_cells",
    "solve_additional",
    "solve_mclp",
]

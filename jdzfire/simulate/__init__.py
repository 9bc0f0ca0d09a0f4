"""A fire season with known truth, in the feeds' own formats.

What belongs here: land, people, weather, fires, orbits and pixels, each by its own physics or
habit, and the writing of files as offices and agencies write them. What does not: any rule by
which hotspots are joined, matched or judged; this package is the ruler they are measured with.
"""

from jdzfire.simulate.render import render_season
from jdzfire.simulate.season import Season, simulate_season

__all__ = ["Season", "render_season", "simulate_season"]

"""The fire season: the numbers of a year and their figures."""

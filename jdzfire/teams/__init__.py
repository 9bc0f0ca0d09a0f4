"""Fire teams: who can be sent."""

from jdzfire.teams.available import available_teams

__all__ = ["available_teams"]

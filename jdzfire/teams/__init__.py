"""Fire teams: who can be sent, and from where."""

from jdzfire.teams.available import available_teams, stations

__all__ = ["available_teams", "stations"]

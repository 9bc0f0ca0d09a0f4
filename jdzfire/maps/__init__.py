"""Interactive maps: the duty map, the season map and the siting map."""

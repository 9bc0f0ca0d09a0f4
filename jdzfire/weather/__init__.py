"""Weather: fire danger of a day on a grid, and sampled at places and times."""

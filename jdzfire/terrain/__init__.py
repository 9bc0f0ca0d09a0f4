"""Terrain: elevation, slope and land cover sampled at places."""

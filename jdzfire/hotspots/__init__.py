"""Hotspots: their identity across products, and the ground a pixel covers."""

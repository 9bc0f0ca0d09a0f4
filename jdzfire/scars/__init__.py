"""Burn scars: the area that burned, from two or more optical scenes."""

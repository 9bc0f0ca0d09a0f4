"""Forest-fire hotspot pipeline: which satellite hotspots has nobody explained yet.

The packages and their order are drawn in ``docs/architecture.md``; the
tables every package passes on are in :mod:`jdzfire.schemas`.
"""

__version__ = "0.1.0"

"""Forest-fire hotspot pipeline: which satellite hotspots has nobody explained yet.

The package's rooms and their order are drawn in ``docs/architecture.md``; the
tables every room passes on are in :mod:`jdzfire.schemas`.
"""

__version__ = "0.1.0"

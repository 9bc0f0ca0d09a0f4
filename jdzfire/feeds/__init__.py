"""What is read: one module per source of hotspots, live services, readers of register files.

A new feed is one module, one line in ``registry.FEEDS`` and one sample in ``data/samples``.
"""

"""The published site: the registry of publishers, the front page and ``status.json``."""

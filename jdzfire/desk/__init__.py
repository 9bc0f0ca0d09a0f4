"""The desk: pages on which duty staff, counties and townships work on cases.

Django keeps users, sessions and log-ins in tables of its own; everything about fires goes through
the ledger's functions. ``setup.configure`` must run before anything else of this package is
imported. Nothing here decides what an event is.
"""

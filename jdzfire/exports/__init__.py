"""Exports of a board for other programs: one module a format, bytes in memory.

Every export is made of a board already cut to its edition; see ``docs/exports.md``.
"""

"""The board: everything a page, report or export shows of one moment, and its public edition.

What belongs here: the tables of one moment, the summary of an event, and the words, labels and
formats that maps, reports, exports and alerts share. Nothing here writes a file.
"""

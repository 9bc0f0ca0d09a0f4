"""Text of a shapefile's attribute table (.dbf): the encoding is found from its bytes.

A .cpg beside it may be absent, wrong, or of another layer, and so may the language mark in the
header; what the cells hold cannot be. Cells and names of columns cut inside a character lose that
character.
"""

from __future__ import annotations

from collections.abc import Iterator

_FIELD = 32
_NAME = 11


def mend_table(table: bytes) -> tuple[bytes, str]:
    """The table with cut characters taken out, and the encoding of its text.

    Parameters
    ----------
    table : bytes
        A dBase III table.

    Returns
    -------
    bytes, of the same length; str, ``utf-8`` or ``gb18030``
        UTF-8 when no less of its cells are that than GB18030; a table of ASCII is UTF-8.
    """
    start, width = (int.from_bytes(table[at : at + 2], "little") for at in (8, 10))
    fields = list(_fields(table, start))
    spots = [slice(at, at + _NAME) for at, _, _, _ in fields]
    texts = [(offset, size) for _, kind, offset, size in fields if kind in b"CM"]
    if width > 0:
        spots += [
            slice(row + offset, row + offset + size)
            for row in range(start, len(table) - width + 1, width)
            for offset, size in texts
        ]
    non_ascii = [(spot, table[spot]) for spot in spots if not table[spot].isascii()]
    faults = {
        name: sum(_whole(cell, name) is None for _, cell in non_ascii)
        for name in ("utf-8", "gb18030")
    }
    encoding = min(faults, key=lambda name: faults[name])
    mended = bytearray(table)
    for spot, cell in non_ascii:
        whole = _whole(cell, encoding)
        if whole is not None:
            mended[spot] = whole.ljust(len(cell), _filler(cell))
    return bytes(mended), encoding


def _filler(cell: bytes) -> bytes:
    return b"\x00" if b"\x00" in cell or len(cell) == _NAME else b" "


def _fields(table: bytes, start: int) -> Iterator[tuple[int, int, int, int]]:
    """Of each column: where its name is, its type, its offset in a record, and its width."""
    offset = 1
    for at in range(32, min(start, len(table)) - _FIELD + 1, _FIELD):
        if table[at] == 0x0D:
            return
        size = table[at + 16]
        yield at, table[at + 11], offset, size
        offset += size


def _whole(cell: bytes, encoding: str) -> bytes | None:
    """The text of a cell without a last character that was cut; None in another encoding."""
    text = cell.split(b"\x00")[0].rstrip(b" ")
    for cut in range(4):
        end = len(text) - cut
        if end < 0 or (cut and text[end:].isascii()):
            break
        try:
            text[:end].decode(encoding)
        except UnicodeDecodeError:
            continue
        return text[:end]
    return None

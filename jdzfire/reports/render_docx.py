"""A report as DOCX for the office's own word processor; made without one."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from jdzfire.reports.document import (
    MOST,
    NOTE_MOST,
    Block,
    Cell,
    Fields,
    Grid,
    Heading,
    Lines,
    Note,
    Picture,
    Report,
    Sentence,
    clean,
)

if TYPE_CHECKING:
    from docx.document import Document

_BODY, _TITLE, _HEAD, _TABLE = "仿宋", "宋体", "黑体", "宋体"
"""Fonts every office has; where one is missing the word processor takes its own."""
_LATIN = "Times New Roman"
_WIDTH_MM = 156.0  # A4 less 28 and 26 mm of margin
_PAGE_PT = 14.0  # 四号, GB/T 9704-2012 [K]
_ZIP_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)  # no earlier time fits into a zip


def render_docx(report: Report) -> bytes:
    """A report as DOCX; the same report gives the same bytes, whenever it is made."""
    import docx
    from docx.shared import Pt

    document = docx.Document()
    _set_page(document, report)
    if report.mark:
        _write(document.add_paragraph(), report.mark, _HEAD, 12)
    size = 18 if report.is_form else 22
    title = document.add_paragraph()
    _centre(title)
    title.paragraph_format.space_after = Pt(6)
    _write(title, report.title, _TITLE, size, bold=True)
    _head(document, report)
    for block, coming in zip_longest(report.blocks, report.blocks[1:]):
        _block(document, block, report)
        if isinstance(block, Sentence) and isinstance(coming, Grid):
            document.paragraphs[-1].paragraph_format.keep_with_next = True
    if report.signatures:
        _signatures(document, report.signatures)
    for number, block in enumerate(report.appendix):
        count = len(document.paragraphs)
        _block(document, block, report)
        if number == 0:  # no paragraph of its own for the break: it could fill an empty sheet
            document.paragraphs[count].paragraph_format.page_break_before = True
    return _save(document, report)


def _signatures(document: Document, names: Sequence[str]) -> None:
    """Names with a line to sign on, three or two in a row, never alone on a sheet."""
    from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.shared import Mm, Pt

    document.paragraphs[-1].paragraph_format.keep_with_next = True
    across = 3 if len(names) % 3 == 0 else 2
    for start in range(0, len(names), across):
        line = document.add_paragraph()
        line.paragraph_format.space_before = Pt(20 if start == 0 else 10)
        line.paragraph_format.keep_together = True
        line.paragraph_format.keep_with_next = start + across < len(names)
        for place, name in enumerate(names[start : start + across], start=1):
            end = _WIDTH_MM * place / across
            stops = line.paragraph_format.tab_stops
            stops.add_tab_stop(Mm(end - 6), WD_TAB_ALIGNMENT.LEFT, WD_TAB_LEADER.LINES)
            _write(line, name, _BODY, 12)
            line.add_run("\t")
            if place < across:
                stops.add_tab_stop(Mm(end), WD_TAB_ALIGNMENT.LEFT)
                line.add_run("\t")


def _set_page(document: Document, report: Report) -> None:
    from docx.shared import Mm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.top_margin, section.bottom_margin = Mm(25), Mm(22)
    style = document.styles["Normal"]
    style.font.size = Pt(12 if report.is_form else 16)
    properties = style.element.get_or_add_rPr()
    _name_font(properties, _BODY)
    _name_language(properties, "zh-CN" if report.lang == "zh" else "en-US")
    style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing = Pt(19 if report.is_form else 28)
    _number_pages(section.footer.paragraphs[0])


def _name_font(properties: Any, name: str) -> None:
    """Chinese in this font, everything else in the Latin one."""
    from docx.oxml.ns import qn

    fonts = properties.get_or_add_rFonts()
    for key in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(key), _LATIN)
    fonts.set(qn("w:eastAsia"), name)


def _name_language(properties: Any, latin: str) -> None:
    """Chinese forms of Han characters, whatever font replaces a missing one."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    language = OxmlElement("w:lang")
    language.set(qn("w:val"), latin)
    language.set(qn("w:eastAsia"), "zh-CN")
    properties.append(language)


def _number_pages(paragraph: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    _centre(paragraph)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    _write(paragraph, "—", _TABLE, _PAGE_PT)
    paragraph.add_run(" ")
    number = paragraph.add_run("1")  # until the word processor has counted
    number.font.size = Pt(_PAGE_PT)
    _name_font(number._r.get_or_add_rPr(), _TABLE)
    field.append(number._r)
    paragraph._p.append(field)
    paragraph.add_run(" ")
    _write(paragraph, "—", _TABLE, _PAGE_PT)


def _centre(paragraph: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _write(
    paragraph: Any,
    text: str,
    font: str,
    size_pt: float,
    *,
    bold: bool = False,
    most: int = MOST,
) -> None:
    from docx.shared import Pt

    run = paragraph.add_run(clean(text, most=most))
    run.bold = bold
    run.font.size = Pt(size_pt)
    _name_font(run._r.get_or_add_rPr(), font)


def _write_linked(
    paragraph: Any, piece: Cell, font: str, size_pt: float, *, bold: bool = False
) -> None:
    """A piece of text, within a link to its note when it has one."""
    if not piece.to:
        _write(paragraph, piece.text, font, size_pt, bold=bold)
        return
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    _write(paragraph, piece.text, font, size_pt, bold=bold)
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), piece.to)
    run = paragraph.runs[-1]._r
    paragraph._p.replace(run, link)
    link.append(run)


def _note(paragraph: Any, note: Note) -> None:
    """A note under a bookmark of its name."""
    import zlib

    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    number = str(zlib.crc32(note.name.encode()) % 2**31)
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for mark in (start, end):
        mark.set(qn("w:id"), number)
    start.set(qn("w:name"), note.name)
    paragraph._p.append(start)
    _write(paragraph, note.title, _TABLE, 9.0, bold=True)
    _write(paragraph, f" {note.query}", _TABLE, 9.0)
    paragraph._p.append(end)
    paragraph.paragraph_format.line_spacing = Pt(13)
    if note.text:
        _write(paragraph, f"：{note.text}", _TABLE, 9.0, most=NOTE_MOST)


def _head(document: Document, report: Report) -> None:
    """The line under the title: parts at the left, (middle) and right, over a rule."""
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    line = document.add_paragraph()
    line.paragraph_format.space_after = Pt(6)
    stops = line.paragraph_format.tab_stops
    if len(report.head) > 2:
        stops.add_tab_stop(Mm(_WIDTH_MM / 2), WD_TAB_ALIGNMENT.CENTER)
    stops.add_tab_stop(Mm(_WIDTH_MM), WD_TAB_ALIGNMENT.RIGHT)
    for number, text in enumerate(report.head):
        if number:
            line.add_run("\t")
        _write(line, text, _BODY, 12)
    borders, rule = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    colour = "000000" if report.is_form else "CC0000"
    for key, value in (("val", "single"), ("sz", "12"), ("space", "1"), ("color", colour)):
        rule.set(qn(f"w:{key}"), value)
    borders.append(rule)
    line._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _block(document: Document, block: Block, report: Report) -> None:
    if isinstance(block, Grid):
        _grid(document, block)
        return
    if isinstance(block, Fields):
        _fields(document, block)
        return
    paragraph = document.add_paragraph()
    if isinstance(block, Note):
        _note(paragraph, block)
    elif isinstance(block, Heading | Sentence):
        _text(paragraph, block, report)
    elif isinstance(block, Picture):
        _picture(document, paragraph, block)
    elif isinstance(block, Lines):
        for number in range(block.count):
            line = document.add_paragraph() if number else paragraph
            line.paragraph_format.keep_with_next = number < block.count - 1
            _rule(line)


def _text(paragraph: Any, block: Heading | Sentence, report: Report) -> None:
    from docx.shared import Pt

    size = 12.0 if report.is_form else 16.0
    if not report.is_form:
        paragraph.paragraph_format.first_line_indent = Pt(2 * size)
    if isinstance(block, Heading):
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.space_before = Pt(6)
        _write(paragraph, block.text, _HEAD, size, bold=report.is_form)
        return
    for piece in block.runs or [Cell(block.text)]:
        _write_linked(paragraph, piece, _BODY, size, bold=block.strong)


def _picture(document: Document, paragraph: Any, picture: Picture) -> None:
    from docx.shared import Mm

    _centre(paragraph)
    paragraph.paragraph_format.line_spacing = 1.0
    paragraph.paragraph_format.keep_with_next = True
    paragraph.add_run().add_picture(BytesIO(picture.png), width=Mm(picture.width_mm))
    caption = document.add_paragraph()
    _centre(caption)
    _write(caption, picture.caption, _TABLE, 10.5)


def _rule(paragraph: Any) -> None:
    """A line to write on, as wide as the text."""
    from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.shared import Mm, Pt

    paragraph.paragraph_format.space_before = Pt(9)
    stops = paragraph.paragraph_format.tab_stops
    stops.add_tab_stop(Mm(_WIDTH_MM), WD_TAB_ALIGNMENT.LEFT, WD_TAB_LEADER.LINES)
    paragraph.add_run("\t")


def _table(document: Document, count: int, widths_mm: list[float]) -> Any:
    from docx.shared import Mm

    table = document.add_table(rows=0, cols=count)
    table.style = "Table Grid"
    table.autofit = False
    _narrow_margins(table)
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)
    return table


def _narrow_margins(table: Any) -> None:
    """0.9 mm at the sides of a cell; the 1.9 mm of the word processor break short numbers."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "51")  # twentieths of a point
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties = table._tbl.tblPr
    observation = properties.find(qn("w:tblLook"))
    if observation is None:
        properties.append(margins)
    else:
        observation.addprevious(margins)


def _fill(cell: Any, text: Cell, width_mm: float, *, bold: bool, centre: bool = False) -> None:
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.shared import Mm, Pt

    cell.width = Mm(width_mm)
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.line_spacing = Pt(13)
    if centre:
        _centre(paragraph)
    _write_linked(paragraph, text, _TABLE, 9.5, bold=bold)


def _grid(document: Document, grid: Grid) -> None:
    from docx.oxml import OxmlElement

    total = sum(grid.widths)
    widths = [_WIDTH_MM * width / total for width in grid.widths]
    table = _table(document, len(widths), widths)
    head = table.add_row()
    for cell, name, width in zip(head.cells, grid.head, widths, strict=True):
        _fill(cell, Cell(name), width, bold=True, centre=True)
    head._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in grid.rows:
        added = table.add_row()
        added._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for place, cell, width in zip(added.cells, row, widths, strict=True):
            cell_value = Cell(cell) if isinstance(cell, str) else cell
            _fill(place, cell_value, width, bold=cell_value.strong, centre=grid.is_centred)
    _gap(document)


def _fields(document: Document, fields: Fields) -> None:
    from docx.shared import Mm

    widths = [_WIDTH_MM * share for share in (0.17, 0.33, 0.17, 0.33)]
    table = _table(document, 4, widths)
    row: Any = None
    for name, value in fields.pairs:
        is_wide = name in fields.wide
        if row is None or is_wide:
            row = table.add_row()
            row.height = Mm(11 if is_wide else 7.5)
            left = 0
        else:
            left = 2
        cells = row.cells
        _fill(cells[left], Cell(name), widths[left], bold=True, centre=True)
        if is_wide:
            _fill(cells[1].merge(cells[3]), Cell(value or ""), sum(widths[1:]), bold=False)
        else:
            _fill(cells[left + 1], Cell(value or ""), widths[left + 1], bold=False)
        row = None if is_wide or left else row
    _gap(document)


def _gap(document: Document) -> None:
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.line_spacing = Pt(8)


def _save(document: Document, report: Report) -> bytes:
    """Bytes of the document with the times of the report in place of those of the clock."""
    at = report.at.astimezone(UTC).replace(microsecond=0)
    about = document.core_properties
    about.title, about.language = clean(report.title, most=250), report.lang
    about.author = about.last_modified_by = about.comments = about.subject = about.keywords = ""
    about.revision = 1
    about.created = about.modified = at.replace(tzinfo=None)
    made = BytesIO()
    document.save(made)
    stamp = max(at, _ZIP_EPOCH).timetuple()[:6]
    buffer = BytesIO()
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(buffer, "w") as fixed:
        for name in sorted(parts.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            info = zipfile.ZipInfo(name, stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            fixed.writestr(info, parts.read(name))
    return buffer.getvalue()

"""Papers of the duty room: shift handover, daily bulletin, event report; HTML and DOCX.

What belongs here: from a board to a paper, and from a paper to bytes. A new paper is one module
that makes a :class:`Paper`; how papers look is the business of ``paper_html`` and ``paper_docx``.
"""

from jdzfire.publish.papers.daily import write_daily
from jdzfire.publish.papers.document import Paper
from jdzfire.publish.papers.event_report import write_event_report
from jdzfire.publish.papers.handover import write_handover
from jdzfire.publish.papers.paper_docx import render_docx
from jdzfire.publish.papers.paper_html import render_html

__all__ = [
    "Paper",
    "render_docx",
    "render_html",
    "write_daily",
    "write_event_report",
    "write_handover",
]

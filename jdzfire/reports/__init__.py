"""Reports of the duty room: bulletin, shift handover, daily report, event report; HTML and DOCX.

A new report is one module that makes a ``Report`` of a board; ``render_html`` and ``render_docx``
give it its form.
"""

"""A report as one HTML page for A4: no script, no other file, no network."""

from __future__ import annotations

import base64
import html

from jdzfire.reports.document import (
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

# margins, type and line pitch after GB/T 9704-2012 (37/35/28/26 mm, 仿宋三号) [K], a little
# narrower above and below so that tables of the duty room fit on fewer sheets
_STYLE = """
@page{size:A4 portrait;margin:25mm 26mm 22mm 28mm;
@bottom-center{content:"— " counter(page) " —";font:14pt "SimSun","Noto Serif CJK SC",serif}}
*{box-sizing:border-box}
html{background:#8a939a}
body{margin:0 auto;width:210mm;min-height:297mm;padding:25mm 26mm 22mm 28mm;background:#fff;
color:#000;font:16pt/28pt "FangSong","仿宋","FangSong_GB2312","STFangsong",
"Noto Serif CJK SC","Songti SC",serif;
print-color-adjust:exact;-webkit-print-color-adjust:exact}
body.form{font-size:12pt;line-height:19pt}
.mark{font:12pt/1.4 "SimHei","Noto Sans CJK SC",sans-serif;margin:0;text-indent:0}
h1{font:700 22pt/32pt "FZXiaoBiaoSong-B05S","SimSun","Noto Serif CJK SC",serif;text-align:center;
margin:4mm 0 3mm;text-wrap:balance;word-break:keep-all;overflow-wrap:anywhere}
body.form h1{font-size:18pt;line-height:26pt;margin:1mm 0 2mm}
.head{display:flex;justify-content:space-between;gap:6mm;font-size:12pt;line-height:18pt;
padding-bottom:1.5mm;border-bottom:.6mm solid #c00;margin-bottom:4mm}
body.form .head{border-color:#000;border-width:.4mm;margin-bottom:2mm}
h2{font-family:"SimHei","黑体","Noto Sans CJK SC",sans-serif;font-size:1em;font-weight:400;
margin:2.5mm 0 .5mm;text-indent:2em;break-after:avoid}
body.form h2{text-indent:0;font-weight:700;margin:2mm 0 .5mm}
p{margin:0;text-indent:2em;text-align:justify;overflow-wrap:anywhere;orphans:2;widows:2}
body.form p{text-indent:0}
.strong{font-weight:700}
p:has(+table){break-after:avoid}
.sheet{break-before:page}
table{width:calc(100% - .3mm);border-collapse:collapse;table-layout:fixed;margin:1.5mm 0 3mm;
font:9.5pt/13pt "SimSun","宋体","Noto Serif CJK SC",serif}
th,td{border:.25mm solid #000;padding:.7mm .9mm;vertical-align:middle;
overflow-wrap:anywhere;hyphens:auto;text-align:left;text-indent:0}
th{font-weight:700;text-align:center;background:#eceff1}
thead{display:table-header-group}
tr{break-inside:avoid}
table.centred td{text-align:center}
table.fields{break-inside:avoid}
table.fields th{text-align:center;width:17%}table.fields td{height:7.5mm;width:33%}
table.fields tr.wide td{height:11mm}
figure{margin:2mm 0 3mm;text-align:center;break-inside:avoid}
.note{font:9pt/13pt "SimSun","宋体","Noto Serif CJK SC",serif;margin:1mm 0;overflow-wrap:anywhere}
.note:target{background:#fff3cd}
.note code{font:8.5pt/12pt monospace}
a{color:inherit;text-decoration:underline dotted}
figure img{display:block;margin:0 auto}
figcaption{font:10.5pt/16pt "SimSun","Noto Serif CJK SC",serif}
.lines,.sign{break-inside:avoid;break-before:avoid}
.line{height:10mm;border-bottom:.2mm solid #000}
.sign{display:grid;grid-template-columns:repeat(3,1fr);gap:4mm 8mm;margin-top:8mm;
font-size:12pt;line-height:18pt}
.sign.even{grid-template-columns:repeat(2,1fr)}
.sign span{display:flex;white-space:nowrap}
.sign i{flex:1;border-bottom:.2mm solid #000;margin-left:1mm}
@media print{html{background:none}body{width:auto;min-height:0;padding:0;margin:0}}
@media screen and (max-width:210mm){body{width:auto;padding:6mm}}
"""


def render_html(report: Report) -> bytes:
    """A report as a page that prints on A4; the same report gives the same bytes."""
    lang = "zh-CN" if report.lang == "zh" else "en"
    title = _safe(report.title)
    form = ' class="form"' if report.is_form else ""
    parts = [f'<p class="mark">{_safe(report.mark)}</p>'] if report.mark else []
    parts.append(f"<h1>{title}</h1>")
    parts.append(
        f'<div class="head">{"".join(f"<span>{_safe(text)}</span>" for text in report.head)}</div>'
    )
    parts += [_block(block) for block in report.blocks]
    if report.signatures:
        lines = "".join(f"<span>{_safe(name)}<i></i></span>" for name in report.signatures)
        kind = "sign" if len(report.signatures) % 3 == 0 else "sign even"
        parts.append(f'<div class="{kind}">{lines}</div>')
    if report.appendix:
        parts.append(f'<div class="sheet">{"".join(map(_block, report.appendix))}</div>')
    body = "\n".join(parts)
    page = (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body{form}>\n{body}\n</body>\n</html>\n"
    )
    return page.encode("utf-8")


def _safe(text: str) -> str:
    return html.escape(clean(text), quote=True)


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h2>{_safe(block.text)}</h2>"
    if isinstance(block, Sentence):
        mark = ' class="strong"' if block.strong else ""
        pieces = [_linked(piece) for piece in block.runs] or [_safe(block.text)]
        return f"<p{mark}>{''.join(pieces)}</p>"
    if isinstance(block, Note):
        return (
            f'<div class="note" id="{_safe(block.name)}"><b>{_safe(block.title)}</b> '
            f"<code>{_safe(block.query)}</code>{_ids(block.text)}</div>"
        )
    if isinstance(block, Picture):
        data = base64.b64encode(block.png).decode("ascii")
        caption = _safe(block.caption)
        return (
            f'<figure><img style="width:{block.width_mm:g}mm" alt="{caption}" '
            f'src="data:image/png;base64,{data}">'
            f"<figcaption>{caption}</figcaption></figure>"
        )
    if isinstance(block, Lines):
        lines = '<div class="line"></div>' * block.count
        return f'<div class="lines">{lines}</div>'
    return _grid(block) if isinstance(block, Grid) else _fields(block)


def _grid(grid: Grid) -> str:
    total = sum(grid.widths)
    columns = "".join(f'<col style="width:{100 * w / total:.1f}%">' for w in grid.widths)
    kind = ' class="centred"' if grid.is_centred else ""
    head = "".join(f"<th>{_safe(name)}</th>" for name in grid.head)
    rows = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in grid.rows)
    return (
        f"<table{kind}><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _cell(cell: Cell | str) -> str:
    if isinstance(cell, str):
        return f"<td>{_safe(cell)}</td>"
    mark = ' class="strong"' if cell.strong else ""
    return f"<td{mark}>{_linked(cell)}</td>"


def _linked(piece: Cell) -> str:
    if not piece.to:
        return _safe(piece.text)
    return f'<a href="#{_safe(piece.to)}">{_safe(piece.text)}</a>'


def _ids(text: str) -> str:
    return f"<br>{html.escape(clean(text, most=NOTE_MOST), quote=True)}" if text else ""


def _fields(fields: Fields) -> str:
    rows, waiting = [], ""
    for name, value in fields.pairs:
        pair = f"<th>{_safe(name)}</th>"
        shown = _safe(value or "")
        if name in fields.wide:
            if waiting:
                rows.append(f"<tr>{waiting}<th></th><td></td></tr>")
                waiting = ""
            rows.append(f'<tr class="wide">{pair}<td colspan="3">{shown}</td></tr>')
        elif waiting:
            rows.append(f"<tr>{waiting}{pair}<td>{shown}</td></tr>")
            waiting = ""
        else:
            waiting = f"{pair}<td>{shown}</td>"
    if waiting:
        rows.append(f"<tr>{waiting}<th></th><td></td></tr>")
    return f'<table class="fields"><tbody>{"".join(rows)}</tbody></table>'

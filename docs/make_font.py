"""Make the font that figures fall back on: Noto Sans CJK SC Regular, the characters of GB 2312.

    python docs/make_font.py NotoSansCJK-Regular.ttc

Needs fonttools, which matplotlib brings. The characters are the 6,763 of GB 2312 with its signs,
Latin, and what the shipped gazetteers and notebooks use beyond it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "jdzfire" / "season" / "font" / "JdzfireSans.otf"
NAME = "Jdzfire Sans SC"


def characters() -> set[int]:
    """Code points wanted."""
    found = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180)) | set(range(0x2010, 0x2040))
    found |= set(range(0x2070, 0x2090)) | set(range(0x2190, 0x2200)) | set(range(0x2200, 0x2270))
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes([high, low]).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    for path in [*ROOT.glob("jdzfire/**/*.py"), *ROOT.glob("notebooks/*.ipynb")]:
        found |= {ord(sign) for sign in path.read_text(encoding="utf-8") if ord(sign) > 0x7F}
    return found


def main() -> None:
    """Write the font."""
    fonts = TTCollection(sys.argv[1]).fonts
    chosen = next(f for f in fonts if "CJK SC" in str(f["name"].getDebugName(1)))
    options = subset.Options()
    options.hinting = False
    options.desubroutinize = False
    options.layout_features = []
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE"]
    maker = subset.Subsetter(options)
    maker.populate(unicodes=characters())
    maker.subset(chosen)
    for record in list(chosen["name"].names):
        if record.nameID in (1, 4, 6, 16):
            chosen["name"].setName(
                NAME if record.nameID != 6 else NAME.replace(" ", ""),
                record.nameID, record.platformID, record.platEncID, record.langID,
            )  # fmt: skip
    TARGET.parent.mkdir(exist_ok=True)
    chosen.save(TARGET)
    print(f"{TARGET.stat().st_size / 1e6:.2f} MB")  # noqa: T201


if __name__ == "__main__":
    main()

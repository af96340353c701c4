# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the error codes of Microsoft's troubleshooting article, from its heading anchors.

    article_codes.py ARTICLE.txt > tests/fixtures/catalog/article_codes.txt

The article is a machine translation: its prose lies, its anchors do not. An anchor is the English heading in lower case, as
`code---title` or `code--code---title`; the spelling of a code is taken from the words of the same article.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ANCHOR = re.compile(r'^#+ <a name="([^"]+)"></a>', re.MULTILINE)
# A code is one long word with capitals inside (ExtensionSnapshotFailedCOM) or a number of several digits (320001).
WORD = re.compile(r"\b[A-Z][A-Za-z0-9]*[a-z0-9][A-Z][A-Za-z0-9]*\b|\b[A-Z]{2,}[0-9]*[A-Z][a-z][A-Za-z0-9]*\b")
NUMBER = re.compile(r"[0-9]{5,}")
SHORTEST_CODE = 12


def article_codes(text: str) -> list[str]:
    """Codes and numbers that stand in the heading anchors, in the spelling of the article, sorted without regard to case."""
    spelling = {word.lower(): word for word in WORD.findall(text) if len(word) >= SHORTEST_CODE}
    tokens = {token for anchor in ANCHOR.findall(text) for token in anchor.split("-")}
    codes = {spelling[token] for token in tokens if token in spelling} | {token for token in tokens if NUMBER.fullmatch(token)}
    return sorted(codes, key=str.lower)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: article_codes.py ARTICLE.txt", file=sys.stderr)
        return 2
    print("\n".join(article_codes(Path(arguments[0]).read_text(encoding="utf-8"))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

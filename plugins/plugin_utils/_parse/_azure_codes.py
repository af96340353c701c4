# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find error codes in text by their shape; which of them are known is for the catalogue to say. Private to this collection."""

from __future__ import annotations

import re

# A word of letters and digits; a code has at least 12 of them and a capital behind a small letter. Codes may be joined by a slash.
_WORD = re.compile(r"(?<![\w.%@-])[A-Z][A-Za-z0-9]{11,79}(?![\w@]|\.\w|-\w)", re.ASCII)
_CAPITAL = re.compile(r"[a-z].*[A-Z]")
# Words of addresses and paths are no codes.
_PLACE = re.compile(r"^/|://|\\|\?\w+=", re.ASCII)
# What the portal, the tools and ARM call their fields and resources; codes that end so are longer.
_FIELD = re.compile(r".{,16}(?:Ids?|Name|Time|Type|Group|Code|Message|Details|Services|Machines?|Center|Status|Properties|Action|Ur[il])")
# An integer counts only where a value stands: at the start of a line, or behind a colon, a tab, a bar or a bracket.
_NUMBER = re.compile(r"(?:^|[:：=|(\t])[ \t\xa0]*([1-9]\d{5})(?![\w.:/-])", re.ASCII | re.MULTILINE)
_LABEL = re.compile(r"^[^:：\t|]{1,40}?\s*[:：\t|]\s*(?=\S)")


def _is_symbol(word: str) -> bool:
    return bool(_CAPITAL.search(word)) and not _FIELD.fullmatch(word)


def _without_places(text: str) -> str:
    return re.sub(r"\S+", lambda part: " " * len(part.group()) if _PLACE.search(part.group()) else part.group(), text)


def codes_in(text: str) -> list[str | int]:
    """The codes in a text, in their order, each once."""
    text = _without_places(text)
    found: list[tuple[int, str | int]] = [(match.start(), match.group()) for match in _WORD.finditer(text) if _is_symbol(match.group())]
    found += [(match.start(1), int(match.group(1))) for match in _NUMBER.finditer(text)]
    return list(dict.fromkeys(code for _at, code in sorted(found, key=lambda item: item[0])))


def is_code(text: str) -> bool:
    """Whether a text is nothing but a code."""
    word = text.strip(" \t\r\n.,;'\"")
    return bool(_WORD.fullmatch(word)) and _is_symbol(word)


def messages_in(text: str) -> list[str]:
    """The lines of a pasted error without their labels and without lines that are only a code."""
    values = [_LABEL.sub("", line.strip()).strip() for line in text.splitlines() if line.strip()]
    return list(dict.fromkeys(value for value in values if value and not is_code(value) and not value.isdigit()))

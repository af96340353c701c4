# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make text from hosts safe to show. Private to this collection.

What a log holds may be chosen by somebody else. Characters that hide, reorder or drive a terminal are shown as `\\x1b` or `\\u202e`; each format
then escapes what is markup in it.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

# Control (but tab and line feed), format (bidirectional controls, zero-width, tags), separators that are no space, surrogates, what is no character.
_HIDDEN = (
    ("\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u180b-\u180f\u200b-\u200f\u2028-\u202e")
    + ("\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff")
    + ("\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff")
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(1, 17))
)
_HIDDEN_CHARACTER = re.compile(f"[{_HIDDEN}]")


def _escape(match: re.Match[str]) -> str:
    number = ord(match.group())
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def visible(text: Any) -> str:
    """Text in which every character can be seen; line feeds and tabs stay."""
    text = str(text)
    return text if text.isascii() and text.isprintable() else _HIDDEN_CHARACTER.sub(_escape, text)


def one_line(text: Any) -> str:
    """As `visible`, on one line."""
    return visible(text).replace("\n", "\\n").replace("\t", " ")


def https_link(url: Any) -> str | None:
    """The address when it is a plain https one; None for everything else (`javascript:`, `data:`, http, what is not printable)."""
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or re.search(r"[\s\"'<>`\\]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if url.startswith("https://") and parts.hostname and not parts.username else None

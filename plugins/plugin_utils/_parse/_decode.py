# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes of a log as text that keeps every ASCII character. Private to this collection."""

from __future__ import annotations

import codecs

# UTF-32 first: its little-endian mark begins with the one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4096


def _encoding_by_nul(data: bytes) -> str | None:
    """UTF-16 without a mark: the ASCII characters leave NUL bytes on one side only, and no other text has any."""
    sample = data[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 20 < len(sample) or min(even, odd) * 8 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _decode_wide(data: bytes, encoding: str) -> str:
    """Text of a fixed-width encoding; half a character at the end, where the data was cut, is left out."""
    width = 4 if "32" in encoding else 2
    return data[: len(data) - len(data) % width].decode(encoding, errors="backslashreplace")


def to_text(data: str | bytes) -> str:
    r"""Text of what a tool or a file gave; text passes as it is.

    A code page is never guessed: guessing a double-byte one joins a letter with the bracket or line end behind it. Bytes that are not
    UTF-8 stand as ``\xNN``, so all ASCII survives. What cannot be known then is whether an ASCII byte above 0x3F after such an escape
    was a character of its own (cp932 writes the long vowel mark as ``0x81 0x5B``, which shows as ``\x81[``); parsers therefore trust
    brackets only behind a blank, a colon or a line start, which no code page of Windows uses as a second byte.

    Args:
        data: text, or bytes in UTF-8, UTF-16, UTF-32 or any page that contains ASCII.
    """
    if isinstance(data, str):
        return data
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            data = data[len(mark) :]
            return data.decode(encoding, errors="backslashreplace") if encoding == "utf-8" else _decode_wide(data, encoding)
    by_nul = _encoding_by_nul(data) if 0 in data[:_SAMPLE] else None
    return _decode_wide(data, by_nul) if by_nul else data.decode("utf-8", errors="backslashreplace")

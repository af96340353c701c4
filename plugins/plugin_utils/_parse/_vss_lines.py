# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell the lines of what `vssadmin list writers` prints apart, without reading a word of it. Private to this collection.

A writer is five lines: name, id, instance id, state, last error. What can be told in every language, code page and layout is an id (a GUID, or
something in braces) at the end of a line and a state (`[n]` behind a colon, a blank or the line start).
"""

from __future__ import annotations

import dataclasses
import re

from ._errors import ParseError

_GUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
# Behind the colon; without one (a wrong decode may swallow it) only where no quote stands before, because a name may hold "[2]" too.
_STATE = r"""(?:[:：]|^)[ \t\xa0\u3000]*\[ ?(\d{1,9}) ?\]|^[^'"\u2018\u2019\u201c\u201d«»:：]*[ \t\xa0\u3000]\[ ?(\d{1,9}) ?\]"""
# An id that cannot be read: redacted, or cut at either end.
_UNREADABLE = r"(?<=[:：\s])(?:\{[^{}]*\}?|<[^<>]+>|[xX*#•█-]{4,})[ \t\xa0]*$|^[0-9A-Fa-f-]*\}[ \t\xa0]*$"
_LINE = re.compile(rf"{_STATE}|(?<![\w\\-])\{{?({_GUID})\}}?[ \t\xa0]*$|{_UNREADABLE}", re.ASCII)
# No other character ends a line: bytes of an OEM page may look like U+0085 or a form feed.
_BREAK = re.compile(r"\r*\n|\r")
BANNER = re.compile(r"^\s*vssadmin \d+\.\d+\b", re.ASCII)
_COPYRIGHT = re.compile(r"\b20\d\d\b.*\bMicrosoft\b", re.ASCII)  # the words around differ: "(C) Copyright 2001-2013 Microsoft Corp."
_CONTENT = re.compile(r"[^\W_]")
_PROMPT = re.compile(r"^\s*(?:\[[^\]]*\]: )?(?:PS )?[A-Za-z]:\\[^<>|\"]*>", re.ASCII)
_SENTENCE = re.compile(r"[.。．…!]\s*$")
_COLON = re.compile(r"[:：]|\\x81F", re.ASCII)  # 0x81 0x46 is the wide colon of cp932


@dataclasses.dataclass
class Line:
    """A line with its kind: G an id, S a state, O any other."""

    kind: str
    text: str
    number: int = 0
    guid: str | None = None

    @property
    def label(self) -> str | None:
        """What stands before the first colon, or None."""
        parts = _COLON.split(self.text, maxsplit=1)
        return parts[0].strip() if len(parts) == 2 else None

    @property
    def value(self) -> str:
        """What stands behind the first colon; nothing where there is none."""
        return "".join(_COLON.split(self.text, maxsplit=1)[1:]).strip()


@dataclasses.dataclass
class Listing:
    """The lines of one `vssadmin` run."""

    lines: list[Line]
    banner: bool
    copyright: bool

    @property
    def kinds(self) -> str:
        """One letter for each line."""
        return "".join(line.kind for line in self.lines)


def _line(text: str) -> Line:
    match = _LINE.search(text)
    if not match:
        return Line("O", text)
    colon_state, bare_state, guid = match.groups()
    number = colon_state or bare_state
    return Line("S", text, number=int(number)) if number else Line("G", text, guid=guid and guid.lower())


def read_listing(text: str) -> Listing:
    """The run that shows states, of what may be a whole console session; blank lines, command lines and banner taken away.

    Raises:
        ParseError: there are two such runs, of which one may be healthy and the other not.
    """
    raw = [item for item in _BREAK.split(text) if _CONTENT.search(item)]
    runs: list[Listing] = [Listing([], False, False)]
    for item in raw:
        if BANNER.match(item):
            runs.append(Listing([], True, False))
        elif _PROMPT.match(item):
            runs.append(Listing([], False, False))
        elif _COPYRIGHT.search(item) and runs[-1].banner and not runs[-1].lines:
            runs[-1].copyright = True
        else:
            runs[-1].lines.append(_line(item))
    runs = [run for run in runs if run.lines or run.banner] or runs
    listings = [run for run in runs if "S" in run.kinds]
    if len(listings) > 1:
        raise ParseError(f"No writer listing: there are {len(listings)} of them, one behind the other; give one")
    return listings[0] if listings else runs[-1]


def is_preamble(lines: list[Line]) -> bool:
    """Whether lines are whole sentences without a label ("Waiting for responses."); errors carry a label, cut lines no full stop."""
    return all(line.kind == "O" and _SENTENCE.search(line.text) and line.label is None for line in lines)

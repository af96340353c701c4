# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of extension.log. Private to this collection.

Two layouts stand in one file: ``2024-05-03 01:02:03.456789 [handler-version]message`` (under Python 2 with slashes in the date) and, from the freeze,
``2024/05/03 01:02:03.456789  Info  message``.
Source: https://github.com/Azure/azure-linux-extensions, VMBackup/main/Utils/HandlerUtil.py and backuplogger.py.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ._context import iso, parse_time

_HANDLER = re.compile(r"(\d{4}[-/]\d\d[-/]\d\d \d\d:\d\d:\d\d)(?:\.\d+)? \[[\w.]+-[\w.]*\](.*)", re.ASCII)
# Two blanks on each side of the level: older agents write one, in a log of the same look.
_FREEZE = re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)(?:\.\d+)?  [A-Z][a-z]+  (.*)", re.ASCII)
_DIGIT = re.compile(r"\d", re.ASCII)


class Entry(NamedTuple):
    """One entry; the lines after it that have no time are part of its message (the extension logs whole tracebacks and reports)."""

    stamp: str
    message: str
    line: str

    @property
    def at(self) -> str | None:
        """Its time; None for a time that does not exist."""
        moment = parse_time(self.stamp.replace("/", "-").replace(" ", "T"))
        return iso(moment) if moment else None


def read_entries(text: str) -> tuple[list[Entry], int, str]:
    """The entries, how many lines have neither layout, and the unfinished last line (empty when the text ends with a line end)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    entries: list[Entry] = []
    more: list[str] = []
    other = 0
    for line in lines:
        match = _HANDLER.match(line) or _FREEZE.match(line)
        if match:
            if more:
                entries[-1] = _with(entries[-1], more)
                more = []
            entries.append(Entry(match[1], match[2], line))
        elif line.strip():
            other += 1
            if entries:
                more.append(line)
    if more:
        entries[-1] = _with(entries[-1], more)
    return entries, other, lines[-1]


def _with(entry: Entry, more: list[str]) -> Entry:
    return entry._replace(message="\n".join([entry.message, *more]))


def may_begin(tail: str, entries: list[Entry], message: str) -> bool:
    """Whether an unfinished last line may be the beginning of an entry with that message, of which the rest was cut off."""
    known = next((entry.line for entry in reversed(entries) if _HANDLER.match(entry.line)), "")
    whole = _DIGIT.sub("0", known[: known.find("]") + 1] + message)
    return bool(tail) and len(tail) < len(whole) and whole.startswith(_DIGIT.sub("0", tail))

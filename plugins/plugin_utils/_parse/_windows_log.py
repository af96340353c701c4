# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find HRESULTs in a log of the guest agent or the backup extension on Windows. Private to this collection."""

from __future__ import annotations

import re
from typing import Any

from ._context import Context, iso, parse_time

# Both logs write UTC; the older one in the American order whatever the language.
_TIME = re.compile(r"^.{0,24}?(?:(\d{4}-\d\d-\d\d)|(\d{1,2})/(\d{1,2})/(\d{4}))[T ](\d\d:\d\d:\d\d)", re.ASCII)
# Without 0x only the facilities that VSS, COM, Windows, COM+ and BitLocker use, because a plain number may look the same.
_HRESULT = re.compile(r"\b(?:0x(8[0-9A-Fa-f]{7})|(80(?:00|04|07|11|31)[0-9A-Fa-f]{4}))(?![0-9A-Za-z])", re.ASCII)
_LONGEST_LINE = 400


def line_time(line: str) -> str | None:
    """When a log line was written, or None where it does not say."""
    match = _TIME.match(line)
    if not match:
        return None
    date, month, day, year, clock = match.groups()
    moment = parse_time(f"{date or f'{year}-{int(month):02d}-{int(day):02d}'}T{clock}Z")
    return iso(moment) if moment else None


def read_hresults(text: str, context: Context) -> dict[str, Any]:
    """The HRESULTs of a log with the time and the line of each; a line without a time belongs to the entry before it."""
    found: list[dict[str, Any]] = []
    at: str | None = None
    for line in re.split(r"\r\n|\r|\n", text):
        at = line_time(line) or at
        for code in dict.fromkeys((first or second).lower() for first, second in _HRESULT.findall(line)):
            found.append({"hresult": f"0x{code}", "at": at, "in_window": context.in_window(at), "line": line.strip()[:_LONGEST_LINE]})
    return {"hresults": found, "last_at": at}

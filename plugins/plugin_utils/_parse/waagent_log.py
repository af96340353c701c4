# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""waagent.log. Private to this collection; the filter of the same name documents the result."""

from __future__ import annotations

import re
from typing import Any

from ._decode import to_text
from ._errors import ParseError

# 2024-05-03T01:02:03.456789Z INFO ExtHandler [Handler-1.0.9190.0] message; agents before 2.2.47 write 2020/01/02 03:04:05.678901 INFO message.
_LINE = re.compile(r"^(?P<date>\d{4}[-/]\d\d[-/]\d\d)[T ](?P<time>\d\d:\d\d:\d\d)(?P<part>\.\d+)?Z?\s+(?P<level>VERBOSE|INFO|WARNING|ERROR)\s+(?P<message>.*)$")
_EXTENSION = re.compile(r"Microsoft\.Azure\.RecoveryServices\.VMSnapshotLinux-(?P<version>[\d.]+)\]?\s*(?P<text>.*)$")
# The agent's own fixed words for what it does with an extension.
_EVENTS = (
    ("install", re.compile(r"\binstall", re.IGNORECASE)),
    ("update", re.compile(r"\bupdate", re.IGNORECASE)),
    ("uninstall", re.compile(r"\buninstall", re.IGNORECASE)),
    ("enable", re.compile(r"\benable|\[Enable\]|Enable extension", re.IGNORECASE)),
    ("disable", re.compile(r"\bdisable", re.IGNORECASE)),
    ("download", re.compile(r"\bdownload", re.IGNORECASE)),
)
_FAILED = re.compile(r"\[ExtensionOperationError\]|Non-zero exit code|\bfailed\b|exceeded timeout|Timeout\(", re.IGNORECASE)
_DONE = re.compile(r"\breturned (?:code )?0\b|exit code: 0\b|succeeded|\bEnabled\b", re.IGNORECASE)
_NO_ROUTE = "No route exists to "


def _event(level: str, at: str, message: str) -> dict[str, Any] | None:
    found = _EXTENSION.search(message)
    if not found:
        return None
    name = next((name for name, pattern in _EVENTS if pattern.search(found["text"])), None)
    if name is None and not _FAILED.search(found["text"]):
        return None
    ok = False if level == "ERROR" or _FAILED.search(found["text"]) else True if _DONE.search(found["text"]) else None
    return {"at": at, "version": found["version"], "event": name or "command", "ok": ok, "message": found["text"].strip()}


def parse_waagent_log(source: str | bytes) -> dict[str, Any]:
    """What the Azure Linux agent logged.

    Returns:
        ``{entries: int, errors: [{at, level, message}], extension_events: [{at, version, event, ok, message}], no_route_to_wireserver: bool, last_at}``,
        oldest first; `errors` holds entries of level ERROR and WARNING.

    Raises:
        ParseError: the text is not empty and no line begins with a time and a level.
    """
    lines = to_text(source).splitlines()
    errors, events = [], []
    entries, last, no_route = 0, None, False
    for line in lines:
        match = _LINE.match(line)
        if not match:
            continue
        entries += 1
        last = f"{match['date'].replace('/', '-')}T{match['time']}{(match['part'] or '')[:7]}Z"
        message = match["message"].strip()
        no_route = no_route or _NO_ROUTE in message
        if match["level"] in ("ERROR", "WARNING"):
            errors.append({"at": last, "level": match["level"].lower(), "message": message})
        event = _event(match["level"], last, message)
        if event:
            events.append(event)
    if not entries and any(line.strip() for line in lines):
        raise ParseError("This is no waagent.log: no line begins with a time and a level such as INFO", position=f"{len(lines)} lines read")
    return {"entries": entries, "errors": errors, "extension_events": events, "no_route_to_wireserver": no_route, "last_at": last}

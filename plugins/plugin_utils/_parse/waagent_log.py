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
# How the agent tells that an operation failed: https://github.com/Azure/WALinuxAgent, azurelinuxagent/common/event.py (_EVENT_MSG).
_REPORTED = re.compile(r"Event: name=Microsoft\.Azure\.RecoveryServices\.VMSnapshotLinux, op=(?P<op>\w+), message=(?P<text>.*), duration=\d+$")
# The agent's fixed words, https://github.com/Azure/WALinuxAgent, azurelinuxagent/ga/exthandlers.py. It logs `Command:` with the output of one that ended well;
# a state that it wants, or read before it began, is neither.
_BEGINS = re.compile(r"(Install|Update|Uninstall|Enable|Disable) extension:? \[")
_DONE = re.compile(r"Command: \S*handle\.\w+ +-?(install|update|uninstall|enable|disable)\b")
_FAILED = re.compile(r"\[Extension\w*Error\]|Non-zero exit code|Timeout\(\d+\)|Failed to launch ")
_COMMAND = re.compile(r"handle\.\w+ +-?(install|update|uninstall|enable|disable)\b")
_OPERATIONS = frozenset({"install", "update", "uninstall", "enable", "disable", "download"})
_NO_ROUTE = "No route exists to "


def _event(level: str, at: str, message: str) -> dict[str, Any] | None:
    reported = _REPORTED.search(message)
    if reported:
        version = _EXTENSION.search(reported["text"])
        text, name = reported["text"].strip(), reported["op"].lower()
        ok = False if level == "ERROR" or _FAILED.search(text) else True if name in _OPERATIONS else None
        return {"at": at, "version": version["version"] if version else None, "event": name, "ok": ok, "message": text}
    found = _EXTENSION.search(message)
    if not found:
        return None
    text = found["text"].strip()
    begins, done, command = _BEGINS.match(text), _DONE.match(text), _COMMAND.search(text)
    failed = level == "ERROR" or bool(_FAILED.search(message))
    if not (begins or done or failed):
        return None
    name = begins[1].lower() if begins else command[1] if command else "command"
    return {"at": at, "version": found["version"], "event": name, "ok": False if failed else True if done else None, "message": text}


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

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""extension.log of VMSnapshotLinux. Private to this collection; the filter of the same name documents the result.

Two layouts stand in one file: ``2024-05-03 01:02:03.456789 [handler-version]message`` and, from the freeze, ``2024/05/03 01:02:03.456789  Info  message``.
Source: https://github.com/Azure/azure-linux-extensions, VMBackup/main/Utils/HandlerUtil.py and backuplogger.py.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from ._data import HERE, load_data
from ._decode import to_text
from ._errors import ParseError

_LINE = re.compile(r"^(?P<date>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d:\d\d)(?P<part>\.\d+)? \[[^\]]*\](?P<message>.*)$")
_FREEZE_LINE = re.compile(r"^(?P<date>\d{4}/\d\d/\d\d) (?P<time>\d\d:\d\d:\d\d)(?P<part>\.\d+)?\s+\w+\s+(?P<message>.*)$")
# Written once at the end of each operation; the message may hold commas, so both ends are anchored.
_SUMMARY = re.compile(r"^(?P<operation>[A-Za-z]+),(?P<status>success|error|transitioning),(?P<code>\d+),(?P<message>.*),(?:True|False)\s*$")
_AT_PATH = re.compile(r"Failed to (?:FIFREEZE|FITHAW|open|stat): (?P<path>/.*?) with error(?: message ?: |: -?\d+ and error message: )(?P<error>.+)")
# handle.py writes these when it is enabled, when it has nothing new to do, and when the snapshot is taken.
_START = "starting enable"
_SKIPPED = "the sequence number are same, so skip"
_SUCCEEDED = re.compile(r"^Enable Succeeded(?: with App Consistent Snapshot)?\s*$")


@functools.lru_cache(maxsize=1)
def code_names() -> dict[int, str]:
    """The extension's own name of each status code."""
    names: dict[int, str] = load_data(HERE / "_extension_codes.yml")
    return names


@functools.lru_cache(maxsize=1)
def _signatures() -> tuple[re.Pattern[str], dict[str, str]]:
    ids = {literal: entry["id"] for entry in load_data(HERE / "_extension_signatures.yml") for literal in entry["literals"]}
    return re.compile("|".join(re.escape(literal) for literal in ids)), ids


def _new_run(at: str | None) -> dict[str, Any]:
    outcome = {"outcome": "unknown", "code": None, "code_name": None, "message": None}
    return {"started_at": at, "ended_at": at, **outcome, "signatures": [], "skipped": False}


def _read_message(run: dict[str, Any], at: str | None, message: str, line: str) -> None:
    summary = _SUMMARY.match(message)
    if summary:
        code = int(summary["code"])
        run.update(outcome=summary["status"], code=code, code_name=code_names().get(code), message=summary["message"])
    elif _SUCCEEDED.match(message) and run["outcome"] in ("unknown", "transitioning"):
        run.update(outcome="success", message=message.strip())
    elif _SKIPPED in message:
        run["skipped"] = True
    pattern, ids = _signatures()
    found = pattern.search(message)
    if found:
        place = _AT_PATH.search(message)
        path, error = (place["path"], place["error"].strip()) if place else (None, None)
        run["signatures"].append({"id": ids[found.group()], "at": at, "path": path, "error": error, "line": line.strip()})


def parse_extension_log(source: str | bytes) -> dict[str, Any]:
    """The runs of the extension that a log shows.

    Args:
        source: extension.log or its end.

    Returns:
        ``{runs: int, last_run: {...} | None, unparsed_lines: int}`` as in docs/evidence.md, without in_window. A run that had nothing to do
        (the agent enables the extension again with the same settings) is not counted. A log that begins in the middle of a run has a run whose
        ``started_at`` is the time of its first line. The outcome is ``unknown`` until the log says how the run ended.

    Raises:
        ParseError: the text is not empty and no line has one of the two layouts.
    """
    lines = to_text(source).splitlines()
    runs: list[dict[str, Any]] = []
    unparsed = 0
    for line in lines:
        match = _LINE.match(line) or _FREEZE_LINE.match(line)
        if not match:
            unparsed += bool(line.strip())
            continue
        at = f"{match['date'].replace('/', '-')}T{match['time']}{(match['part'] or '')[:7]}Z"
        message = match["message"]
        if not runs or message.lstrip().startswith(_START):
            runs.append(_new_run(at))
        _read_message(runs[-1], at, message, line)
        runs[-1]["ended_at"] = at
    if not runs and unparsed:
        raise ParseError(
            "This is no extension.log of VMSnapshotLinux: no line begins with a time and a handler in brackets", position=f"{len(lines)} lines read"
        )
    real = [run for run in runs if not run.pop("skipped")]
    return {"runs": len(real), "last_run": real[-1] if real else None, "unparsed_lines": unparsed}

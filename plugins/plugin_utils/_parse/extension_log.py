# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""extension.log of VMSnapshotLinux. Private to this collection; the shape is in plugins/filter/extension_log.yml."""

from __future__ import annotations

import itertools
import re
from typing import Any

from ._decode import to_text
from ._errors import ParseError
from ._extension_codes import code_names, outcome, signature_ids
from ._extension_entries import Entry, may_begin, read_entries

# Written for each status report (do_status_report). The message may hold commas and lines. Other operations (Install, Disable) say nothing of a backup.
_SUMMARY = re.compile(r"Enable,(success|error|transitioning),(\d{1,9}),(.*?),(?:True|False)[ \t]*$", re.ASCII | re.DOTALL | re.MULTILINE)
_CUT_ERROR = re.compile(r"Enable,(error),(\d{1,9}),(.*)", re.ASCII)
_SUCCEEDED = re.compile(r"Enable Succeeded(?: with App Consistent Snapshot)?\s*$")
_AT_PATH = re.compile(r"Failed to (?:FIFREEZE|FITHAW|open|stat): (/.*?) with error(?: message ?: |: -?\d+ and error message: )(.+)")
# handle.py writes these when it is enabled, and when the agent enabled it again with settings or a task that it has done before.
_START = "starting enable"
_SKIPPED = ("the sequence number are same, so skip", "TaskId is same as last, so skip")
_LONGEST_LINE = 400
Run = list[Entry]


def _runs(entries: list[Entry]) -> list[Run]:
    """The entries of each run; what stands before the first start is the rest of a run that was cut off."""
    starts = [number for number, entry in enumerate(entries) if entry.message.startswith(_START)]
    bounds = [*([] if starts[:1] == [0] else [0]), *starts, len(entries)]
    return [entries[start:end] for start, end in itertools.pairwise(bounds)]


def _signatures(run: Run) -> list[dict[str, Any]]:
    ids = signature_ids()
    text = "\n".join(entry.message for entry in run)
    present = [literal for literal in ids if literal in text]
    found: dict[tuple[str, str | None], dict[str, Any]] = {}
    for entry in run if present else []:
        for line in entry.message.split("\n"):
            for name in dict.fromkeys(ids[literal] for literal in present if literal in line):
                place = _AT_PATH.search(line)
                path, error = (place[1], place[2].strip()) if place else (None, None)
                found.setdefault((name, path), {"id": name, "at": entry.at, "path": path, "error": error, "line": line.strip()[:_LONGEST_LINE]})
    return list(found.values())


def _result(run: Run) -> tuple[dict[str, Any], Run]:
    """How a run ended, and its entries up to there: what follows belongs to other commands of the agent, which may come weeks later."""
    result: dict[str, Any] = {"outcome": "unknown", "code": None, "code_name": None, "message": None}
    end = len(run)
    for number, entry in enumerate(run, 1):
        if not entry.message.startswith("Enable"):
            continue
        summary = _SUMMARY.match(entry.message) or _CUT_ERROR.match(entry.message)
        if summary:
            code = int(summary[2])
            result = {"outcome": outcome(summary[1], code), "code": code, "code_name": code_names().get(code), "message": summary[3].strip()}
            end = number if result["outcome"] in ("success", "error") else len(run)
        elif _SUCCEEDED.match(entry.message) and result["outcome"] != "error":
            result = {"outcome": "success", "code": None, "code_name": None, "message": entry.message.strip()}
            end = number
    return result, run[:end]


def _skipped(run: Run) -> bool:
    """Whether a run had nothing to do; a report in it is of the snapshot of an earlier enable, which was still at work."""
    return any(mark in entry.message for entry in run for mark in _SKIPPED) and _result(run)[0]["code"] is None


def _describe(run: Run) -> dict[str, Any]:
    # The extension keeps the lines of the freeze back and writes them at the end, so the last line need not be the latest.
    result, own = _result(run)
    times = [time for time in (own[0].at, max(own, key=lambda entry: entry.stamp.replace("/", "-")).at) if time]
    return {"started_at": run[0].at, "ended_at": max(times, default=None), **result, "signatures": _signatures(run)}


def parse_extension_log(source: str | bytes) -> dict[str, Any]:
    """The runs of the extension that a log shows.

    Args:
        source: extension.log or a part of it.

    Returns:
        ``{runs, last_run, unparsed_lines}`` as in docs/evidence.md, without in_window. A run that had nothing to do is not counted. The outcome is
        ``unknown`` until the log says how the run ended, also where the last line is the beginning of a further run that was cut off.

    Raises:
        ParseError: the text is not empty and no line has one of the two layouts.
    """
    entries, other, tail = read_entries(to_text(source))
    if not entries and other:
        raise ParseError(f"This is no extension.log of VMSnapshotLinux: none of its {other} lines begins with a time and a handler", position="line 1")
    runs = _runs(entries) if entries else []
    real = [run for run in runs if not _skipped(run)]
    if entries and may_begin(tail, entries, _START):
        cut = {"started_at": None, "ended_at": None, **_result([])[0], "signatures": []}
        return {"runs": len(real) + 1, "last_run": cut, "unparsed_lines": other}
    return {"runs": len(real), "last_run": _describe(real[-1]) if real else None, "unparsed_lines": other}

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A status file of the snapshot extension: JSON in JSON in JSON. Private to this collection; the filter of the same name documents the result.

The outer status is what the agent shows in Azure, and for VMs of the resource manager it says success after failures too; the truth is the report inside
the last substatus. Source: https://github.com/Azure/azure-linux-extensions, VMBackup/main/Utils/HandlerUtil.py (do_status_report) and Status.py.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any

from ._context import iso, parse_time
from ._decode import to_text
from ._errors import ParseError
from .extension_log import code_names

_CONSISTENCY = {0: "none", 1: "file_system", 2: "application", 3: "crash"}
_HEALTH = {0: "green", 128: "yellow", 256: "red"}  # ExtVmHealthStateEnum; the telemetry key extErrorCode holds this colour, not an error
_MILLISECONDS = re.compile(r"^/Date\((-?\d+)\)/$")
_OUTCOMES = ("success", "error", "transitioning")


def _load(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ParseError(f"The {what} is not JSON: {error.msg}", position=f"line {error.lineno}, column {error.colno}") from error


def _status_of(report: Any, what: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A report and its `status`; the file holds a list of one."""
    if isinstance(report, list) and report:
        report = report[0]
    if not isinstance(report, dict) or not isinstance(report.get("status"), dict):
        raise ParseError(f"The {what} holds no object with a `status`: this is no status file of an extension")
    return report, report["status"]


def _inner(outer: dict[str, Any], problems: list[str]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The report that the extension hides in the name of the last substatus."""
    parts = outer.get("substatus")
    name = parts[-1].get("name") if isinstance(parts, list) and parts and isinstance(parts[-1], dict) else None
    if not isinstance(name, str) or not name.lstrip().startswith(("[", "{")):
        problems.append("inner_report_missing")
        return None
    try:
        return _status_of(_load(name, "inner report"), "inner report")
    except ParseError:
        problems.append("inner_report_not_understood")
        return None


def _message(status: dict[str, Any], problems: list[str]) -> tuple[str | None, str | None]:
    """Message and consistency; the message is JSON again where the extension had something to tell."""
    formatted = status.get("formattedMessage")
    text = formatted.get("message") if isinstance(formatted, dict) else None
    if not isinstance(text, str):
        return None, None
    if not text.lstrip().startswith("{"):
        return text, None
    try:
        detail = _load(text, "message")
    except ParseError:
        problems.append("message_not_understood")
        return text, None
    return detail.get("messageStr"), _CONSISTENCY.get(detail.get("snapshotConsistency"))


def _time(text: Any) -> str | None:
    match = _MILLISECONDS.match(str(text))
    if match:
        return iso(datetime.fromtimestamp(int(match[1]) / 1000, timezone.utc))
    moment = parse_time(text) if isinstance(text, str) else None
    return iso(moment) if moment else None


def parse_snapshot_status(source: str | bytes) -> dict[str, Any]:
    """What a status file says of the last operation.

    Returns:
        ``{operation, status, code, code_name, message, task_id, consistency, health, at, outer_status, problems}`` as in docs/evidence.md, without in_window.
        `problems` names what was missing: ``inner_report_missing``, ``inner_report_not_understood``, ``message_not_understood``, ``status_unknown``.

    Raises:
        ParseError: the file is not JSON (with line and column), or no status file.
    """
    problems: list[str] = []
    report, outer = _status_of(_load(to_text(source), "status file"), "status file")
    inner = _inner(outer, problems)
    inner_report, status = inner or (report, outer)
    code = status.get("code")
    code = code if isinstance(code, int) and not isinstance(code, bool) else None
    outcome = status.get("status")
    if outcome not in _OUTCOMES:
        problems.append("status_unknown")
        outcome = None
    if outcome == "success" and code is not None and code > 1 and code_names().get(code, "").startswith(("Failed", "error")):
        outcome = "error"  # only the forced outer status was left, and the code says otherwise
    message, consistency = _message(status, problems)
    health = (status.get("vmHealthInfo") or {}).get("vmHealthState") if isinstance(status.get("vmHealthInfo"), dict) else None
    return {
        "operation": status.get("operation"),
        "status": outcome,
        "code": code,
        "code_name": code_names().get(code) if code is not None else None,
        "message": message,
        "task_id": status.get("taskId"),
        "consistency": consistency,
        "health": _HEALTH.get(health) if isinstance(health, int) else None,
        "at": _time(inner_report.get("timestampUTC")) or _time(report.get("timestampUTC")),
        "outer_status": outer.get("status"),
        "problems": problems,
    }

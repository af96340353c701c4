# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A status file of the snapshot extension: JSON in JSON in JSON. Private to this collection; the shape is in plugins/filter/snapshot_status.yml.

The outer status is what the agent shows in Azure, and for VMs of the resource manager it says success after failures too; the truth is the report inside
the last substatus. Source: https://github.com/Azure/azure-linux-extensions, VMBackup/main/Utils/HandlerUtil.py (do_status_report) and Status.py.
"""

from __future__ import annotations

from typing import Any

from ._decode import to_text
from ._errors import ParseError
from ._extension_codes import code_names, outcome
from ._json import load_json
from ._status_fields import Status, consistency, health, is_windows, number, text_or_none, time_of

_OUTCOMES = ("success", "error", "transitioning")


def _status_of(report: Any, what: str) -> tuple[dict[str, Any], Status]:
    """A report and its `status`; the file holds a list of one."""
    if isinstance(report, list) and report:
        report = report[0]
    if not isinstance(report, dict) or not isinstance(report.get("status"), dict):
        raise ParseError(f"The {what} holds no object with a `status`: this is no status file of an extension")
    return report, report["status"]


def _inner(outer: Status, problems: list[str]) -> tuple[dict[str, Any], Status] | None:
    """The report that the extension hides in the name of the last substatus."""
    parts = outer.get("substatus")
    name = parts[-1].get("name") if isinstance(parts, list) and parts and isinstance(parts[-1], dict) else None
    if not isinstance(name, str) or not name.lstrip().startswith(("[", "{")):
        problems.append("inner_report_missing")
        return None
    try:
        return _status_of(load_json(name, "inner report"), "inner report")
    except ParseError:
        problems.append("inner_report_not_understood")
        return None


def _message(status: Status, problems: list[str]) -> tuple[str | None, Any]:
    """Message and number of the consistency; older extensions write the message without JSON around it."""
    formatted = status.get("formattedMessage")
    text = formatted.get("message") if isinstance(formatted, dict) else None
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return (text if isinstance(text, str) else None), None
    try:
        detail = load_json(text, "message")
    except ParseError:
        problems.append("message_not_understood")
        return text, None
    message = detail.get("messageStr")
    return (message if isinstance(message, str) else None), detail.get("snapshotConsistency")


def parse_snapshot_status(source: str | bytes) -> dict[str, Any]:
    """What a status file says of the last operation.

    Returns:
        The shape of docs/evidence.md, without in_window. `problems` names what was missing: ``inner_report_missing``, ``inner_report_not_understood``,
        ``message_not_understood``, ``status_unknown``.

    Raises:
        ParseError: the file is not JSON (with line and column), or no status file.
    """
    problems: list[str] = []
    report, outer = _status_of(load_json(to_text(source), "status file"), "status file")
    inner_report, status = _inner(outer, problems) or (report, outer)
    linux = not is_windows(status)
    colour, health_code = health(status)
    code = number(status.get("code"))
    code = health_code if code is None and status.get("status") == "error" else code
    result = status["status"] if status.get("status") in _OUTCOMES else None
    if result is None:
        problems.append("status_unknown")
    elif linux:
        result = outcome(result, code)
    message, kind = _message(status, problems)
    return {
        "operation": text_or_none(status.get("operation")),
        "status": result,
        "code": code,
        "code_name": code_names().get(code) if code is not None and linux else None,
        "message": message,
        "task_id": text_or_none(status.get("taskId")),
        "consistency": consistency(number(kind), status, result, code),
        "health": colour,
        "at": time_of(inner_report.get("timestampUTC")) or time_of(report.get("timestampUTC")),
        "outer_status": text_or_none(outer.get("status")),
        "problems": problems,
    }

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the newest backup that a document shows succeeded. Private to this collection."""

from __future__ import annotations

from typing import Any

from ._context import Context, parse_time

LastBackup = dict[str, Any]
# A job with warnings fell back to a weaker snapshot: neither a success nor a failure. Jobs that run or were cancelled tell nothing of the VM.
_JOB = {"completed": "success", "failed": "failure", "completed_with_warnings": "unknown"}
_EXTENSION = {"success": "success", "error": "failure"}


def _of_job(job: Any) -> LastBackup | None:
    if not isinstance(job, dict) or job.get("status") not in _JOB:
        return None
    return {"outcome": _JOB[job["status"]], "at": job.get("ended_at") or job.get("started_at"), "basis": "job"}


def _of_status(status: Any) -> LastBackup | None:
    """The report of an Enable; one that only began, or took a snapshot of no known consistency, is neither good nor bad."""
    if not isinstance(status, dict) or str(status.get("operation")).lower() != "enable":
        return None
    outcome = _EXTENSION.get(str(status.get("status")), "unknown")
    if outcome == "success" and status.get("consistency") not in ("application", "file_system"):
        outcome = "unknown"
    return {"outcome": outcome, "at": status.get("at"), "basis": "extension_status"}


def _of_log(log: Any) -> LastBackup | None:
    """The last run; while it is not known how one ended, it counts from its beginning, so that a report written after that decides."""
    run = log.get("last_run") if isinstance(log, dict) else None
    if not isinstance(run, dict):
        return None
    outcome = _EXTENSION.get(str(run.get("outcome")), "unknown")
    return {"outcome": outcome, "at": run.get("started_at" if outcome == "unknown" else "ended_at"), "basis": "extension_log"}


def last_backup(parsed: dict[str, Any], context: Context) -> LastBackup:
    """The newest outcome among the job, the extension's status file and its log.

    Returns:
        ``{outcome: success|failure|unknown, at, basis: job|extension_status|extension_log|None}``. Of two at the same time the worse one counts, and what has
        no time is as new as anything, so that doubt is never health.
    """
    found = (_of_job(context.document.get("job")), _of_status(parsed.get("extension_status")), _of_log(parsed.get("extension_log")))
    known = [item for item in found if item]
    if not known:
        return {"outcome": "unknown", "at": None, "basis": None}
    timed = [item for item in known if parse_time(item["at"])]
    newest = max(timed or known, key=_rank)
    if newest["outcome"] == "success" and any(item["outcome"] != "success" and item not in timed for item in known):
        return {**newest, "outcome": "unknown"}
    return newest


def _rank(item: LastBackup) -> tuple[float, int]:
    moment = parse_time(item["at"])
    return (moment.timestamp() if moment else 0.0, ("success", "unknown", "failure").index(item["outcome"]))

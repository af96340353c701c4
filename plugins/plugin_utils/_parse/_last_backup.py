# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the newest backup that a document shows succeeded. Private to this collection."""

from __future__ import annotations

from typing import Any

from ._context import Context, parse_time

LastBackup = dict[str, Any]
# A job that completed with warnings fell back to a weaker snapshot: neither a success nor a failure of what we look for.
_JOB = {"completed": "success", "failed": "failure"}


def _of_job(context: Context) -> LastBackup | None:
    job = context.document.get("job")
    if not job:
        return None
    return {"outcome": _JOB.get(str(job.get("status")), "unknown"), "at": job.get("ended_at") or job.get("started_at"), "basis": "job"}


def _of_status(status: Any) -> LastBackup | None:
    if not isinstance(status, dict) or status.get("status") not in ("success", "error") or str(status.get("operation")).lower() != "enable":
        return None
    good = status["status"] == "success" and status.get("consistency") in ("application", "file_system")
    outcome = "success" if good else "failure" if status["status"] == "error" else "unknown"
    return {"outcome": outcome, "at": status.get("at"), "basis": "extension_status"}


def _of_log(log: Any) -> LastBackup | None:
    run = log.get("last_run") if isinstance(log, dict) else None
    if not run or run["outcome"] not in ("success", "error"):
        return None
    return {"outcome": "success" if run["outcome"] == "success" else "failure", "at": run["ended_at"], "basis": "extension_log"}


def last_backup(parsed: dict[str, Any], context: Context) -> LastBackup:
    """The newest outcome among the job, the extension's status file and its log.

    Returns:
        ``{outcome: success|failure|unknown, at, basis: job|extension_status|extension_log|None}``. Entries without a time count as oldest; of two with
        the same time a failure wins, so that doubt is never health.
    """
    known = [item for item in (_of_job(context), _of_status(parsed.get("extension_status")), _of_log(parsed.get("extension_log"))) if item]
    if not known:
        return {"outcome": "unknown", "at": None, "basis": None}

    def age(item: LastBackup) -> tuple[float, bool]:
        moment = parse_time(item["at"])
        return (moment.timestamp() if moment else 0.0, item["outcome"] == "failure")

    return max(known, key=age)

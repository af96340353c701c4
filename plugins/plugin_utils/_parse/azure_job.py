# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse a backup job of Azure, or an error pasted from the portal. Private to this collection; the shape is in plugins/filter/azure_job.yml."""

from __future__ import annotations

import json
from typing import Any

from ._azure_codes import codes_in, messages_in
from ._azure_fields import Fields, job_errors, snake_case
from ._azure_time import azure_duration, azure_time, seconds_between
from ._decode import to_text
from ._errors import ParseError

Job = dict[str, Any]
_STATUS = {
    "completed": "completed",
    "completed_with_warnings": "completed_with_warnings",
    "failed": "failed",
    "in_progress": "in_progress",
    "cancelling": "in_progress",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "succeeded": "completed",
}
_SHAPE = frozenset({"vm_name", "codes", "messages", "status", "tasks"})


def _vm_name(job: Fields, extended: Fields) -> str | None:
    container = job.get("containername")
    name = job.get("entityfriendlyname", "workloadname") or extended.sub("propertybag").get("vm name") or job.sub("properties").get("vm name")
    return str(name) if name else container.rsplit(";", 1)[-1] if isinstance(container, str) else None


def _from_object(data: dict[str, Any]) -> Job:
    if data.keys() >= _SHAPE:
        return data
    outer = Fields(data)
    # REST and the CLI put the job into `properties`; PowerShell keeps the job outside and a bag of names in it.
    job = outer.sub("properties") if outer.get("status") is None and outer.sub("properties").get("status", "errordetails") else outer
    status, extended = snake_case(job.get("status")), job.sub("extendedinfo")
    codes, messages = job_errors(job, extended.get("dynamicerrormessage") or job.get("dynamicerrormessage"))
    if status is None and not codes:
        raise ParseError("No backup job: the JSON has neither a status nor error details; give one job of `az backup job list` or `az backup job show`")
    started, ended = azure_time(job.get("starttime")), azure_time(job.get("endtime"))
    tasks = extended.objects("taskslist") or job.objects("subtasks")
    duration = azure_duration(job.get("duration"))
    return {
        "id": str(outer.get("name", "jobid") or str(outer.get("id") or "").rsplit("/", 1)[-1]) or None,
        "vm_name": _vm_name(job, extended),
        "operation": snake_case(job.get("operation")),
        "status": "failed" if status is None else _STATUS.get(status, "unknown"),
        "codes": codes,
        "messages": messages,
        "started_at": started,
        "ended_at": ended,
        "duration_seconds": seconds_between(started, ended) if duration is None else duration,
        "tasks": [{"name": task.get("taskid", "name"), "status": snake_case(task.get("status"))} for task in tasks],
    }


def _from_text(text: str) -> Job:
    codes = codes_in(text)
    if not codes:
        raise ParseError("No backup job: this is neither JSON nor a text with an error code such as UserErrorFsFreezeFailed or 320001")
    empty = dict.fromkeys(("id", "vm_name", "operation", "started_at", "ended_at", "duration_seconds"))
    return {**empty, "status": "failed", "codes": codes, "messages": messages_in(text), "tasks": []}


def parse_azure_job(source: Any) -> Job:
    """A backup job in one shape, whatever tool gave it.

    Args:
        source: a job as an object or as JSON (REST, `az backup job`, PowerShell), a list of jobs (the newest counts), the error of an operation,
            or the text that the portal shows. What this function returned passes as it is.

    Raises:
        ParseError: it is none of these; says what is missing, and where JSON is broken.
    """
    if isinstance(source, (str, bytes)):
        text = to_text(source).strip("\ufeff \t\r\n\x00")
        if text[:1] not in ("{", "["):
            return _from_text(text)
        try:
            source = json.loads(text)
        except ValueError as error:
            line = f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else None
            raise ParseError("The backup job is not JSON", position=line) from error
    if isinstance(source, dict) and isinstance(source.get("value"), list):
        source = source["value"]
    if isinstance(source, list):
        jobs = [_from_object(item) for item in source if isinstance(item, dict)]
        if not jobs:
            raise ParseError("No backup job: the list is empty")
        return max(jobs, key=lambda job: job["started_at"] or "")
    if not isinstance(source, dict):
        raise ParseError(f"No backup job: {type(source).__name__} is neither an object nor a list nor text")
    return _from_object(source)

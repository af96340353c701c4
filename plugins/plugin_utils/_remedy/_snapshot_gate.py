# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gate 3: no disruptive change while a snapshot is being taken. Private to this collection; pure.

Every check returns why the change has to be refused, or None where it sees nothing against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from .._parse._context import iso, parse_time
from ._shapes import Change, Facts, Verdict, disruptive, hours, strongest, subject
from .policy import Policy

# A scheduled backup may begin this long after its time (DESIGN 5.3).
START_DELAY = timedelta(hours=2)
# VSS writers wait this long at most for the end of a backup (DESIGN 5.3).
WRITER_WAITS = timedelta(hours=6)
# Older evidence says nothing about a snapshot that is being taken now.
EVIDENCE_LASTS = timedelta(hours=1)
WAITING_FOR_BACKUP_COMPLETE = 5
_ENDED = ("completed", "completed_with_warnings", "failed", "cancelled")


def snapshot(change: Change, facts: Facts | None, policy: Policy, now: datetime) -> Verdict:
    """Gate 3: a sure objection counts before one that only cannot tell."""
    if not disruptive(change):
        return "yes", f"{subject(change)} is of risk R1, which does not disturb a snapshot."
    if facts is None or facts["parsed"] is None:
        return "unknown", f"Whether a snapshot of {change['host']} is being taken is not known, because no evidence was collected; collect it first."
    sure = f"No snapshot of {change['host']} is being taken, by the signs on the host and what is known of its backup job and schedule."
    return strongest([*_host(change, facts, now), *_vault(change, facts, policy, now)]) or ("yes", sure)


def _host(change: Change, facts: Facts, now: datetime) -> Iterator[Verdict]:
    host, collected = change["host"], parse_time(facts["collected_at"])
    if collected is None or abs(now - collected) > EVIDENCE_LASTS:
        when = "at a time that is not known" if collected is None else f"at {iso(collected)}"
        why = f"The evidence of {host} was collected {when}, not within {hours(EVIDENCE_LASTS)} of now ({iso(now)})"
        yield "unknown", f"{why}, so it says nothing about a snapshot now; collect again, and see that the clocks agree."
    yield from _processes(host, facts)
    if facts["os"] == "windows":
        yield from _writers(host, facts)
    elif facts["os"] == "linux":
        yield from _freeze_lock(host, facts)
    else:
        yield "unknown", f"{host} runs {facts['os']!r}, and no signs of a snapshot are known for that; collect again."


def _read(facts: Facts, source: str) -> Any:
    """What a source says; None where it was not read or not understood."""
    return None if source in facts["unreadable"] else (facts["parsed"] or {}).get(source)


def _unread(host: str, source: str, shows: str) -> Verdict:
    return "unknown", f"{source} of {host} could not be read, and it shows whether {shows}; see the report for why, and collect again."


def _processes(host: str, facts: Facts) -> Iterator[Verdict]:
    running = _read(facts, "processes")
    if not isinstance(running, list):
        yield _unread(host, "processes", "the backup extension runs")
    elif running:
        names = ", ".join(sorted({f"{process['name']} ({process['pid']})" for process in running}))
        yield "no", f"The backup extension runs on {host}: {names}, so a snapshot may be being taken; wait until it has ended."


def _freeze_lock(host: str, facts: Facts) -> Iterator[Verdict]:
    lock = _read(facts, "freeze_lock")
    if isinstance(lock, dict) and lock.get("held") is True:
        yield "no", f"Process {lock.get('pid') or '(not shown)'} holds the freeze lock of the backup extension on {host}; wait until it is released."
    elif not isinstance(lock, dict) or (lock.get("held") is not False and lock.get("absent") is not True):
        yield _unread(host, "freeze_lock", "the backup extension holds its freeze lock")


def _writers(host: str, facts: Facts) -> Iterator[Verdict]:
    writers = _read(facts, "vssadmin_writers")
    if not isinstance(writers, list):
        yield _unread(host, "vssadmin_writers", "a VSS writer takes part in a snapshot")
        return
    for writer in writers:
        name, state = writer["name"] or writer["id"], writer["state"]
        if writer["class"] == "unknown" or "truncated" in writer["problems"]:
            yield "unknown", f"The state of the VSS writer {name} on {host} is not known; see `vssadmin list writers` there, and collect again."
        elif writer["class"] == "transient" and state != WAITING_FOR_BACKUP_COMPLETE:
            yield "no", f"The VSS writer {name} on {host} is in state [{state}] {writer['state_name']}, so a snapshot is being taken; wait until it is stable."
    if any(writer["state"] == WAITING_FOR_BACKUP_COMPLETE for writer in writers):
        yield from _waiting_writers(host, facts)


def _waiting_writers(host: str, facts: Facts) -> Iterator[Verdict]:
    """Writers in state 5 wait for a backup to end, or were left so by one that never told them; its age decides."""
    what = f"VSS writers on {host} wait for the end of a backup (state [{WAITING_FOR_BACKUP_COMPLETE}])"
    newest, collected = _read(facts, "last_backup"), parse_time(facts["collected_at"])
    began = parse_time(newest["at"]) if newest else None
    if "extension_status" in facts["unreadable"] or began is None or collected is None:
        yield "unknown", f"{what}, and when that one began is not known; see whether a backup is in progress, and give its job by azvm_job."
    elif collected - began < WRITER_WAITS:
        yield "no", f"{what}, and the newest one is of {iso(began)}, less than {hours(WRITER_WAITS)} before; run again after {iso(began + WRITER_WAITS)}."


def _vault(change: Change, facts: Facts, policy: Policy, now: datetime) -> Iterator[Verdict]:
    host, job = change["host"], facts["job"]
    if policy.backup_start:
        start = policy.backup_start.newest(now)
        if now <= start + START_DELAY:
            yield (
                "no",
                (
                    f"The backup of {host} was due at {iso(start)} (azvm_backup_start) and may begin up to {hours(START_DELAY)} later; "
                    f"run again after {iso(start + START_DELAY)}."
                ),
            )
    if job is not None and job["status"] == "in_progress":
        yield from _running_job(host, job)
    elif not (policy.backup_start or policy.vault_unknown_ok or (job is not None and job["status"] in _ENDED)):
        yield (
            "unknown",
            (
                f"Whether a backup of {host} is in progress is not known, because neither its job nor its schedule is given; "
                f"set azvm_job or azvm_backup_start, or azvm_vault_unknown_ok to go by the signs on the host alone."
            ),
        )


def _running_job(host: str, job: dict[str, Any]) -> Iterator[Verdict]:
    states = [task["status"] for task in job["tasks"] if " ".join(str(task["name"]).lower().split()) == "take snapshot"]
    if any(state in ("not_started", "in_progress") for state in states):
        yield "no", f"The backup job {job['id']} of {host} is taking its snapshot; run again when its task Take Snapshot is completed."
    elif not states or any(state not in ("completed", "completed_with_warnings") for state in states):
        shown = ", ".join(map(str, states)) or "not shown"
        yield "unknown", f"The backup job {job['id']} of {host} is in progress, and the end of its task Take Snapshot is not known ({shown}); wait for the job."

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._context import Context
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._last_backup import last_backup

EARLY, LATE, LATEST = "2026-11-22T01:00:00Z", "2026-11-22T02:00:00Z", "2026-11-22T03:00:00Z"


def job(status: str, at: str | None = LATE) -> dict[str, Any]:
    return {"status": status, "started_at": EARLY, "ended_at": at}


def report(status: str | None, at: str | None = LATE, consistency: str | None = "file_system", operation: str = "Enable") -> dict[str, Any]:
    return {"operation": operation, "status": status, "consistency": consistency, "at": at}


def log(outcome: str, started: str | None = EARLY, ended: str | None = LATE) -> dict[str, Any]:
    return {"runs": 1, "last_run": {"started_at": started, "ended_at": ended, "outcome": outcome}}


def of(the_job: Any = None, **parsed: Any) -> tuple[str, str | None, str | None]:
    context = Context.of({"collected_at": "2026-11-22T08:00:00Z", "job": the_job})
    found = last_backup(parsed, context)
    return found["outcome"], found["at"], found["basis"]


def test_nothing_known() -> None:
    assert of() == ("unknown", None, None)
    assert of(extension_status={"absent": True}, extension_log={"hresults": [], "last_at": None}) == ("unknown", None, None)
    assert of(extension_log={"runs": 0, "last_run": None}) == ("unknown", None, None)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("completed", "success"), ("failed", "failure"), ("completed_with_warnings", "unknown")],
)
def test_a_job(status: str, outcome: str) -> None:
    assert of(job(status)) == (outcome, LATE, "job")


@pytest.mark.parametrize("status", ["in_progress", "cancelled", "unknown"])
def test_a_job_without_an_end_says_nothing(status: str) -> None:
    assert of(job(status), extension_status=report("success")) == ("success", LATE, "extension_status")


@pytest.mark.parametrize(
    ("status", "consistency", "outcome"),
    [
        ("success", "file_system", "success"),
        ("success", "application", "success"),
        ("success", "crash", "unknown"),
        ("success", "none", "unknown"),
        ("success", None, "unknown"),
        ("error", "none", "failure"),
        ("transitioning", "none", "unknown"),
        (None, None, "unknown"),
    ],
)
def test_a_status_file(status: str | None, consistency: str | None, outcome: str) -> None:
    assert of(extension_status=report(status, consistency=consistency)) == (outcome, LATE, "extension_status")


def test_other_operations_are_no_backup() -> None:
    assert of(extension_status=report("success", operation="Install")) == ("unknown", None, None)


@pytest.mark.parametrize(("outcome", "expected"), [("success", "success"), ("error", "failure")])
def test_a_log(outcome: str, expected: str) -> None:
    assert of(extension_log=log(outcome)) == (expected, LATE, "extension_log")


def test_the_newest_counts() -> None:
    assert of(job("failed", EARLY), extension_status=report("success", LATE)) == ("success", LATE, "extension_status")
    assert of(job("completed", EARLY), extension_status=report("error", LATE)) == ("failure", LATE, "extension_status")
    assert of(job("completed", LATEST), extension_status=report("error", LATE), extension_log=log("error")) == ("success", LATEST, "job")


def test_of_two_at_the_same_time_the_worse_counts() -> None:
    assert of(extension_status=report("success"), extension_log=log("error"))[0] == "failure"
    assert of(extension_status=report("error"), extension_log=log("success"))[0] == "failure"


def test_a_run_of_which_the_end_is_not_known() -> None:
    assert of(extension_status=report("success", EARLY), extension_log=log("unknown", LATE, LATEST))[0] == "unknown"
    assert of(extension_status=report("success", LATEST), extension_log=log("transitioning", LATE, LATEST))[0] == "success"


def test_what_has_no_time_leaves_doubt_and_no_health() -> None:
    assert of(extension_status=report("success"), extension_log=log("error", None, None)) == ("unknown", LATE, "extension_status")
    assert of(extension_status=report("error"), extension_log=log("success", None, None))[0] == "failure"
    assert of(extension_log=log("error", None, None)) == ("failure", None, "extension_log")


def test_success_needs_a_success_and_never_more_than_the_newest() -> None:
    jobs = [None, job("completed", EARLY), job("failed", LATEST)]
    reports = [None, report("success", LATE), report("error", LATE), report("transitioning", LATE)]
    logs = [None, log("success"), log("error"), log("unknown")]
    for one, two, three in itertools.product(jobs, reports, logs):
        outcome, _at, basis = of(one, extension_status=two, extension_log=three)
        if outcome == "success":
            assert basis and (one is None or one["status"] != "failed")
            assert two is None or two["status"] == "success"

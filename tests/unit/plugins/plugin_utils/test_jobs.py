# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._jobs import JobError, choose_job


def job(vm: str, start: str, code: int = 380008) -> dict[str, Any]:
    return {
        "name": f"{vm}-{start}",
        "properties": {
            "jobType": "AzureIaaSVMJob", "entityFriendlyName": vm, "operation": "Backup", "status": "Failed", "startTime": start, "endTime": start,
            "errorDetails": [{"errorCode": code, "errorTitle": "t", "errorString": "s", "recommendations": []}],
        },
    }  # fmt: skip


def test_the_newest_job_that_names_the_host_is_taken() -> None:
    jobs = [job("web01", "2026-11-20T01:00:00Z"), job("WEB01", "2026-11-21T01:00:00Z"), job("db01", "2026-11-22T01:00:00Z")]
    chosen = choose_job(None, jobs, "web01.example.org")
    assert chosen is not None
    assert chosen["started_at"] == "2026-11-21T01:00:00Z"
    assert chosen["codes"] == [380008]
    assert choose_job(None, jobs, "web02") is None


def test_a_job_of_the_host_itself_wins() -> None:
    chosen = choose_job("Error Code: ExtensionFailedVssWriterInBadState\nError Message: x", [job("web01", "2026-11-21T01:00:00Z")], "web01")
    assert chosen is not None
    assert chosen["codes"] == ["ExtensionFailedVssWriterInBadState"]


def test_jobs_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "jobs.json"
    path.write_text(json.dumps({"value": [job("web01", "2026-11-21T01:00:00Z")]}))
    assert choose_job(None, str(path), "web01") is not None


@pytest.mark.parametrize(
    ("given", "message"),
    [("/nowhere/jobs.json", "cannot be read: No such file"), ({"a": 1}, "not dict"), ([7], "azvm_job is not understood"), (7, "not int")],
)
def test_what_is_no_list_of_jobs_gets_one_sentence(given: Any, message: str) -> None:
    with pytest.raises(JobError, match=message):
        choose_job(None, given, "web01")


def test_a_file_that_is_no_json_says_where(tmp_path: Path) -> None:
    path = tmp_path / "jobs.json"
    path.write_text("[{")
    with pytest.raises(JobError, match=r"jobs\.json, which is not JSON: .*line 1"):
        choose_job(None, str(path), "web01")

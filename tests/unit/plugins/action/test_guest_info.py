# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action picks a collector and makes its answer a document; the answers are transcripts."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible_collections.azvm.backup.plugins.action.guest_info import ActionModule

EVIDENCE = {
    "collected_at": "2026-11-22T08:00:00Z",
    "collector": {"elevated": True, "seconds": 0.4},
    "host": {"computer_name": "WEB01", "os": "linux", "os_name": "Debian", "os_version": "12", "vm_id": None},
    "sources": {"azure": {"status": "absent"}},
}


class Calls(list[tuple[str, dict[str, Any]]]):
    """The module calls that the action made, and the answers it gets."""

    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self.answers = list(answers)

    def __call__(self, module_name: str, module_args: dict[str, Any], **_task_vars: Any) -> dict[str, Any]:
        self.append((module_name, module_args))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        result: dict[str, Any] = answer
        return result


def run(calls: Calls, options: dict[str, Any] | None = None, *, windows: bool = False) -> dict[str, Any]:
    task = SimpleNamespace(args=options or {}, async_val=0, check_mode=False, diff=False, action="azvm.backup.guest_info", no_log=False)
    connection = SimpleNamespace(_shell=SimpleNamespace(_IS_WINDOWS=windows, tmpdir=None), has_pipelining=True)
    action = ActionModule(task, connection, SimpleNamespace(check_mode=False), None, None, None)
    action._execute_module = calls
    result: dict[str, Any] = action.run(task_vars={"inventory_hostname": "web01"})
    return result


@pytest.mark.parametrize(("windows", "module"), [(False, "azvm.backup.guest_info_linux"), (True, "azvm.backup.guest_info_windows")])
def test_the_shell_picks_the_collector_and_one_call_is_all(windows: bool, module: str) -> None:
    calls = Calls({"evidence": EVIDENCE})
    result = run(calls, {"codes": ["380008"], "wireserver": "127.0.0.1", "timeout": 7}, windows=windows)
    assert [name for name, _arguments in calls] == [module]
    arguments = calls[0][1]
    assert (arguments["wireserver"], arguments["timeout"]) == ("127.0.0.1", 7)
    assert arguments["plan"]
    assert result["changed"] is False
    assert result["evidence"]["host"]["inventory_name"] == "web01"
    assert result["evidence"]["requested_codes"] == ["380008"]
    assert result["evidence"]["schema"] == 1
    assert result["evidence"]["collector"]["version"] not in ("", "unknown")


@pytest.mark.parametrize(
    ("answer", "reason", "detail"),
    [
        (AnsibleConnectionFailure("Connection refused\nby  host"), "unreachable", "Connection refused by host"),
        (ConnectionResetError(104, "Connection reset by peer"), "unreachable", "[Errno 104] Connection reset by peer"),
        (AnsibleError("no temporary folder"), "collector_failed", "no temporary folder"),
        ({"unreachable": True, "msg": "timed out"}, "unreachable", "timed out"),
        ({"failed": True, "msg": "No Python"}, "collector_failed", "No Python"),
        ({"failed": True, "module_stdout": "", "module_stderr": "sh: python3: not found"}, "collector_failed", "sh: python3: not found"),
    ],
)
def test_a_host_that_gives_nothing_is_a_document_too(answer: Any, reason: str, detail: str) -> None:
    document = run(Calls(answer))["evidence"]
    assert document["not_checked"] == {"reason": reason, "detail": detail}
    assert document["sources"] == {}
    assert document["host"]["inventory_name"] == "web01"


def test_the_document_is_saved_as_it_is_returned(tmp_path: Path) -> None:
    result = run(Calls({"evidence": EVIDENCE}), {"evidence_dir": str(tmp_path / "e")})
    assert result["evidence_file"] == str(tmp_path / "e" / "web01.json")
    assert json.loads((tmp_path / "e" / "web01.json").read_text()) == result["evidence"]


def test_logs_are_read_from_an_hour_before_the_job() -> None:
    calls = Calls({"evidence": EVIDENCE})
    job = {"properties": {"entityFriendlyName": "web01", "status": "Failed", "startTime": "2026-11-20T01:00:00Z", "errorDetails": [{"errorCode": 380008}]}}
    result = run(calls, {"job": job})
    assert calls[0][1]["window_start"] == "2026-11-20T00:00:00Z"
    assert result["evidence"]["job"]["codes"] == [380008]


def test_a_wrong_job_is_one_sentence() -> None:
    with pytest.raises(AnsibleActionFail, match="guest_info on web01: azvm_jobs names /nowhere"):
        run(Calls(), {"jobs": "/nowhere"})


def test_an_unknown_code_stops_before_the_host_is_asked() -> None:
    calls = Calls({"evidence": EVIDENCE})
    with pytest.raises(AnsibleActionFail, match=r"Unknown error code 'AzureVmOffln': the nearest known codes are AzureVmOffline"):
        run(calls, {"codes": "380008, AzureVmOffln"})
    assert calls == []

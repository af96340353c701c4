# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action probes, asks the gates and acts; what the setters answer are transcripts of real ones."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.azvm.backup.plugins.action.change import ActionModule
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._context import iso

ROOT = Path(__file__).resolve().parents[4]
CONF = "/etc/azure/vmbackup.conf"
PROBE: dict[str, Any] = {
    "changed": True,
    "target": CONF,
    "before": {"mounts_to_skip": []},
    "after": {"mounts_to_skip": ["/data"]},
    "undo": "exact",
    "undo_id": None,
    "guard": {"lease": None, "attempts": []},
    "needs_reboot": False,
    "stock": None,
}
DONE = {**PROBE, "undo_id": "u1"}
CALL: dict[str, Any] = {
    "role": "fix_fsfreeze_mounts_skip",
    "vars": {"fix_fsfreeze_mounts_skip_paths": ["/data"]},
    "serves": [["C", "c"]],
    "planned": None,
    "finding": {"code": "C", "cause": "c", "confidence": "confirmed", "reported": True, "reason": "Because.", "fingerprint": "f1"},
}
POLICY = {"apply": True, "allow": ["fix_fsfreeze_mounts_skip", "fix_waagent_conf", "fix_guest_agent_upgrade_linux"]}
DISRUPTIVE: dict[str, Any] = {
    "fix": "fix_waagent_conf",
    "policy": {**POLICY, "max_risk": "R2", "window": "always", "vault_unknown_ok": True},
    "call": {**CALL, "role": "fix_waagent_conf"},
}


class Host:
    """Answers in turn, and remembers what was asked: (module, check mode, what the setter was told)."""

    def __init__(self, *answers: Any, check_mode: bool = False, windows: bool = False, actions: dict[str, Any] | None = None) -> None:
        self.asked: list[tuple[str, bool, dict[str, Any]]] = []
        self.answers, self.actions = list(answers), actions or {}
        self.acted: list[tuple[str, dict[str, Any]]] = []
        self.check_mode = check_mode
        self.task = SimpleNamespace(args={}, async_val=0, check_mode=check_mode, diff=False, action="azvm.backup.change", no_log=False)
        self.connection = SimpleNamespace(_shell=SimpleNamespace(_IS_WINDOWS=windows, tmpdir=None), has_pipelining=True)

    def execute(self, module_name: str, module_args: dict[str, Any], **_task_vars: Any) -> dict[str, Any]:
        self.asked.append((module_name, self.task.check_mode, module_args["change"]))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return copy.deepcopy(answer)

    def act(self, name: str, options: dict[str, Any]) -> Any:
        self.acted.append((name, options))
        return self.actions[name]

    def run(self, **options: Any) -> dict[str, Any]:
        self.task.args = {"fix": "fix_fsfreeze_mounts_skip", "module": "azvm.backup.vmbackup_conf", "run": "r1", **options}
        action = ActionModule(self.task, self.connection, SimpleNamespace(check_mode=self.task.check_mode), None, None, None)
        action._execute_module, action._run_action = self.execute, self.act  # type: ignore[method-assign]
        result: dict[str, Any] = action.run(task_vars={"inventory_hostname": "web01"})
        assert self.task.check_mode is self.check_mode, "left as it was"
        return result


def test_a_named_role_is_applied_after_one_look() -> None:
    host = Host(PROBE, DONE)
    result = host.run()
    assert [check for _name, check, _told in host.asked] == [True, False]
    told = host.asked[1][2]
    assert (told["fix"], told["run"], told["expected_before"]) == ("fix_fsfreeze_mounts_skip", "r1", PROBE["before"])
    assert (result["changed"], result["record"]["status"], result["record"]["undo_id"]) == (True, "applied", "u1")


def test_what_is_so_already_is_not_asked_about() -> None:
    host = Host({**PROBE, "changed": False, "after": PROBE["before"]})
    result = host.run()
    assert (len(host.asked), result["changed"], result["record"]["status"], result["gates"]) == (1, False, "unchanged", [])


def test_without_apply_it_is_only_planned() -> None:
    host = Host(PROBE)
    record = host.run(call=CALL, policy={"allow": POLICY["allow"]})["record"]
    assert (len(host.asked), record["status"], record["gate"], record["changed"]) == (1, "planned", "apply", False)
    assert record["change"]["after"] == PROBE["after"] and record["change"]["code"] == "C"


def test_check_mode_stops_before_acting_and_predicts() -> None:
    host = Host(PROBE, check_mode=True)
    result = host.run(call=CALL, policy=POLICY)
    assert (len(host.asked), result["changed"], result["record"]["status"]) == (1, True, "planned")


@pytest.mark.parametrize(
    ("options", "gate"),
    [
        ({"policy": {"apply": True}}, "allowed"),
        ({"call": {**CALL, "finding": {**CALL["finding"], "confidence": "possible", "reported": False}}}, "allowed"),
        ({"call": {**CALL, "planned": []}}, "plan"),
        ({"call": {**CALL, "planned": [{"target": CONF, "after": {"mounts_to_skip": ["/x"]}, "edited": True}]}}, "plan"),
        ({"call": {**CALL, "planned": [{"target": CONF, "before": {"mounts_to_skip": ["/y"]}, "edited": False}]}}, "before"),
        ({"stopped": "2 hosts of this run have failed changes."}, "stop_after"),
    ],
)
def test_a_refusal_names_its_gate_and_changes_nothing(options: dict[str, Any], gate: str) -> None:
    host = Host(PROBE)
    result = host.run(**{"call": CALL, "policy": POLICY, **options})
    assert (len(host.asked), result["changed"], result["record"]["status"], result["record"]["gate"]) == (1, False, "skipped", gate)
    assert result["record"]["reason"]


@pytest.mark.parametrize(
    ("guard", "gate"),
    [
        ({"lease": {"run": "other", "expires_at": "2999-01-01T00:00:00Z", "boot_id": "b"}, "attempts": []}, "lease"),
        ({"lease": {"unreadable": "x"}, "attempts": []}, "lease"),
        (
            {"lease": None, "attempts": [{"fix": CALL["role"], "target": CONF, "at": "2999-01-01T00:00:00Z", "status": "failed", "fingerprint": "f1"}]},
            "attempts",
        ),
        ({"lease": None, "attempts": [{"fix": CALL["role"], "target": CONF, "at": None, "status": "open", "fingerprint": None}]}, "attempts"),
    ],
)
def test_what_the_host_says_of_other_runs_counts(guard: dict[str, Any], gate: str) -> None:
    assert Host({**PROBE, "guard": guard}).run(call=CALL, policy=POLICY)["record"]["gate"] == gate
    assert Host({**PROBE, "guard": guard}).run()["record"]["gate"] == gate, "for a named role too"


def evidence(**sources: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "docs" / "sample_fleet" / "web11.json").read_text())
    document.update(collected_at=iso(datetime.now(timezone.utc)), job=None)
    document["sources"].update(
        processes={"status": "ok", "data": []}, freeze_lock={"status": "ok", "data": {"path": "p", "exists": False, "held": False, "pid": None}}
    )
    document["sources"].update(sources)
    return {"evidence": document}


def test_before_a_disruptive_change_evidence_is_collected_anew() -> None:
    host = Host(PROBE, DONE, actions={"azvm.backup.guest_info": evidence()})
    result = host.run(**DISRUPTIVE, collect={"wireserver": "127.0.0.1"})
    assert host.acted == [("azvm.backup.guest_info", {"wireserver": "127.0.0.1"})]
    assert result["record"]["status"] == "applied", result["record"]["reason"]


def test_a_snapshot_that_is_being_taken_stops_a_disruptive_change() -> None:
    running = {"status": "ok", "data": [{"pid": 7, "name": "python3 handle.py", "age_seconds": 3}]}
    host = Host(PROBE, actions={"azvm.backup.guest_info": evidence(processes=running)})
    record = host.run(**DISRUPTIVE)["record"]
    assert (len(host.asked), record["status"], record["gate"]) == (1, "skipped", "snapshot")


@pytest.mark.parametrize(
    "nothing", [{"evidence": {"schema": 9}}, {"evidence": {**evidence()["evidence"], "sources": {}, "not_checked": {"reason": "unreachable", "detail": "x"}}}]
)
def test_a_host_that_cannot_be_looked_at_is_not_changed(nothing: dict[str, Any]) -> None:
    record = Host(PROBE, actions={"azvm.backup.guest_info": nothing}).run(**DISRUPTIVE)["record"]
    assert (record["status"], record["gate"]) == ("skipped", "snapshot")


def test_outside_the_window_nobody_is_even_asked() -> None:
    host = Host(PROBE)
    record = host.run(**{**DISRUPTIVE, "policy": {**DISRUPTIVE["policy"], "window": ""}})["record"]
    assert (host.acted, record["gate"]) == ([], "window")


def test_a_stock_module_acts_between_open_and_commit() -> None:
    stock = {"module": "ansible.builtin.package", "options": {"name": "waagent", "state": "latest"}}
    probe = {**PROBE, "stock": stock}
    host = Host(probe, {**probe, "undo_id": "u1"}, DONE, actions={"ansible.builtin.package": {"changed": True}})
    record = host.run()["record"]
    assert host.acted == [("ansible.builtin.package", stock["options"])]
    assert [told.get("step") for _name, _check, told in host.asked] == [None, "open", "commit"]
    assert host.asked[2][2]["entry"] == "u1" and record["status"] == "applied"


def test_a_stock_module_that_fails_ends_the_entry_with_its_words() -> None:
    probe = {**PROBE, "stock": {"module": "ansible.builtin.package", "options": {}}}
    failed = {"failed": True, "msg": "E: no such package", "target": CONF, "changed": False}
    host = Host(probe, {**probe, "undo_id": "u1"}, failed, actions={"ansible.builtin.package": {"failed": True, "msg": "no such package"}})
    record = host.run(call=CALL, policy=POLICY)["record"]
    assert "no such package" in host.asked[2][2]["error"] and record["status"] == "failed"


def test_a_setter_that_refuses_leaves_it_to_people_unless_it_was_named() -> None:
    refused = {"failed": True, "changed": False, "msg": "It is mounted; unmount it first.", "target": "/dev/sdc"}
    assert Host(refused).run(call=CALL, policy=POLICY)["record"]["status"] == "manual"
    named = Host(refused).run()
    assert named["failed"] and named["msg"] == refused["msg"]


@pytest.mark.parametrize("gate", ["before", "lease"])
def test_a_setter_that_finds_a_gate_shut_after_all(gate: str) -> None:
    late = {"failed": True, "changed": False, "msg": "Another run was quicker.", "gate": gate, "target": CONF}
    record = Host(PROBE, late).run(call=CALL, policy=POLICY)["record"]
    assert (record["status"], record["gate"]) == ("skipped", gate)


@pytest.mark.parametrize("lost", [AnsibleConnectionFailure("reset"), ConnectionResetError(104, "reset"), {"unreachable": True, "msg": "reset"}])
def test_a_connection_that_is_lost_is_a_failure_that_says_so(lost: Any) -> None:
    looking = Host(lost).run(call=CALL, policy=POLICY)["record"]
    assert looking["status"] == "failed" and "web01 could not be reached: " in looking["reason"]
    acting = Host(PROBE, lost).run(call=CALL, policy=POLICY)["record"]
    assert acting["status"] == "failed" and "whether the change was made is not known" in acting["reason"]


def test_a_change_that_waits_for_a_restart_says_so() -> None:
    assert Host(PROBE, {**DONE, "needs_reboot": True}).run()["record"]["status"] == "needs_reboot"


@pytest.mark.parametrize(
    ("options", "windows", "says"),
    [
        ({"fix": "fix_nothing"}, False, "no fix of this collection"),
        ({}, True, "is for linux hosts and web01 is a windows host"),
        ({"policy": {"allow": "fix_waagent_conf"}}, False, "azvm_allow is the string"),
    ],
)
def test_bad_input_is_one_sentence_and_asks_no_host(options: dict[str, Any], windows: bool, says: str) -> None:
    host = Host(windows=windows)
    with pytest.raises(AnsibleActionFail, match=says):
        host.run(**options)
    assert host.asked == []

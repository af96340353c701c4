# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From findings to calls, changes, a plan file that people edit, and back."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import yaml
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.changes import change_of, digest, fix_calls, plain
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.plan import PlanError, differs, ground_calls, make_plan, planned_change, read_plan

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=timezone.utc)
CONF = "/etc/azure/vmbackup.conf"
PROBE: dict[str, Any] = {"target": CONF, "before": {"mounts_to_skip": []}, "after": {"mounts_to_skip": ["/data"]}, "undo": "exact"}


def finding(code: str = "UserErrorFsFreezeFailed", cause: str = "iscsi", **different: Any) -> dict[str, Any]:
    fix = {"role": "fix_fsfreeze_mounts_skip", "vars": {"fix_fsfreeze_mounts_skip_paths": ["/data"]}, "available": True}
    usual = {
        "code": code,
        "cause": cause,
        "title": "T",
        "cause_title": "C",
        "confidence": "likely",
        "reported": False,
        "evidence": [],
        "advice": ["A"],
        "fix": fix,
    }
    return {**usual, **different}


def serving(vars_: dict[str, Any], available: bool = True) -> dict[str, Any]:
    return {"role": "fix_fsfreeze_mounts_skip", "vars": vars_, "available": available}


def test_findings_of_a_role_are_joined() -> None:
    [call] = fix_calls(
        [
            finding(),
            finding(cause="other", fix=serving({"fix_fsfreeze_mounts_skip_paths": ["/data", "/more"], "fix_fsfreeze_mounts_skip_repair": False})),
            finding(cause="third", fix=serving({"fix_fsfreeze_mounts_skip_repair": True})),
        ]
    )
    assert call["vars"] == {"fix_fsfreeze_mounts_skip_paths": ["/data", "/more"], "fix_fsfreeze_mounts_skip_repair": True}
    assert call["serves"] == [["UserErrorFsFreezeFailed", "iscsi"], ["UserErrorFsFreezeFailed", "other"], ["UserErrorFsFreezeFailed", "third"]]
    assert call["finding"]["cause"] == "iscsi"


def test_a_possible_finding_is_not_changed_on_the_strength_of_a_sure_one() -> None:
    sure, weak = (
        finding(confidence="confirmed", reported=True),
        finding(cause="weak", confidence="possible", fix=serving({"fix_fsfreeze_mounts_skip_paths": ["/b"]})),
    )
    calls = fix_calls([sure, weak])
    assert [(call["finding"]["confidence"], call["vars"]["fix_fsfreeze_mounts_skip_paths"]) for call in calls] == [
        ("confirmed", ["/data"]),
        ("possible", ["/b"]),
    ]


def test_what_has_no_role_is_not_called() -> None:
    assert fix_calls([finding(fix=None), finding(fix=serving({}, available=False))]) == []


def written(*findings: dict[str, Any], **different: Any) -> dict[str, Any]:
    """A plan as the playbook writes it, with one change for each call."""
    records = [
        {"change": change_of(call["role"], call, "web01", PROBE), "gate": "apply", "reason": "Only planned."}
        for call in fix_calls(list(findings or [finding()]))
    ]
    verdict = {"findings": [*findings, finding(code="SymptomX", fix=None)], "collected_at": "2026-11-23T07:59:00Z", "requested_codes": []}
    return {**make_plan("web01", "run-1", verdict, records, "2026-11-23T07:59:30Z"), **different}


def read(plan: Any, host: str = "web01", now: datetime = NOW) -> list[dict[str, Any]]:
    return read_plan(plan if isinstance(plan, str) else yaml.safe_dump(plan, sort_keys=False), "plan/web01.yml", host, now, 24)


def test_a_plan_that_nobody_edited() -> None:
    plan = written()
    assert [item["code"] for item in plan["manual"]] == ["SymptomX"]
    [call] = read(plan)
    [change] = call["planned"]
    assert not change["edited"]
    assert call["vars"] == {"fix_fsfreeze_mounts_skip_paths": ["/data"]}
    assert planned_change(call, CONF) == (change, None)
    assert differs(change, PROBE) is None


@pytest.mark.parametrize("key", ["vars", "before", "after", "risk", "confidence", "reported", "target"])
def test_whatever_is_edited_shows(key: str) -> None:
    plan = written()
    plan["changes"][0][key] = {"vars": {"fix_fsfreeze_mounts_skip_paths": ["/x"]}, "before": {}, "after": {}, "reported": True}.get(key, "other")
    assert read(plan)[0]["planned"][0]["edited"]


def test_order_and_spelling_are_no_edit() -> None:
    plan = written()
    plan["changes"] = [dict(reversed(list(change.items()))) for change in plan["changes"]]
    assert not read(yaml.safe_dump(plan, sort_keys=True, default_flow_style=True))[0]["planned"][0]["edited"]


def test_an_edited_after_must_be_what_the_variables_give() -> None:
    plan = written()
    plan["changes"][0]["after"] = {"mounts_to_skip": ["/elsewhere"]}
    [change] = read(plan)[0]["planned"]
    text = differs(change, PROBE)
    assert text and "/elsewhere" in text and "/data" in text
    del change["after"]
    assert differs(change, PROBE) is None


def test_a_trimmed_change_is_left_alone() -> None:
    [call] = read(written())
    change, why = planned_change(call, "/etc/other")
    assert change is None and why and "/etc/other" in why
    assert read(written(changes=[])) == []
    assert planned_change({"planned": None}, CONF) == (None, None)


def test_the_ground_of_a_plan_is_what_the_host_shows_now() -> None:
    plan = written()
    plan["changes"][0].update(confidence="confirmed", reported=True)  # what a file says makes nothing sure
    [now] = ground_calls(read(plan), fix_calls([finding()]))
    assert (now["finding"]["confidence"], now["finding"]["reported"]) == ("likely", False)
    [gone] = ground_calls(read(plan), fix_calls([finding(cause="another")]))
    assert (gone["finding"]["cause"], gone["finding"]["reported"]) == (None, False)


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ("a: [", "is no YAML (line 1"),
        ("- 1", "is no plan of schema 1"),
        ({"schema": 2}, "is no plan of schema 1"),
        (written(host="other"), "of the host 'other' and not of web01"),
        (written(created_at="yesterday"), "its age is not known"),
        (written(created_at="2026-11-22T07:00:00Z"), "azvm_plan_max_age (24 h)"),
        (written(created_at="2026-11-23T09:00:00Z"), "azvm_plan_max_age (24 h)"),
        (written(changes={}), "has no list `changes`"),
        (written(changes=["x"]), "Change 1 of the plan"),
        (written(changes=[{"role": "fix_x", "vars": {}, "target": "t"}]), "no fix of this collection"),
        (written(changes=[{"role": "fix_fsfreeze_mounts_skip", "vars": [], "target": "t"}]), "a dict is due"),
        (written(changes=[{"role": "fix_fsfreeze_mounts_skip", "vars": {"ansible_user": "root"}, "target": "t"}]), "'ansible_user', which is none of"),
    ],
)
def test_a_plan_that_cannot_be_used(plan: Any, says: str) -> None:
    with pytest.raises(PlanError, match=r"plan/web01\.yml") as refused:
        read(plan)
    assert says in str(refused.value)


def test_a_time_without_quotes_is_a_time() -> None:
    text = yaml.safe_dump(written()).replace("'2026-11-23T07:59:30Z'", "2026-11-23T07:59:30Z")
    assert "created_at: 2026" in text and read(text)
    with pytest.raises(PlanError):
        read(text, now=NOW + timedelta(days=2))


def test_a_named_role_has_no_code() -> None:
    change = change_of("fix_waagent_conf", None, "web01", {**PROBE, "target": "/etc/waagent.conf"})
    assert (change["code"], change["vars"], change["risk"], change["id"]) == (None, {}, "R2", "fix_waagent_conf/named/etc/waagent.conf")


def test_digest_is_of_the_value() -> None:
    assert digest({"a": 1, "b": [True]}) == digest({"b": [True], "a": 1}) != digest({"a": 1, "b": [1]})
    assert plain({"a": ("b",)}) == {"a": ["b"]}

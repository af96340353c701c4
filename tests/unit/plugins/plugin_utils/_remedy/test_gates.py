# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._context import iso
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.gates import GATES, decide, refusal
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.policy import HOST_CLASSES, read_policy
from ansible_collections.azvm.backup.tests.unit.plugins.plugin_utils._remedy.gate_hosts import (
    COLLECTED,
    NOW,
    OPEN,
    ago,
    answer,
    change,
    gate,
    linux,
    skip_mounts,
    windows,
    writers,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = ["apply", "allowed", "window", "snapshot", "host_class", "before", "lease", "attempts"]
R2_POLICY = read_policy(OPEN)
QUIET = windows()


def test_the_order_of_the_gates() -> None:
    results = decide(change(), windows(), R2_POLICY, NOW)
    assert [(result.number, result.name) for result in results] == list(enumerate(NAMES))
    assert [result.answer for result in results] == ["yes"] * 8
    assert refusal(results) is None


def test_the_first_gate_that_does_not_say_yes_refuses() -> None:
    """Each step opens one gate more: the refusal moves on by one."""
    closed: dict[str, Any] = {"vssadmin_writers": writers("en-backup_running"), "host_role": "denied"}
    busy: dict[str, Any] = {"lease": {"run": "run-2", "expires_at": ago(hours=-1)}, "attempts": [failed()]}
    drifted = change(expected_before={"state": "stopped"})
    policy: dict[str, Any] = {"vault_unknown_ok": True}
    steps: list[tuple[dict[str, Any], Any, Any]] = [
        (policy, drifted, windows(known=busy, **closed)),
        ({**policy, "apply": True}, drifted, windows(known=busy, **closed)),
        ({**OPEN, "window": None}, drifted, windows(known=busy, **closed)),
        (OPEN, drifted, windows(known=busy, **closed)),
        (OPEN, drifted, windows(known=busy, host_role="denied")),
        (OPEN, drifted, windows(known=busy)),
        (OPEN, change(), windows(known=busy)),
        (OPEN, change(), windows(known={**busy, "lease": None})),
        (OPEN, change(), windows()),
    ]
    refused = [refusal(decide(the_change, facts, read_policy(raw), NOW)) for raw, the_change, facts in steps]
    assert [result and (result.number, result.name) for result in refused] == [*enumerate(NAMES), None]


def test_an_incomplete_list_of_answers_is_no_permission() -> None:
    results = decide(change(), windows(), R2_POLICY, NOW)
    for broken in ([], results[:-1], results[1:], [*results, results[0]], results[::-1]):
        with pytest.raises(ValueError, match="not the answers of all 8 gates"):
            refusal(broken)


def test_a_moment_has_a_time_zone() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        decide(change(), windows(), R2_POLICY, datetime(2026, 11, 23))


def test_0_nothing_is_applied_unasked() -> None:
    assert answer(0, change(), windows(), {"apply": False}) == "no"
    assert answer(0, change(), windows(), {"apply": True}) == "yes"
    assert answer(0, change(), windows(), {"apply": False, "named": True}) == "yes"


def test_1_only_listed_fixes_of_no_higher_risk() -> None:
    assert answer(1, change(), windows()) == "yes"
    assert answer(1, change(), windows(), {"allow": ["fix_waagent_conf"]}) == "no"
    assert answer(1, change(), windows(), {"max_risk": "R1"}) == "no"
    assert "R2" in gate(1, change(), windows(), {"max_risk": "R1"}).reason
    reinstall = change(fix="fix_msdtc_reinstall", risk="R3", target="MSDTC")
    assert (answer(1, reinstall, windows(), {"max_risk": "R2"}), answer(1, reinstall, windows(), {"max_risk": "R3"})) == ("no", "yes")
    assert answer(1, skip_mounts(), linux(), {"max_risk": "R1"}) == "yes"
    assert answer(1, change(risk="R4"), windows(), {"named": True}) == "no"


def test_1_an_edited_plan_does_not_lower_the_risk() -> None:
    edited = change(risk="R1")
    assert answer(1, edited, windows(), {"max_risk": "R1"}) == "no"
    assert [gate(number, edited, None).answer for number in (3, 4)] == ["unknown", "unknown"]
    assert answer(2, edited, None, {"window": None}) == "unknown"


@pytest.mark.parametrize("different", [{"risk": "R9"}, {"risk": None}, {"confidence": "sure"}, {"confidence": None}, {"reported": "yes"}])
def test_1_cannot_tell_what_is_not_known(different: dict[str, Any]) -> None:
    assert answer(1, change(**different), windows()) == "unknown"


@pytest.mark.parametrize("different", [{"fix": "fix_vss_writer_restart"}, {"risk": "R9"}, {"fix": None}])
def test_1_a_role_of_unknown_risk_is_refused_though_named(different: dict[str, Any]) -> None:
    assert answer(1, change(**different), windows(), {"named": True}) == "unknown"


@pytest.mark.parametrize("different", [{"reported": False}, {"confidence": "likely"}, {"reported": False, "confidence": "likely"}, {"cause": None}])
def test_1_disruption_needs_the_code_and_a_matching_condition(different: dict[str, Any]) -> None:
    assert answer(1, change(**different), windows()) == "no"
    assert answer(1, change(**different), windows(), {"named": True}) == "yes"


def test_1_what_is_merely_possible_and_not_reported_changes_nothing() -> None:
    assert answer(1, skip_mounts(confidence="possible", reported=False), linux()) == "no"
    assert answer(1, skip_mounts(confidence="possible", reported=False), linux(), {"named": True}) == "yes"
    assert answer(1, skip_mounts(confidence="likely", reported=False), linux()) == "yes"
    assert answer(1, skip_mounts(confidence="possible", reported=True), linux()) == "yes"
    assert answer(1, skip_mounts(cause=None), linux()) == "no"


def test_1_a_role_that_a_play_names_counts_as_allowed_and_no_more() -> None:
    bare = change(code=None, cause=None, confidence=None, reported=False)
    results = decide(bare, None, read_policy({"named": True}), NOW)
    assert [result.answer for result in results[:5]] == ["yes", "yes", "unknown", "unknown", "unknown"]
    refused = refusal(results)
    assert refused and refused.name == "window"


def test_2_the_maintenance_window() -> None:
    # It is 09:05 in Madrid.
    assert answer(2, change(), None, {"window": "09:00-10:00 Europe/Madrid"}) == "yes"
    assert answer(2, change(), None, {"window": ["22:00-04:00 UTC", "09:00-10:00 Europe/Madrid"]}) == "yes"
    outside = gate(2, change(), None, {"window": ["22:00-04:00 UTC", "10:00-11:00 Europe/Madrid"]})
    assert outside.answer == "no"
    assert "22:00-04:00 UTC or 10:00-11:00 Europe/Madrid" in outside.reason
    missing = gate(2, change(), None, {"window": None})
    assert missing.answer == "unknown"
    assert "set azvm_window, or 'always'" in missing.reason
    assert answer(2, change(), None, {"window": None, "named": True}) == "unknown"
    assert answer(2, skip_mounts(), None, {"window": None}) == "yes"


def test_r1_needs_no_evidence_and_r2_does() -> None:
    assert [gate(number, skip_mounts(), None).answer for number in (2, 3, 4)] == ["yes"] * 3
    assert [gate(number, change(), None).answer for number in (3, 4)] == ["unknown"] * 2
    uncollected = linux(known={"parsed": None, "collected_at": None})
    assert refusal(decide(skip_mounts(), uncollected, R2_POLICY, NOW)) is None
    assert [gate(number, change(), {**uncollected, "os": "windows"}).answer for number in (3, 4)] == ["unknown"] * 2


@pytest.mark.parametrize("named", [[], ["domain_controller"], ["cluster_node"], ["availability_group"], [*HOST_CLASSES]])
@pytest.mark.parametrize("domain_role", [2, 3, 4, 5])
@pytest.mark.parametrize("cluster", [False, True])
@pytest.mark.parametrize("instances", [[], ["MSSQLSERVER"]])
def test_4_host_classes(named: list[str], domain_role: int, cluster: bool, instances: list[str]) -> None:
    role = {"domain_role": domain_role, "cluster": cluster, "sql_instances": instances, "product_type": 3}
    needed = {"domain_controller"} if domain_role >= 4 else set()
    needed |= {"cluster_node"} if cluster else set()
    expected = "no" if needed - set(named) else "unknown" if cluster and instances and "availability_group" not in named else "yes"
    of = windows(host_role={"data": role})
    assert answer(4, change(), of, {"allow_host_classes": named}) == expected
    assert answer(4, change(), of, {"allow_host_classes": named, "named": True}) == expected
    assert answer(4, skip_mounts(), of) == "yes"


@pytest.mark.parametrize("status", ["denied", "failed", "timeout", "absent"])
def test_4_a_role_that_is_not_known(status: str) -> None:
    assert answer(4, change(), windows(host_role=status)) == "unknown"
    assert answer(4, change(), windows(host_role={"data": "text"})) == "unknown"
    assert answer(4, change(), windows(known={"os": "plan9"})) == "unknown"
    assert answer(4, change(), linux()) == "yes"


@pytest.mark.parametrize(
    ("expected", "present", "says"),
    [
        (None, {"a": 1}, "yes"),
        (None, None, "yes"),
        ({"a": 1, "b": [2]}, {"b": [2], "a": 1}, "yes"),
        ("x", "x", "yes"),
        (False, False, "yes"),
        ({"a": 1}, {"a": 2}, "no"),
        ({"a": 1}, {"a": True}, "no"),
        (False, 0, "no"),
        ("1", 1, "no"),
        ([1, 2], [2, 1], "no"),
        ({"a": None}, {}, "no"),
        ("x", None, "unknown"),
        ({1, 2}, "x", "unknown"),
    ],
)
def test_5_the_state_that_the_plan_saw(expected: Any, present: Any, says: str) -> None:
    assert answer(5, change(expected_before=expected, before=present), None) == says


def test_5_both_values_are_shown_where_they_differ() -> None:
    assert 'was "/data" in the plan and is "/srv" now' in gate(5, change(expected_before="/data", before="/srv"), None).reason
    long = gate(5, change(expected_before="x" * 5000 + "old" + "y" * 5000, before="x" * 5000 + "new" + "y" * 5000), None).reason
    assert len(long) < 700
    assert "xold" in long and "xnew" in long
    longer = gate(5, change(expected_before=["a" * 900], before=["a" * 900, "b"]), None).reason
    assert '"b"]' in longer


def lease(run: Any, expires_at: Any) -> dict[str, Any]:
    return {"lease": {"run": run, "expires_at": expires_at}}


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ({"lease": None}, "yes"),
        (lease("run-1", ago(hours=-1)), "yes"),  # its own
        (lease("run-1", "soon"), "yes"),
        (lease("run-2", ago(hours=-1)), "no"),
        (lease("run-2", ago(seconds=-1)), "no"),
        (lease("run-2", ago(seconds=0)), "yes"),
        (lease("run-2", ago(hours=1)), "yes"),
        (lease("run-2", "soon"), "unknown"),
        (lease("run-2", ""), "unknown"),
        (lease("run-2", None), "unknown"),
        (lease("run-2", 1764000000), "unknown"),
        (lease("", ago(hours=-1)), "no"),
        ({**lease("", ago(hours=-1)), "run": ""}, "no"),
        ({"lease": {}}, "unknown"),
        ({"lease": "run-2"}, "unknown"),
    ],
)
def test_6_one_run_per_host(known: dict[str, Any], says: str) -> None:
    assert answer(6, change(), windows(known=known)) == says
    assert answer(6, skip_mounts(), linux(known=known)) == says


def test_6_taking_over_is_told() -> None:
    assert "expired at 2026-11-23T07:05:00Z, so this run takes it over" in gate(6, change(), windows(known=lease("run-2", ago(hours=1)))).reason
    assert answer(6, change(), None) == "unknown"


def failed(**different: Any) -> dict[str, Any]:
    usual = {"fix": "fix_vss_writers_restart", "target": "SqlServerWriter", "at": ago(hours=3), "status": "failed", "fingerprint": "f1"}
    return {**usual, **different}


@pytest.mark.parametrize(
    ("attempts", "says"),
    [
        ([], "yes"),
        ([failed()], "no"),
        ([failed(at=ago(hours=23.99))], "no"),
        ([failed(at=ago(hours=24))], "yes"),
        ([failed(at=ago(hours=-1))], "no"),  # by a clock that is ahead
        ([failed(fingerprint="f2")], "yes"),
        ([failed(fingerprint=None)], "no"),
        ([failed(status="done")], "yes"),
        ([failed(status="undone")], "yes"),
        ([failed(status="begun")], "unknown"),
        ([failed(at="yesterday")], "unknown"),
        ([failed(at="yesterday", fingerprint="f2")], "yes"),
        ([failed(at="yesterday"), failed()], "no"),
        ([failed(target="System Writer")], "yes"),
        ([failed(fix="fix_vss_service_restart")], "yes"),
        ([failed(status="done", at=ago(hours=1)), failed()], "no"),
        ([{}], "unknown"),
        (None, "unknown"),
    ],
)
def test_7_a_failure_is_not_repeated(attempts: Any, says: str) -> None:
    assert answer(7, change(), windows(known={"attempts": attempts})) == says


def test_7_present_evidence_without_a_fingerprint_is_as_before() -> None:
    assert answer(7, change(), windows(known={"attempts": [failed(fingerprint="f2")], "fingerprint": None})) == "no"
    assert answer(7, change(), None) == "unknown"


@pytest.mark.parametrize("key", ["parsed", "unreadable", "os", "job", "lease", "run", "attempts", "fingerprint", "collected_at"])
def test_facts_that_are_missing_refuse_a_disruptive_change(key: str) -> None:
    of: Any = windows(known={"lease": {"run": "run-2", "expires_at": ago(hours=1)}, "attempts": [failed(fingerprint="f2")]})
    assert refusal(decide(change(), of, R2_POLICY, NOW)) is None
    del of[key]
    refused = refusal(decide(change(), of, R2_POLICY, NOW))
    assert refused and refused.answer == "unknown"


leaves = st.none() | st.booleans() | st.integers() | st.sampled_from(["", "linux", "run-1", iso(COLLECTED)])
odd = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=5)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["parsed", "os", "job", "lease", "run", "attempts", "collected_at"]), odd)
def test_odd_facts_never_raise_and_parsed_ones_never_allow(key: str, value: Any) -> None:
    of: Any = {**QUIET, key: value}
    results = decide(change(), of, R2_POLICY, NOW)
    assert len(results) == len(GATES)
    if key in ("parsed", "os") or (key == "collected_at" and value != iso(COLLECTED)):
        assert refusal(results)


def test_every_reason_is_one_sentence_about_this_host() -> None:
    hosts = [None, windows(), linux(), windows(vssadmin_writers=writers("en-backup_running"), host_role="denied", processes="denied")]
    for of in hosts:
        for the_change in (change(), skip_mounts(), change(expected_before=1), change(cause=None), change(fix="fix_none")):
            for policy in ({}, OPEN, {"named": True}, {**OPEN, "window": "00:00-00:01 UTC", "vault_unknown_ok": False, "backup_start": "07:00 UTC"}):
                for moment in (NOW, NOW + timedelta(hours=5), datetime(2020, 1, 1, tzinfo=timezone.utc)):
                    for result in decide(the_change, of, read_policy(policy), moment):
                        assert result.reason.endswith(".")
                        assert not re.search(r"[.!?] [A-Z]|\n|None\b|  ", result.reason), result.reason
                        if result.answer != "yes":
                            assert "; " in result.reason, result.reason
                            assert "web01" in result.reason, result.reason

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counting, sorting and ranking."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._report import build_report
from hypothesis import given, settings
from report_hosts import META, example_fleet, finding, fix, host
from report_strategies import fleets

RANKS = ["confirmed", "likely", "possible"]


def brute_force_ranking(fleet: list[dict[str, Any]]) -> list[tuple[int, str, str, str, str, str]]:
    """Every role and cause that occurs, asked of every host anew."""
    keys = {((f["fix"] or {}).get("role", ""), f["cause_of"], f["cause"] or "") for entry in fleet for f in entry["findings"]}
    rows = []
    for key in keys:
        mine = [(entry, f) for entry in fleet for f in entry["findings"] if ((f["fix"] or {}).get("role", ""), f["cause_of"], f["cause"] or "") == key]
        names = {entry["inventory_name"] for entry, _f in mine}
        rows.append((len(names), max(f["risk"] for _e, f in mine), min((f["confidence"] for _e, f in mine), key=RANKS.index), *key))
    return sorted(rows, key=lambda row: (row[2] == "possible", -row[0], row[1], RANKS.index(row[2]), row[3:]))


@settings(max_examples=150, deadline=None)
@given(fleets())
def test_ranking_is_that_of_brute_force(fleet: list[dict[str, Any]]) -> None:
    ranked = build_report(fleet, META)["fixes"]
    told = [(len(row["hosts"]), row["risk"], row["confidence"], row["role"] or "", row["cause_of"], row["cause"] or "") for row in ranked]
    assert told == brute_force_ranking(fleet)
    for row in ranked:
        assert len(set(row["hosts"])) == len(row["hosts"]) == row["confirmed"] + row["likely"] + row["possible"]


@settings(max_examples=100, deadline=None)
@given(fleets())
def test_nothing_is_lost_and_order_of_input_is_no_matter(fleet: list[dict[str, Any]]) -> None:
    before = copy.deepcopy(fleet)
    report = build_report(fleet, META)
    assert repr(fleet) == repr(before)
    assert repr(build_report(list(reversed(fleet)), META)["hosts"]) == repr(report["hosts"])
    assert sorted(entry["inventory_name"] for entry in report["hosts"]) == sorted(entry["inventory_name"] for entry in fleet)
    assert sum(report["summary"][status] for status in ("findings", "healthy", "partly_checked", "not_checked", "not_understood")) == len(fleet)
    assert sum(report["summary"][level] for level in RANKS) == report["summary"]["findings"]
    causes = {cause["id"] for code in report["codes"] for cause in code["causes"]}
    assert {f["text"] for entry in report["hosts"] for f in entry["findings"]} == causes


def test_worst_comes_first() -> None:
    fleet = [
        host("d-healthy"),
        host("b-possible", "findings", findings=[finding(confidence="possible")]),
        host("c-partly", "partly_checked"),
        host("e-gone", "not_checked"),
        host("f-odd", "not_understood"),
        host("g-two", "findings", findings=[finding(confidence="confirmed"), finding(code="Other", confidence="confirmed")]),
        host("a-one", "findings", findings=[finding(confidence="likely"), finding(code="Other", confidence="confirmed")]),
    ]
    report = build_report(fleet, META)
    assert [entry["inventory_name"] for entry in report["hosts"]] == ["g-two", "a-one", "b-possible", "e-gone", "f-odd", "c-partly", "d-healthy"]
    assert [f["confidence"] for f in report["hosts"][1]["findings"]] == ["confirmed", "likely"]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param([("a", "R3", "likely"), ("b", "R3", "possible")], [("a", "R1", "confirmed")], id="more hosts before lower risk"),
        pytest.param([("a", "R3", "likely")], [("a", "R1", "possible"), ("b", "R1", "possible")], id="merely possible last"),
        pytest.param([("a", "R1", "likely")], [("b", "R2", "confirmed")], id="lower risk before surer"),
        pytest.param([("a", "R1", "confirmed")], [("b", "R1", "likely")], id="surer before name"),
    ],
)
def test_ranking_criteria(left: list[tuple[str, str, str]], right: list[tuple[str, str, str]]) -> None:
    entries: dict[str, dict[str, Any]] = {}
    for role, group in (("z_first", left), ("a_second", right)):
        for name, risk, confidence in group:
            entry = entries.setdefault(name, host(name, "findings"))
            entry["findings"].append(finding(cause=role, code=role, confidence=confidence, risk=risk, fix=fix(role, risk)))
    assert [row["role"] for row in build_report(entries.values(), META)["fixes"]] == ["z_first", "a_second"]


def test_a_cause_under_two_codes_counts_a_host_once() -> None:
    both = [finding(code="Reported", cause_of="Home", confidence="confirmed"), finding(code="Home", cause_of="Home", confidence="likely")]
    report = build_report([host("a", "findings", findings=both)], META)
    assert [(row["hosts"], row["codes"], row["confirmed"], row["likely"]) for row in report["fixes"]] == [(["a"], ["Home", "Reported"], 1, 0)]


def test_advice_that_depends_on_the_system_is_kept_apart() -> None:
    fleet = [
        host("lin", "findings", os="linux", findings=[finding(cause=None, cause_title=None, fix=None, advice=["Linux step."])]),
        host("win", "findings", findings=[finding(cause=None, cause_title=None, fix=None, advice=["Windows step."])]),
    ]
    report = build_report(fleet, META)
    texts = {cause["id"]: cause["advice"] for cause in report["codes"][0]["causes"]}
    assert [texts[entry["findings"][0]["text"]] for entry in report["hosts"]] == [["Linux step."], ["Windows step."]]


def test_example_fleet_counts() -> None:
    summary = build_report(example_fleet(), META)["summary"]
    assert summary == {
        "hosts": 14,
        "findings": 8,
        "not_checked": 1,
        "not_understood": 1,
        "partly_checked": 1,
        "healthy": 3,
        "confirmed": 5,
        "likely": 2,
        "possible": 1,
        "findings_total": 9,
        "not_elevated": 1,
    }

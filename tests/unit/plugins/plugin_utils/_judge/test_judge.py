# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils import _catalog_loader
from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import Catalogue
from ansible_collections.azvm.backup.plugins.plugin_utils._judge import judge, judge_or_explain
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.document import READERS

HEAD = """handles: {handles}
aliases: []
title: T {code}
phase: agent
meaning: Some meaning.
obsolete: false
links: [{{title: Link, url: 'https://learn.microsoft.com/x'}}]
"""
CAUSE = """  - id: {id}
    title: Cause {id}
    evidence: [{{expr: "{expr}", confidence: {confidence}}}]
    {extra}
    risk: {risk}
    disruption: low
    reboot: never
    advice: [Advice of {id}.]
"""


def card(folder: Path, code: str, causes: list[dict[str, str]], *, systems: str = "[linux]", more: str = "", handles: str = "[]") -> None:
    text = f"code: {code}\nos: {systems}\n" + HEAD.format(handles=handles, code=code) + more + ("causes:\n" if causes else "causes: []\n")
    for cause in causes:
        text += CAUSE.format(**{"confidence": "likely", "extra": "fix: null", "risk": "R1", **cause})
    (folder / f"{code}.yml").write_text(text)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """A few cards over sources that need no parsing, so that the rules of the judge are what is tested."""
    fix = "fix: {role: fix_waagent_conf, vars: {fix_waagent_conf_offset: parsed.time_sync.offset_seconds}}"
    card(tmp_path, "SymptomClock", [{"id": "clock_off", "expr": "parsed.time_sync.synchronized==`false`", "extra": fix, "risk": "R2"}], handles="[BT1]")
    card(
        tmp_path,
        "SymptomPython",
        [{"id": "no_python", "expr": "parsed.extension_python==`[]`", "confidence": "possible", "extra": "left_behind: true\n    fix: null"}],
    )
    card(tmp_path, "UserErrorAgent", [], more="causes_of: [SymptomClock, SymptomPython]\nadvice: [Look at the agent.]\n", handles="[C19]")
    card(tmp_path, "AzureQuota", [], systems="[]", more="advice: [Ask for quota.]\n")
    card(tmp_path, "ExtensionOnlyWindows", [{"id": "w", "expr": "parsed.services.X"}], systems="[windows]")
    return _catalog_loader.load_catalogue(tmp_path)


@pytest.fixture
def document() -> dict[str, Any]:
    """A Linux host on which every source could be read and nothing is there."""
    sources: dict[str, Any] = {name: {"status": "absent"} for name in READERS["linux"]}
    sources["time_sync"] = {"status": "ok", "data": {"synchronized": True, "services": [], "offset_seconds": 0.0}}
    sources["extension_python"] = {"status": "ok", "data": [{"name": "python3", "path": "/usr/bin/python3", "version": "3.11.2"}]}
    return {
        "schema": 1, "collected_at": "2026-11-22T08:00:00Z", "lookback_hours": 48, "collector": {"version": "1.0.0", "elevated": True, "seconds": 1.0},
        "host": {"inventory_name": "h1", "computer_name": "h1", "os": "linux", "os_name": "Debian 12", "os_version": "12", "vm_id": None},
        "sources": sources, "requested_codes": [], "job": None,
    }  # fmt: skip


def break_clock(document: dict[str, Any]) -> None:
    document["sources"]["time_sync"]["data"].update(synchronized=False, offset_seconds=99.5)


def found(verdict: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    return [(finding["code"], finding["cause"], finding["confidence"]) for finding in verdict["findings"]]


def test_a_host_with_nothing_wrong_is_healthy(document: dict[str, Any], catalogue: Catalogue) -> None:
    verdict = judge(document, catalogue)
    assert (verdict["status"], verdict["findings"], verdict["unchecked"]) == ("healthy", [], [])


def test_a_condition_is_a_candidate_with_its_proof_and_fix(document: dict[str, Any], catalogue: Catalogue) -> None:
    break_clock(document)
    [finding] = judge(document, catalogue)["findings"]
    assert (finding["code"], finding["confidence"], finding["reported"], finding["handles"]) == ("SymptomClock", "likely", False, ["BT1"])
    assert finding["evidence"] == [{"source": "time_sync", "path": "parsed.time_sync.synchronized==`false`", "value": True}]
    assert finding["fix"]["role"] == "fix_waagent_conf"
    assert finding["fix"]["vars"] == {"fix_waagent_conf_offset": 99.5}
    assert finding["may_explain"] == ["UserErrorAgent"]


def test_a_reported_code_confirms_the_condition_and_tells_it_once(document: dict[str, Any], catalogue: Catalogue) -> None:
    break_clock(document)
    document["requested_codes"] = ["usererroragent"]
    verdict = judge(document, catalogue)
    assert found(verdict) == [("UserErrorAgent", "clock_off", "confirmed")]
    assert verdict["findings"][0]["handles"] == ["C19", "BT1"]


def test_two_causes_are_two_findings(document: dict[str, Any], catalogue: Catalogue) -> None:
    break_clock(document)
    document["sources"]["extension_python"]["data"] = []
    assert found(judge(document, catalogue)) == [("SymptomClock", "clock_off", "likely"), ("SymptomPython", "no_python", "possible")]


def test_a_reported_code_that_the_host_does_not_show_is_contradicted_and_fixes_nothing(document: dict[str, Any], catalogue: Catalogue) -> None:
    document["requested_codes"] = ["UserErrorAgent"]
    [finding] = judge(document, catalogue)["findings"]
    assert (finding["cause"], finding["fix"], finding["advice"]) == (None, None, ["Look at the agent."])
    assert [item["source"] for item in finding["contradicts"]] == ["time_sync", "extension_python"]


def test_what_could_not_be_read_contradicts_nothing(document: dict[str, Any], catalogue: Catalogue) -> None:
    document["requested_codes"] = ["UserErrorAgent"]
    document["sources"]["time_sync"] = {"status": "denied", "error": "EACCES"}
    verdict = judge(document, catalogue)
    assert verdict["findings"][0]["contradicts"] == []
    assert any("time_sync could not be read" in note for note in verdict["notes"])
    assert {"source": "time_sync", "status": "denied", "reason": "EACCES", "codes": ["SymptomClock"]} in verdict["unchecked"]


@pytest.mark.parametrize("status", ["denied", "timeout", "failed", "something new"])
def test_a_host_with_an_unread_source_is_never_healthy(document: dict[str, Any], catalogue: Catalogue, status: str) -> None:
    document["sources"]["time_sync"] = {"status": status}
    assert judge(document, catalogue)["status"] == "partly_checked"


def test_a_source_that_is_missing_or_odd_is_never_healthy(document: dict[str, Any], catalogue: Catalogue) -> None:
    changed = copy.deepcopy(document)
    del changed["sources"]["time_sync"]
    assert judge(changed, catalogue)["status"] == "partly_checked"
    document["sources"]["extension_log"] = {"status": "ok", "text": 7}
    verdict = judge(document, catalogue)
    assert verdict["status"] == "partly_checked"
    assert verdict["unchecked"][0]["status"] == "not_understood"


def test_the_codes_of_the_job_win_over_those_of_the_user(document: dict[str, Any], catalogue: Catalogue) -> None:
    document["requested_codes"] = ["SymptomPython"]
    document["job"] = {"codes": ["UserErrorAgent"], "status": "failed", "started_at": None, "ended_at": None}
    verdict = judge(document, catalogue)
    assert [finding["code"] for finding in verdict["findings"]] == ["UserErrorAgent"]
    assert "SymptomPython was not used" in verdict["notes"][0]


def test_what_an_old_failure_left_behind_is_no_finding_after_a_good_backup(document: dict[str, Any], catalogue: Catalogue) -> None:
    document["sources"]["extension_python"]["data"] = []
    document["job"] = {"codes": [], "status": "completed", "started_at": "2026-11-22T01:00:00Z", "ended_at": "2026-11-22T01:30:00Z"}
    verdict = judge(document, catalogue)
    assert verdict["findings"] == []
    assert "Cause no_python (SymptomPython): not a finding" in verdict["notes"][0]
    break_clock(document)  # a condition that no backup leaves behind stays one
    assert found(judge(document, catalogue)) == [("SymptomClock", "clock_off", "likely")]


def test_what_is_normal_on_many_hosts_is_a_note_until_the_code_is_reported(document: dict[str, Any], tmp_path: Path) -> None:
    cause = {"id": "no_python", "expr": "parsed.extension_python==`[]`", "confidence": "possible", "extra": "common: true\n    fix: null"}
    card(tmp_path, "SymptomPython", [cause])
    catalogue = _catalog_loader.load_catalogue(tmp_path)
    document["sources"]["extension_python"]["data"] = []
    verdict = judge(document, catalogue)
    assert (verdict["status"], verdict["findings"]) == ("healthy", [])
    assert "normal on many hosts" in verdict["notes"][0]
    document["requested_codes"] = ["SymptomPython"]
    assert found(judge(document, catalogue)) == [("SymptomPython", "no_python", "confirmed")]


def test_a_code_of_azure_alone_gives_its_advice_and_no_contradiction(document: dict[str, Any], catalogue: Catalogue) -> None:
    document["requested_codes"] = ["AzureQuota"]
    [finding] = judge(document, catalogue)["findings"]
    assert (finding["confidence"], finding["contradicts"], finding["advice"], finding["risk"]) == ("confirmed", [], ["Ask for quota."], "R4")


def test_a_code_of_another_system_is_a_note(document: dict[str, Any], catalogue: Catalogue) -> None:
    document["requested_codes"] = ["ExtensionOnlyWindows"]
    verdict = judge(document, catalogue)
    assert verdict["findings"] == []
    assert "code of windows and this host runs linux" in verdict["notes"][0]


def test_an_unknown_code_names_the_nearest(document: dict[str, Any], catalogue: Catalogue) -> None:
    document["requested_codes"] = ["UserErorAgent"]
    assert judge(document, catalogue)["unknown_codes"] == [{"code": "UserErorAgent", "nearest": ["UserErrorAgent"]}]


def test_a_host_that_gave_no_evidence_is_not_checked(document: dict[str, Any], catalogue: Catalogue) -> None:
    document.update(sources={}, collected_at=None, not_checked={"reason": "unreachable", "detail": "No route"})
    document["host"]["os"] = None
    verdict = judge(document, catalogue)
    assert (verdict["status"], verdict["reason"]) == ("not_checked", "unreachable: No route")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema 2"),
        ({"host": {"os": "plan9"}}, "plan9"),
        ({"collected_at": "yesterday"}, "collected_at"),
        ({"sources": []}, "objects"),
    ],
)
def test_a_document_of_another_shape_is_not_understood(document: dict[str, Any], catalogue: Catalogue, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ParseError, match=message):
        judge({**document, **change}, catalogue)
    verdict = judge_or_explain("h1", {**document, **change}, catalogue)
    assert verdict["status"] == "not_understood"
    assert message in verdict["reason"]


def test_the_same_document_gives_the_same_verdict_and_stays_as_it_was(document: dict[str, Any], catalogue: Catalogue) -> None:
    break_clock(document)
    before = json.dumps(document, sort_keys=True)
    first, second = judge(document, catalogue), judge(json.loads(before), catalogue)
    assert json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert json.dumps(document, sort_keys=True) == before


def test_an_event_log_that_was_refused_is_not_a_log_without_events(document: dict[str, Any], tmp_path: Path) -> None:
    document["host"]["os"] = "windows"
    rows = [{"log": "System", "status": "ok"}, {"log": "Security", "status": "denied", "error": "access is denied"}, {"log": "Other", "status": "absent"}]
    document["sources"] = {name: {"status": "absent"} for name in READERS["windows"]}
    document["sources"]["events"] = {"status": "ok", "text": "<Events></Events>", "data": rows, "truncated": False}
    verdict = judge(document, _catalog_loader.load_catalogue(tmp_path))
    assert verdict["status"] == "partly_checked"
    assert [(item["source"], item["status"], item["reason"]) for item in verdict["unchecked"]] == [("events", "denied", "the log Security: access is denied")]

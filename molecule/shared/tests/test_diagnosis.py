# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Diagnosis found on each host what was broken there, and nothing that was not."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import load_catalogue
from ansible_collections.azvm.backup.plugins.plugin_utils._judge import judge


def told(verdict: dict[str, Any]) -> dict[tuple[str, str | None], str]:
    return {(finding["code"], finding["cause"]): finding["confidence"] for finding in verdict["findings"]}


def test_every_fault_is_found_with_its_confidence(variables: dict[str, Any], verdict: dict[str, Any]) -> None:
    found = told(verdict)
    wanted = {(item["code"], item["cause"]): item["confidence"] for item in variables["expect"]}
    assert {key: found.get(key) for key in wanted} == wanted, found


def test_nothing_else_is_found(variables: dict[str, Any], verdict: dict[str, Any]) -> None:
    known = {item["code"] for item in variables["expect"]} | set(variables.get("tolerate", []))
    assert {code for code, _cause in told(verdict)} - known == set()


def test_sources_that_could_not_be_read_are_named(variables: dict[str, Any], verdict: dict[str, Any]) -> None:
    unchecked = {item["source"]: item["status"] for item in verdict["unchecked"]}
    wanted = variables.get("unchecked", {})
    assert {source: unchecked.get(source) for source in wanted} == wanted, unchecked
    if "status" in variables:
        assert verdict["status"] == variables["status"], unchecked


def test_a_reported_code_is_confirmed_by_the_same_evidence(variables: dict[str, Any], document: dict[str, Any]) -> None:
    for code, cause in variables.get("reported", {}).items():
        found = told(judge({**document, "requested_codes": [code]}, load_catalogue()))
        assert found.get((code, cause)) == "confirmed", found


def test_saved_evidence_gives_the_same_findings_as_the_live_run(document: dict[str, Any], verdict: dict[str, Any]) -> None:
    again = json.loads(json.dumps(judge(document, load_catalogue())))
    assert json.dumps(again["findings"], sort_keys=True) == json.dumps(verdict["findings"], sort_keys=True)
    assert again["unchecked"] == verdict["unchecked"]

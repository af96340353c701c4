# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Diagnosis found on each host what was broken there, and nothing that was not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import load_catalogue
from ansible_collections.azvm.backup.plugins.plugin_utils._fleet import judge_fleet
from ansible_collections.azvm.backup.plugins.plugin_utils._judge import judge
from ansible_collections.azvm.backup.plugins.plugin_utils._report import build_report, render_all

EVIDENCE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "evidence"


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


def test_saved_evidence_gives_the_same_report_as_the_live_run(report: dict[str, Any], tmp_path: Path) -> None:
    """Byte for byte, but for the time of the report."""
    verdicts = judge_fleet(load_catalogue(), documents=[], files=[], folder=EVIDENCE, expected=[], codes=[])
    written = render_all(build_report(verdicts, {key: report[key] for key in ("generated_at", "collection_version", "title")}), tmp_path, ["json"])
    assert json.loads(written["json"].read_text())["hosts"] == report["hosts"]

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import load_catalogue
from ansible_collections.azvm.backup.plugins.plugin_utils._fleet import failing, judge_fleet
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError


def document(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "schema": 1, "collected_at": "2026-11-22T08:00:00Z", "lookback_hours": 48, "collector": {"version": "1", "elevated": True, "seconds": 1},
        "host": {"inventory_name": name, "computer_name": name, "os": "linux", "os_name": "Debian", "os_version": "12", "vm_id": None},
        "sources": {}, "requested_codes": [], "job": None, **changes,
    }  # fmt: skip


def judge(**arguments: Any) -> dict[str, dict[str, Any]]:
    given = {"documents": [], "files": [], "folder": None, "expected": [], "codes": [], **arguments}
    return {verdict["inventory_name"]: verdict for verdict in judge_fleet(load_catalogue(), **given)}


def test_a_broken_file_is_a_host_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(json.dumps(document("good")))
    (tmp_path / "broken.json").write_text('{"schema": 1,\n "host": }')
    (tmp_path / "old.json").write_text(json.dumps(document("old", schema=0)))
    (tmp_path / "latin.json").write_bytes(b'{"schema": "\xff"}')
    (tmp_path / "other.json").write_text("[1, 2]")
    verdicts = judge(folder=tmp_path)
    assert {name: verdict["status"] for name, verdict in verdicts.items()} == {
        "broken": "not_understood", "good": "partly_checked", "latin": "not_understood", "old": "not_understood", "other": "not_understood",
    }  # fmt: skip
    assert "line 2, column 10" in verdicts["broken"]["reason"]
    assert "byte 12" in verdicts["latin"]["reason"]


def test_a_name_with_a_slash_survives_its_file_name(tmp_path: Path) -> None:
    (tmp_path / "rack%2F1.json").write_text("{")
    assert list(judge(folder=tmp_path)) == ["rack/1"]


def test_a_host_without_a_document_is_not_checked() -> None:
    verdicts = judge(documents=[document("a")], expected=["a", "b"])
    assert verdicts["b"]["status"] == "not_checked"
    assert verdicts["a"]["status"] == "partly_checked"


def test_codes_replace_those_of_the_document() -> None:
    verdicts = judge(documents=[document("a", requested_codes=["AzureVmOffline"])], codes=["UserErrorFsFreezeFailed"])
    assert verdicts["a"]["requested_codes"] == ["UserErrorFsFreezeFailed"]
    assert [finding["code"] for finding in verdicts["a"]["findings"]] == ["UserErrorFsFreezeFailed"]


def test_a_folder_with_nothing_to_judge_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="holds no evidence document"):
        judge(folder=tmp_path)
    with pytest.raises(ParseError, match="is no folder"):
        judge(folder=tmp_path / "missing")


def test_what_fails_a_run_is_counted() -> None:
    verdicts = list(judge(documents=[document("a", requested_codes=["UserErrorFsFreezeFailed"])], expected=["b", "c"]).values())
    assert failing(verdicts, ["not_checked", "confirmed", "likely"]) == ["2 hosts not checked", "1 host with confirmed findings"]
    assert failing(verdicts, []) == []

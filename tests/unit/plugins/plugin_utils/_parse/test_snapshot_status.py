# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.snapshot_status import parse_snapshot_status
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[5]
CORPUS = ROOT / "tests" / "fixtures" / "snapshot_status"
SAMPLES = ROOT.parent / "shared" / "samples"


def case(name: str) -> str:
    return (CORPUS / f"VMSnapshotLinux-1.0.9225.0-ubuntu22.04-en-{name}.json").read_text("utf-8")


def changed(name: str, change: Any) -> str:
    """The file with change(outer status, inner status) done."""
    outer = json.loads(case(name))
    part = outer[0]["status"]["substatus"][-1]
    inner = json.loads(part["name"])
    change(outer[0]["status"], inner[0]["status"])
    if part in outer[0]["status"]["substatus"]:
        part["name"] = json.dumps(inner)
    return json.dumps(outer)


@pytest.mark.parametrize(
    ("name", "status", "code", "consistency", "health"),
    [
        ("success", "success", 1, "file_system", "green"),
        ("app_consistent", "success", 0, "application", "green"),
        ("crash_consistent", "success", 1, "crash", "green"),
        ("began_only", "transitioning", 4, "none", "green"),
        ("freeze_failed", "error", 121, "none", "yellow"),
        ("no_inner", "error", 121, "none", None),
    ],
)
def test_the_inner_report_is_the_truth(name: str, status: str, code: int, consistency: str, health: str | None) -> None:
    report = parse_snapshot_status(case(name))
    assert (report["status"], report["code"], report["consistency"], report["health"]) == (status, code, consistency, health)
    assert report["outer_status"] == "success"
    assert report["operation"] == "Enable"
    assert report["task_id"] == "task-7"


def test_message_and_time_of_the_innermost_report() -> None:
    report = parse_snapshot_status(case("freeze_failed"))
    assert (report["message"], report["at"], report["code_name"]) == (
        "T:S Enable failed, with a comma",
        "2026-11-22T01:02:03Z",
        "FailedRetryableFsFreezeFailed",
    )
    assert report["problems"] == []


def test_without_inner_report_the_forced_success_is_not_believed() -> None:
    report = parse_snapshot_status(case("no_inner"))
    assert (report["status"], report["problems"], report["at"]) == ("error", ["inner_report_missing"], "2026-11-22T01:02:04Z")


def test_a_damaged_inner_report() -> None:
    def damage(outer: dict[str, Any], _inner: dict[str, Any]) -> None:
        outer["substatus"] = [{"name": "[{ cut"}]

    report = parse_snapshot_status(changed("freeze_failed", damage))
    assert (report["status"], report["problems"]) == ("error", ["inner_report_not_understood"])


@pytest.mark.parametrize("code", [121, "121"])
def test_codes_are_text_or_numbers(code: Any) -> None:
    assert parse_snapshot_status(changed("freeze_failed", lambda _outer, inner: inner.update(code=code)))["code"] == 121


@pytest.mark.parametrize("code", [None, True, "x", 1.5, []])
def test_an_error_without_a_code_has_that_of_the_health(code: Any) -> None:
    report = parse_snapshot_status(changed("freeze_failed", lambda _outer, inner: inner.update(code=code)))
    assert (report["status"], report["code"]) == ("error", 121)


def test_zero_is_a_code() -> None:
    assert parse_snapshot_status(case("app_consistent"))["code_name"] == "success_appconsistent"


@pytest.mark.parametrize("status", ["warning", None, 7])
def test_a_status_that_is_not_known(status: Any) -> None:
    report = parse_snapshot_status(changed("success", lambda _outer, inner: inner.update(status=status)))
    assert (report["status"], report["problems"], report["consistency"]) == (None, ["status_unknown"], "none")


def test_the_error_code_of_the_telemetry_is_a_colour() -> None:
    def change(_outer: dict[str, Any], inner: dict[str, Any]) -> None:
        inner.update(vmHealthInfo=None, telemetryData=[{"Key": "extErrorCode", "Value": "256"}])

    report = parse_snapshot_status(changed("freeze_failed", change))
    assert (report["health"], report["code"]) == ("red", 121)


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        ("/Date(1795309323000)/", "2026-11-22T01:02:03Z"),
        ("\\/Date(1795309323000)\\/", "2026-11-22T01:02:03Z"),
        ("/Date(999999999999999)/", "2026-11-22T01:02:04Z"),
        ("yesterday", "2026-11-22T01:02:04Z"),
        (5, "2026-11-22T01:02:04Z"),
    ],
)
def test_times(stamp: Any, at: str) -> None:
    outer = json.loads(case("success"))
    inner = json.loads(outer[0]["status"]["substatus"][0]["name"])
    inner[0]["timestampUTC"] = stamp
    outer[0]["status"]["substatus"][0]["name"] = json.dumps(inner)
    assert parse_snapshot_status(json.dumps(outer))["at"] == at


@pytest.mark.parametrize("code", [0, 1, 4, 400])
def test_codes_of_windows_have_no_name_and_change_nothing(code: int) -> None:
    windows = [{"status": {"name": "Microsoft.Azure.RecoveryServices.VMSnapshot", "operation": "Enable", "status": "success", "code": code}}]
    report = parse_snapshot_status(json.dumps(windows))
    assert (report["status"], report["code"], report["code_name"], report["consistency"]) == ("success", code, None, None)


@pytest.mark.parametrize("name", ["success", "app_consistent", "crash_consistent", "freeze_failed", "began_only"])
def test_a_file_that_was_cut_anywhere_is_refused_with_its_position(name: str) -> None:
    text = case(name)
    for end in range(len(text)):
        with pytest.raises(ParseError, match=r"line \d+, column \d+"):
            parse_snapshot_status(text[:end])


@pytest.mark.parametrize("text", ["[]", "{}", "null", "7", '"x"', '[{"status": "success"}]', "[[]]", '{"statusX": {}}'])
def test_json_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="no status file"):
        parse_snapshot_status(text)


def test_deep_json_is_refused() -> None:
    with pytest.raises(ParseError):
        parse_snapshot_status("[" * 200_000)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part)
    )
)
def test_any_value_in_any_place_is_read_or_refused(value: Any) -> None:
    def put(key: str) -> str:
        return changed("freeze_failed", lambda _outer, inner: inner.update({key: value}))

    for key in ("code", "formattedMessage", "vmHealthInfo", "telemetryData", "operation", "name", "taskId"):
        assert parse_snapshot_status(put(key))["status"] == "error"
    assert parse_snapshot_status(put("status"))["status"] in ("error", None)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not here")
def test_recorded_files() -> None:
    report = parse_snapshot_status((SAMPLES / "vmsnapshotlinux-status-nested-json-waagent.json").read_bytes())
    assert (report["status"], report["code"], report["consistency"], report["at"]) == ("success", 1, "file_system", "2019-06-06T23:52:59Z")
    with pytest.raises(ParseError, match="line 37, column 1"):
        parse_snapshot_status((SAMPLES / "vmsnapshotlinux-status-invalid-json-waagent.json").read_bytes())

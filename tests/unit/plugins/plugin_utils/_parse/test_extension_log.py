# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._extension_codes import code_names, outcome, signature_ids
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.extension_log import parse_extension_log
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[5]
CORPUS = ROOT / "tests" / "fixtures" / "extension_log"
HANDLER = "[Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9225.0]"


def case(name: str) -> bytes:
    [path] = CORPUS.glob(f"VMSnapshotLinux-1.0.9225.0-ubuntu22.04-en-{name}.*")  # .bin where it is no UTF-8 text
    return path.read_bytes()


def last(source: str | bytes) -> dict[str, Any]:
    run: dict[str, Any] = parse_extension_log(source)["last_run"]
    return run


def line(message: str, clock: str = "01:00:00") -> str:
    return f"2026-11-22 {clock}.123456 {HANDLER}{message}\n"


@pytest.mark.parametrize(
    ("name", "runs", "result", "code"),
    [
        ("success", 1, "success", 1),
        ("app_consistent", 1, "success", 0),
        ("freeze_failed", 1, "error", 121),
        ("failed_then_success", 2, "success", 1),
        ("success_then_failed", 2, "error", 121),
        ("began_only", 1, "transitioning", 4),
        ("traceback", 1, "error", 2),
        ("enabled_again", 1, "success", 1),
        ("disabled_while_running", 1, "transitioning", 4),
        ("latin1_crlf", 1, "error", 123),
    ],
)
def test_how_the_last_run_ended(name: str, runs: int, result: str, code: int) -> None:
    log = parse_extension_log(case(name))
    assert (log["runs"], log["last_run"]["outcome"], log["last_run"]["code"]) == (runs, result, code)
    assert log["last_run"]["code_name"] == code_names()[code]


def test_signatures_of_a_failed_freeze_with_mount_and_error() -> None:
    found = {(item["id"], item["path"]): item for item in last(case("freeze_failed"))["signatures"]}
    assert set(found) == {("freeze_failed", "/data"), ("freeze_failed", None), ("thaw_failed", "/data")}
    assert found["freeze_failed", "/data"]["error"] == "Device or resource busy"
    assert found["thaw_failed", "/data"]["error"] == "Invalid argument"
    assert found["freeze_failed", "/data"]["at"] == "2026-11-22T01:00:14Z"


def test_an_old_failure_leaves_no_signature_after_a_success() -> None:
    assert last(case("failed_then_success"))["signatures"] == []


def test_times_are_those_of_the_run_although_freeze_lines_are_written_late() -> None:
    run = last(case("freeze_failed"))
    assert (run["started_at"], run["ended_at"]) == ("2026-11-22T01:00:04Z", "2026-11-22T01:01:20Z")


def test_a_message_of_several_lines_with_commas() -> None:
    assert last(case("traceback"))["message"] == "Enable failed.first line, with a comma\nsecond line"


def test_bytes_that_are_not_utf8_and_a_path_with_a_blank() -> None:
    item = next(item for item in last(case("latin1_crlf"))["signatures"] if item["path"])
    assert (item["id"], item["path"], item["error"]) == ("open_failed", "/mnt/a b", "Permission denied")


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n"])
def test_an_empty_log_has_no_run(text: str) -> None:
    assert parse_extension_log(text) == {"runs": 0, "last_run": None, "unparsed_lines": 0}


@pytest.mark.parametrize("text", ["hello\n", "{}", "[SnapshotThread]\nMountsToSkip=/a\n", "\x00\x01\x02\xff"])
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match=r"no extension\.log"):
        parse_extension_log(text)


@pytest.mark.parametrize("path", ["extension_log/waagent-2.2.20-ubuntu16.04-en-wrong_tool.txt", "waagent_log/waagent-2.15.0.1-ubuntu22.04-en-enable_fails.txt"])
def test_the_log_of_the_agent_is_refused(path: str) -> None:
    with pytest.raises(ParseError):
        parse_extension_log((ROOT / "tests" / "fixtures" / path).read_bytes())


def test_a_log_that_begins_in_the_middle_of_a_run() -> None:
    whole = case("freeze_failed")
    run = last(whole[whole.index(b"starting daemon") - 100 :])
    assert (run["outcome"], run["code"]) == ("error", 121)


def test_only_runs_without_anything_to_do() -> None:
    text = line("starting enable") + line("the sequence number are same, so skip, current:3== last:3")
    assert parse_extension_log(text)["runs"] == 0
    assert parse_extension_log(text)["last_run"] is None


def test_a_time_that_does_not_exist_is_no_time() -> None:
    run = last(line("starting enable").replace("-11-22", "-13-45"))
    assert (run["started_at"], run["ended_at"], run["outcome"]) == (None, None, "unknown")


@pytest.mark.parametrize("rest", ["", line("file status report message:"), line("Disable,success,0,Disable Succeeded,True")])
def test_an_error_report_counts_without_its_end_and_a_success_does_not(rest: str) -> None:
    begin = line("starting enable") + line("Enable,success,4,Transitioning state in extension,False")
    assert last(begin + line("Enable,error,121,freeze failed").rstrip() + "\n" + rest)["outcome"] == "error"
    assert last(begin + line("Enable,success,1,done").rstrip() + "\n" + rest)["outcome"] == "transitioning"


# What is worse never becomes success: cut everywhere.
@pytest.mark.parametrize("name", ["freeze_failed", "success_then_failed", "began_only", "traceback", "disabled_while_running", "latin1_crlf"])
def test_cutting_the_end_never_gives_success(name: str) -> None:
    whole = case(name)
    begin = whole.rindex(b"]starting enable")
    first = whole.rfind(b"\n", 0, begin) + 1
    for end in range(first + 1, len(whole)):
        try:
            run = last(whole[:end])
        except ParseError:
            assert first == 0, "only what is less than one line is refused"
            continue
        assert run["outcome"] != "success", whole[first:end][-80:]


@pytest.mark.parametrize("name", ["freeze_failed", "success_then_failed", "traceback", "latin1_crlf"])
def test_cutting_the_beginning_never_gives_success(name: str) -> None:
    whole = case(name)
    for start in range(len(whole)):
        try:
            run = parse_extension_log(whole[start:])["last_run"]
        except ParseError:
            continue
        assert run is None or run["outcome"] != "success", whole[start : start + 80]


@given(st.data())
def test_damaging_a_failed_run_never_gives_success(data: st.DataObject) -> None:
    whole = bytearray(case("freeze_failed"))
    for _number in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        run = parse_extension_log(bytes(whole))["last_run"]
    except ParseError:
        return
    assert run is None or run["outcome"] != "success"


@given(st.binary(max_size=300))
def test_anything_is_read_or_refused(data: bytes) -> None:
    try:
        assert parse_extension_log(data)["runs"] >= 0
    except ParseError as error:
        assert str(error)


def test_every_signature_of_the_evidence_document_is_found_by_each_of_its_literals() -> None:
    text = (ROOT / "docs" / "evidence.md").read_text("utf-8")
    named = re.findall(r"`(\w+)`", text[text.index("Log signatures (") : text.index("`code_name` is")].partition("):")[2])
    assert set(signature_ids().values()) == set(named)
    for literal, name in signature_ids().items():
        run = last(line("starting enable") + line(f"T:S {literal} something"))
        assert name in [item["id"] for item in run["signatures"]], literal


def test_code_names_are_unique_and_of_numbers() -> None:
    path = ROOT / "plugins" / "plugin_utils" / "_parse" / "_extension_codes.yml"
    rows = yaml.safe_load(path.read_text("utf-8"))
    assert len(set(rows.values())) == len(rows) == len(re.findall(r"(?m)^\d+: ", path.read_text("utf-8")))
    assert rows[121] == "FailedRetryableFsFreezeFailed"


@pytest.mark.parametrize(
    ("status", "code", "result"),
    [
        ("success", 0, "success"),
        ("success", 1, "success"),
        ("success", 4, "transitioning"),
        ("success", 121, "error"),
        ("error", 1, "error"),
        ("success", None, "success"),
    ],
)
def test_the_code_decides_what_success_means(status: str, code: int | None, result: str) -> None:
    assert outcome(status, code) == result


def test_speed() -> None:
    text = case("failed_then_success").decode()
    parse_extension_log(text)
    seconds = min(_timed(text) for _number in range(20))
    assert seconds < 0.003  # 0.2 ms here; the margin is for slow machines


def _timed(text: str) -> float:
    start = time.perf_counter()
    parse_extension_log(text)
    return time.perf_counter() - start

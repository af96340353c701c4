# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.waagent_log import parse_waagent_log
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.waagent_version import parse_waagent_version
from hypothesis import given
from hypothesis import strategies as st

CORPUS = Path(__file__).resolve().parents[5] / "tests" / "fixtures"
LOG = (CORPUS / "waagent_log" / "waagent-2.15.0.1-ubuntu22.04-en-enable_fails.txt").read_text("utf-8")
OLD = (CORPUS / "waagent_log" / "waagent-2.2.20-centos7-en-old_layout.txt").read_text("utf-8")
VERSION = (CORPUS / "waagent_version" / "waagent-2.7.3.0-debian12-en-installed.txt").read_text("utf-8")


def test_versions() -> None:
    assert parse_waagent_version(VERSION) == {
        "package_version": "2.7.3.0",
        "os": "debian 12",
        "python_version": "3.11.2",
        "goal_state_version": "2.15.0.1",
    }


def test_an_old_agent_tells_no_goal_state_version() -> None:
    text = (CORPUS / "waagent_version" / "waagent-2.2.14-centos7-en-no_goal_state.txt").read_bytes()
    assert parse_waagent_version(text)["goal_state_version"] is None


def test_line_ends_of_windows_do_not_matter() -> None:
    assert parse_waagent_version(VERSION.replace("\n", "\r\n").encode("utf-16")) == parse_waagent_version(VERSION)


@pytest.mark.parametrize("text", ["", "\n", "bash: waagent: command not found\n", LOG, "WALinuxAgent-"])
def test_other_output_is_no_version(text: str) -> None:
    with pytest.raises(ParseError, match="waagent --version"):
        parse_waagent_version(text)


def test_a_cut_version_is_never_a_whole_one() -> None:
    whole = parse_waagent_version(VERSION)
    for end in range(len(VERSION) - 1):
        try:
            part = parse_waagent_version(VERSION[:end])
        except ParseError:
            continue
        assert part["goal_state_version"] is None or whole["goal_state_version"].startswith(part["goal_state_version"])


def test_the_new_layout() -> None:
    log = parse_waagent_log(LOG)
    assert (log["entries"], log["last_at"], log["no_route_to_wireserver"]) == (6, "2026-11-22T01:00:05.000000Z", True)
    assert [entry["level"] for entry in log["errors"]] == ["error", "warning"]
    failed = [event for event in log["extension_events"] if event["ok"] is False]
    assert [(event["event"], event["version"]) for event in failed] == [("enable", "1.0.9225.0")]
    assert failed[0]["message"].startswith("[ExtensionOperationError] Non-zero exit code: 3")


def test_the_old_layout() -> None:
    log = parse_waagent_log(OLD)
    assert log["entries"] == 2
    assert [(event["event"], event["ok"], event["version"]) for event in log["extension_events"]] == [("install", False, None)]


def test_an_empty_log_and_another_file() -> None:
    assert parse_waagent_log("") == {"entries": 0, "errors": [], "extension_events": [], "no_route_to_wireserver": False, "last_at": None}
    for text in ("[SnapshotThread]\n", "hello", VERSION):
        with pytest.raises(ParseError, match=r"no waagent\.log"):
            parse_waagent_log(text)


def test_cutting_takes_away_whole_errors_at_most() -> None:
    known = [entry["message"] for entry in parse_waagent_log(LOG)["errors"]]
    for end in range(1, len(LOG)):
        try:
            part = parse_waagent_log(LOG[:end])["errors"]
        except ParseError:
            continue
        assert all(whole.startswith(entry["message"]) for whole, entry in zip(known, part, strict=False))


@given(st.binary(max_size=200))
def test_anything_is_read_or_refused(data: bytes) -> None:
    for parser in (parse_waagent_log, parse_waagent_version):
        try:
            parser(data)
        except ParseError as error:
            assert str(error)

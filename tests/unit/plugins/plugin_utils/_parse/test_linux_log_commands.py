# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands of the agent around a backup: they write into the same logs and must change neither its verdict nor its time."""

from __future__ import annotations

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.extension_log import parse_extension_log
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.waagent_log import parse_waagent_log

HANDLER = "Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9225.0"
BEGUN = "Enable,success,4,Transitioning state in extension,False"
FAILED = "Enable,error,121,T:S Enable failed with error: freeze failed for some mount StatusCode.FailedRetryableFsFreezeFailed,,True"
ENABLE = ["try_parse_context : Sequence Number received -1", "current seq no is 5", "starting enable"]
SAME = "the sequence number are same, so skip, current:5== last:5"


def entries(day: str, *messages: str, stamp: str = "-") -> list[str]:
    date = day.replace("-", stamp)
    return [f"{date} 03:00:{second:02d}.100000 [{HANDLER}]{message}" for second, message in enumerate(messages)]


def read(*lines: str) -> dict[str, object]:
    return parse_extension_log("\n".join(lines) + "\n")["last_run"] or {}


@pytest.mark.parametrize(
    "later",
    [
        [*ENABLE, SAME, "removing the protected settings"],
        [*ENABLE, "TaskId is same as last, so skip with Processed Status, current:a== last:a"],
        ["try_parse_context : Sequence Number received -1", "Update,success,0,Update Succeeded,True"],
        ["try_parse_context : Sequence Number received -1", "Disable,success,0,Disable Succeeded,True"],
        ["try_parse_context : Sequence Number received -1"],
    ],
)
def test_a_later_command_does_not_make_an_old_run_new(later: list[str]) -> None:
    run = read(*entries("2026-11-01", *ENABLE, BEGUN, FAILED), *entries("2026-11-22", *later))
    assert (run["outcome"], run["code"], run["ended_at"]) == ("error", 121, "2026-11-01T03:00:04Z")


def test_a_later_command_does_not_make_an_old_success_new() -> None:
    run = read(*entries("2026-11-01", *ENABLE, BEGUN, "Enable,success,1,,True"), *entries("2026-11-22", *ENABLE, SAME))
    assert (run["outcome"], run["ended_at"]) == ("success", "2026-11-01T03:00:04Z")


def test_a_snapshot_that_outlives_an_enable_without_effect_keeps_its_verdict() -> None:
    """The agent may restart while the extension, a process of its own, takes the snapshot."""
    run = read(*entries("2026-11-22", *ENABLE, BEGUN), *entries("2026-11-22", *ENABLE, SAME, FAILED))
    assert (run["outcome"], run["code"]) == ("error", 121)


def test_a_run_that_only_began_is_no_success() -> None:
    assert read(*entries("2026-11-22", *ENABLE, BEGUN))["outcome"] == "transitioning"


def test_the_layout_of_python_2() -> None:
    run = read(*(line.replace(".100000", "") for line in entries("2026-11-22", *ENABLE, BEGUN, FAILED, stamp="/")))
    assert (run["outcome"], run["started_at"], run["ended_at"]) == ("error", "2026-11-22T03:00:02Z", "2026-11-22T03:00:04Z")


def events(*messages: str, level: str = "INFO") -> list[tuple[str, bool | None]]:
    text = "".join(f"2026-11-22T03:00:{second:02d}.123456Z {level} ExtHandler {message}\n" for second, message in enumerate(messages))
    return [(event["event"], event["ok"]) for event in parse_waagent_log(text)["extension_events"]]


@pytest.mark.parametrize(
    "text",
    [
        "Target handler state: enabled [incarnation_5]",
        "[Enable] current handler state is: enabled",
        "Requested extension state: enabled",
        "Update settings file: 5.settings",
        "Downloading the package failed at the first address, another one is tried",
    ],
)
def test_a_wanted_or_earlier_state_is_no_event(text: str) -> None:
    assert events(f"[{HANDLER}] {text}") == []


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("Enable extension: [main/handle.sh enable]", ("enable", None)),
        ("Install extension [main/handle.sh install]", ("install", None)),
        ("Uninstall extension [main/handle.sh uninstall]", ("uninstall", None)),
        ("Command: main/handle.sh enable", ("enable", True)),
        ("Command: main/handle.sh update", ("update", True)),
        (f"[ExtensionOperationError] Non-zero exit code: 126, /var/lib/waagent/{HANDLER}/main/handle.sh enable", ("enable", False)),
        (f"Timeout(300): /var/lib/waagent/{HANDLER}/main/handle.sh enable", ("enable", False)),
    ],
)
def test_commands_of_the_agent(text: str, event: tuple[str, bool | None]) -> None:
    assert events(f"[{HANDLER}] {text}") == [event]


def test_a_report_on_something_else_does_not_hide_a_failed_command() -> None:
    text = "Event: name=Microsoft.Azure.RecoveryServices.VMSnapshotLinux, op={}, message={}, duration=0"
    assert events(text.format("ExtensionProcessing", "done")) == [("extensionprocessing", None)]
    assert events(text.format("Enable", "[ExtensionOperationError] Non-zero exit code: 3"), level="ERROR") == [("enable", False)]
    assert events(text.format("Download", "Download succeeded")) == [("download", True)]

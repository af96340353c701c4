# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a source of a Linux document holds, the others are read and the one is either understood or noted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._linux_readers import READERS
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.document import parse_document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MEMINFO = "MemTotal:       4000000 kB\nMemAvailable:   1000000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"
ROOT_MOUNT = "25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"


def document(sources: dict[str, Any]) -> dict[str, Any]:
    return {"schema": 1, "collected_at": "2026-11-22T08:00:00Z", "lookback_hours": 48, "job": None, "host": {"os": "linux"}, "sources": sources}


def read(name: str, source: dict[str, Any]) -> tuple[Any, list[str]]:
    parsed, unchecked = parse_document(
        document({name: {"status": "ok", **source}, **({} if name == "memory" else {"memory": {"status": "ok", "text": MEMINFO}})})
    )
    if name != "memory":
        assert parsed["memory"]["used_percent"] == 75.0
    return parsed.get(name), [item["reason"] for item in unchecked if item["source"] == name]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", sorted(READERS))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60) | VALUES.map(json.dumps), data=VALUES)
def test_garbage_hides_no_other_source(name: str, text: str, data: Any) -> None:
    read(name, {"text": text, "data": data, "path": "/x"})


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_source_without_its_content_is_noted(name: str) -> None:
    parsed, reasons = read(name, {})
    assert parsed is None
    assert len(reasons) == 1


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "[" * 100_000, '{"aggregateStatus": {}}', '{"status": "x"'])
def test_an_agent_that_reported_nothing_is_not_understood(text: str) -> None:
    parsed, reasons = read("agent_status", {"text": text})
    assert parsed is None
    assert reasons


def test_the_report_of_a_newer_agent() -> None:
    handler = {"handlerName": "Microsoft.Azure.RecoveryServices.VMSnapshotLinux", "handlerVersion": "1.0.9225.0", "status": "NotReady", "code": 1009}
    report = {
        "version": "1.1",
        "timestampUTC": "2026-11-22T07:30:00Z",
        "guestOSInfo": {"computerName": "web01"},
        "supportedFeatures": [{"Key": "FastTrack", "Value": "1.0"}],
        "aggregateStatus": {
            "guestAgentStatus": {"version": "2.15.0.1", "status": "Ready", "updateStatus": {"expectedVersion": "2.15.0.1"}},
            "handlerAggregateStatus": [{**handler, "formattedMessage": {"lang": "en-US", "message": "x"}, "runtimeSettingsStatus": {"sequenceNumber": 4}}],
            "vmArtifactsAggregateStatus": {"goalStateAggregateStatus": {"status": "Success"}},
        },
    }
    parsed, _unchecked = read("agent_status", {"text": json.dumps(report)})
    assert parsed == {
        "agent_status": "Ready",
        "agent_version": "2.15.0.1",
        "reported_at": "2026-11-22T07:30:00Z",
        "age_hours": 0.5,
        "extension": {"status": "NotReady", "code": 1009, "message": "x"},
    }


@pytest.mark.parametrize(
    ("setting", "in_file", "effective"),
    [("y", True, None), ("Y", True, None), ("n", False, None), ("no", None, None), ("false", None, False), ("True", None, True), ("", None, None)],
)
def test_switches_count_as_the_agent_reads_them(setting: str, in_file: bool | None, effective: bool | None) -> None:
    """With `Extensions.Enabled=no` the agent takes its default and extensions are enabled."""
    text = f"# a comment\nExtensions.Enabled={setting}  # another\n"
    assert read("agent_config_file", {"text": text})[0]["extensions_enabled"] is in_file
    assert read("agent_config", {"text": text})[0]["extensions_enabled"] is effective


@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\r"])
def test_a_mount_point_with_an_odd_character_hides_no_mount(character: str) -> None:
    odd = f"26 25 8:2 / /data{character}1 rw - xfs /dev/sdb1 rw\n"
    parsed, _unchecked = read("mounts", {"text": odd + ROOT_MOUNT, "data": []})
    assert [mount["path"] for mount in parsed] == [f"/data{character}1", "/"]


def test_a_denial_with_an_impossible_time_has_none() -> None:
    line = f'type=AVC msg=audit({"9" * 40}.1:2): avc:  denied  {{ read }} for comm="safefreeze" name="x"'
    parsed, _unchecked = read("selinux_denials", {"text": line})
    assert [(row["at"], row["in_window"], row["permission"]) for row in parsed] == [(None, None, "read")]

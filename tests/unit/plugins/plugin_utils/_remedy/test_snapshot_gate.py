# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gate 3: no disruptive change while a snapshot is being taken."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.azvm.backup.tests.unit.plugins.plugin_utils._remedy.gate_hosts import (
    CORPUS,
    NOW,
    ROOT,
    ago,
    answer,
    change,
    facts,
    gate,
    job,
    linux,
    skip_mounts,
    windows,
    writers,
)

WAAGENT = {"fix": "fix_waagent_conf", "target": "/etc/waagent.conf"}


def one_writer(state: str) -> dict[str, Any]:
    """The stable listing with its first writer in another state."""
    listing = writers("en-stable")
    assert "[1] Stable" in listing["text"]
    return {**listing, "text": listing["text"].replace("[1] Stable", state, 1)}


def status(at: str | None) -> dict[str, Any]:
    """The extension's report of a backup that succeeded."""
    message = json.dumps({"messageStr": "Command is successful.", "snapshotConsistency": 2})
    inner = {"name": "x", "operation": "Enable", "status": "success", "code": 1, "formattedMessage": {"lang": "en-US", "message": message}}
    return {"text": json.dumps([{"version": "1.0", "timestampUTC": at, "status": inner}]), "data": {"sequence": 1, "modified_at": at}}


def test_a_quiet_host() -> None:
    assert answer(3, change(), windows()) == "yes"
    assert answer(3, change(**WAAGENT), linux()) == "yes"
    assert answer(3, skip_mounts(), windows(vssadmin_writers=writers("en-backup_running"))) == "yes"
    assert "R1" in gate(3, skip_mounts(), None).reason


STATES = {**dict.fromkeys((2, 3, 4), "no"), **dict.fromkeys((1, *range(6, 16)), "yes"), **dict.fromkeys((0, 16), "unknown")}


@pytest.mark.parametrize(("state", "says"), STATES.items())
def test_the_state_of_a_writer(state: int, says: str) -> None:
    result = gate(3, change(), windows(vssadmin_writers=one_writer(f"[{state}] x")))
    assert result.answer == says
    if says == "no":
        assert f"[{state}]" in result.reason


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_running_backup_in_any_language(language: str) -> None:
    assert answer(3, change(), windows(vssadmin_writers=writers(f"{language}-backup_running"))) == "no"
    assert answer(3, change(), windows(vssadmin_writers=writers(f"{language}-one_failed"))) == "yes"
    assert answer(3, change(), windows(vssadmin_writers=writers(f"{language}-no_permission"))) == "unknown"


@pytest.mark.parametrize(("hours", "says"), [(0.5, "no"), (5.9, "no"), (6.2, "yes"), (30, "yes"), (-1, "no")])
def test_writers_that_wait_for_the_end_of_a_backup_count_while_it_is_young(hours: float, says: str) -> None:
    waiting = one_writer("[5] Waiting for completion")
    assert answer(3, change(), windows(vssadmin_writers=waiting, extension_status=status(ago(hours=hours)))) == says


def test_writers_that_wait_since_a_backup_of_unknown_age() -> None:
    waiting = one_writer("[5] Waiting for completion")
    for extension_status in ("absent", "denied", status(None)):
        assert answer(3, change(), windows(vssadmin_writers=waiting, extension_status=extension_status)) == "unknown"
    # An old job is not the newest backup for sure where the extension's own report cannot be read.
    old = {**job("completed"), "started_at": ago(hours=30), "ended_at": ago(hours=29)}
    assert answer(3, change(), windows(old, vssadmin_writers=waiting, extension_status="absent")) == "yes"
    assert answer(3, change(), windows(old, vssadmin_writers=waiting, extension_status="denied")) == "unknown"


def test_writers_that_wait_while_the_extension_runs() -> None:
    process = {"data": [{"name": "IaaSBcdrExtension", "pid": 7, "started_at": ago(hours=1)}]}
    of = windows(vssadmin_writers=one_writer("[5] x"), extension_status=status(ago(hours=30)), processes=process)
    assert answer(3, change(), of) == "no"


@pytest.mark.parametrize("name", ["en-cut_in_the_state", "en-first_writer_cut", "en-damaged_state_line", "en-empty"])
def test_listings_that_are_not_whole(name: str) -> None:
    assert answer(3, change(), windows(vssadmin_writers=writers(name))) == "unknown"


def test_the_corpus_of_listings_passes_only_without_a_running_backup() -> None:
    seen = set()
    for path in sorted(CORPUS.glob("*.txt")):
        listing = {"text": path.read_bytes().decode("utf-8", "replace"), "exit_code": 0}
        of = windows(vssadmin_writers=listing, extension_status="absent")
        says = answer(3, change(), of)
        seen.add(says)
        assert of["parsed"] is not None
        listed = of["parsed"].get("vssadmin_writers")
        quiet = listed is not None and all(writer["state"] in (1, *range(6, 16)) and "truncated" not in writer["problems"] for writer in listed)
        assert (says == "yes") is quiet, path.name
    assert seen == {"yes", "no", "unknown"}


def test_a_process_of_the_extension() -> None:
    assert answer(3, change(), facts("web23")) == "no"
    running = gate(3, change(**WAAGENT), linux(processes={"data": [{"pid": 812, "name": "handle.py", "age_seconds": 40}]}))
    assert running.answer == "no"
    assert "handle.py (812)" in running.reason


@pytest.mark.parametrize("status", ["denied", "failed", "timeout"])
def test_sources_that_could_not_be_read(status: str) -> None:
    for of in (windows(processes=status), windows(vssadmin_writers=status), linux(processes=status), linux(freeze_lock=status)):
        assert answer(3, change(**(WAAGENT if of["os"] == "linux" else {})), of) == "unknown"
    # A sure objection counts before one that cannot tell.
    assert answer(3, change(), windows(processes=status, vssadmin_writers=writers("en-backup_running"))) == "no"


def test_sources_that_are_not_in_the_document() -> None:
    for of, name in ((windows(), "processes"), (windows(), "vssadmin_writers"), (linux(), "processes"), (linux(), "freeze_lock")):
        assert of["parsed"] is not None
        del of["parsed"][name]
        assert answer(3, change(**(WAAGENT if of["os"] == "linux" else {})), of) == "unknown"


def test_the_freeze_lock() -> None:
    lock = {"path": "/etc/azure/lock", "exists": True, "pid": 812}
    held = gate(3, change(**WAAGENT), linux(freeze_lock={"data": {**lock, "held": True}}))
    assert held.answer == "no"
    assert "Process 812" in held.reason
    assert answer(3, change(**WAAGENT), linux(freeze_lock={"data": {**lock, "held": True, "pid": None}})) == "no"
    assert answer(3, change(**WAAGENT), linux(freeze_lock={"data": {**lock, "held": False, "pid": None}})) == "yes"
    assert answer(3, change(**WAAGENT), linux(freeze_lock="absent")) == "yes"
    assert answer(3, change(**WAAGENT), linux(freeze_lock={"data": {**lock, "held": None}})) == "unknown"
    assert answer(3, change(**WAAGENT), facts("web13")) == "unknown"  # its lock was not readable


@pytest.mark.parametrize(
    ("status", "tasks", "says"),
    [
        ("in_progress", {"Take_Snapshot": "in_progress", "Transfer_data_to_vault": "not_started"}, "no"),
        ("in_progress", {"Take_Snapshot": "not_started"}, "no"),
        ("in_progress", {"take_snapshot": "in_progress"}, "no"),
        ("in_progress", {"Take_Snapshot": "completed", "Transfer_data_to_vault": "in_progress"}, "yes"),
        ("in_progress", {"Take_Snapshot": "failed"}, "unknown"),
        ("in_progress", {"Transfer_data_to_vault": "in_progress"}, "unknown"),
        ("in_progress", {}, "unknown"),
        ("completed", {"Take_Snapshot": "completed"}, "yes"),
        ("completed_with_warnings", {}, "yes"),
        ("failed", {"Take_Snapshot": "failed"}, "yes"),
        ("cancelled", {}, "yes"),
        ("unknown", {}, "unknown"),
    ],
)
def test_the_backup_job(status: str, tasks: dict[str, str], says: str) -> None:
    for of, fix in ((windows(job(status, **tasks)), {}), (linux(job(status, **tasks)), WAAGENT)):
        assert answer(3, change(**fix), of, {"vault_unknown_ok": False}) == says
        if status == "in_progress":  # what is known of a running job is not waived
            assert answer(3, change(**fix), of, {"vault_unknown_ok": True}) == says


def test_no_job_and_no_schedule_known() -> None:
    unknown = gate(3, change(), windows(), {"vault_unknown_ok": False})
    assert unknown.answer == "unknown"
    assert "azvm_vault_unknown_ok" in unknown.reason
    assert answer(3, change(), windows(), {"vault_unknown_ok": False, "named": True}) == "unknown"
    assert answer(3, change(), windows(), {"vault_unknown_ok": False, "backup_start": "23:30 UTC"}) == "yes"


@pytest.mark.parametrize(
    ("start", "says"),
    [("08:05 UTC", "no"), ("06:05 UTC", "no"), ("06:04 UTC", "yes"), ("08:06 UTC", "yes"), ("09:05 Europe/Madrid", "no"), ("13:30 Asia/Kolkata", "no")],
)
def test_shortly_after_the_scheduled_start(start: str, says: str) -> None:
    assert answer(3, change(), windows(job("completed")), {"backup_start": start}) == says


@pytest.mark.parametrize(("minutes", "says"), [(5, "yes"), (60, "yes"), (61, "unknown"), (-30, "yes"), (-61, "unknown"), (60 * 24, "unknown")])
def test_old_evidence_says_nothing_of_a_snapshot_now(minutes: int, says: str) -> None:
    of = windows()
    collected = NOW - timedelta(minutes=5)
    assert answer(3, change(), of, now=collected + timedelta(minutes=minutes)) == says
    assert answer(3, change(), windows(known={"collected_at": None})) == "unknown"
    assert answer(3, change(), windows(known={"collected_at": "today"})) == "unknown"


def test_a_system_that_is_not_known() -> None:
    assert answer(3, change(), windows(known={"os": "plan9"})) == "unknown"


def test_the_sample_fleet() -> None:
    answers = {}
    for path in sorted((ROOT / "docs" / "sample_fleet").glob("*.json")):
        if path.stem != "vpn01":  # gave no evidence
            of = facts(path.stem)
            answers[path.stem] = answer(3, change(**({} if of["os"] == "windows" else WAAGENT)), of)
    assert answers["web23"] == "no"
    assert (answers["web13"], answers["erp02"]) == ("unknown", "unknown")
    assert sorted(set(answers.values())) == ["no", "unknown", "yes"]

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes and hosts for the tests of the gates: documents of the sample fleet, altered and parsed."""

from __future__ import annotations

import copy
import functools
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from ansible_collections.azvm.backup.plugins.plugin_utils._parse._context import iso
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.document import check_document, parse_document
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy._shapes import Change, Facts, GateResult
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.gates import decide
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.policy import read_policy

ROOT = Path(__file__).resolve().parents[5]
CORPUS = ROOT / "tests" / "fixtures" / "vss_writers"
COLLECTED = datetime(2026, 11, 23, 8, 0, tzinfo=timezone.utc)
NOW = COLLECTED + timedelta(minutes=5)
ALLOW = ["fix_vss_writers_restart", "fix_waagent_conf", "fix_fsfreeze_mounts_skip", "fix_msdtc_reinstall"]
# Allows everything that the gates after it have no objection to.
OPEN = {"apply": True, "allow": ALLOW, "max_risk": "R3", "window": "always", "vault_unknown_ok": True}


def ago(**span: float) -> str:
    return iso(NOW - timedelta(**span))


def change(**different: Any) -> Change:
    usual: Change = {
        "fix": "fix_vss_writers_restart",
        "risk": "R2",
        "target": "SqlServerWriter",
        "code": "ExtensionFailedVssWriterInBadState",
        "cause": "writer_failed",
        "confidence": "confirmed",
        "reported": True,
        "before": {"state": "running"},
        "expected_before": None,
        "host": "web01",
    }
    return {**usual, **different}  # type: ignore[typeddict-item]


def skip_mounts(**different: Any) -> Change:
    """A change of R1."""
    cause = {"code": "UserErrorFsFreezeFailed", "cause": "freeze_failed"}
    return change(**{"fix": "fix_fsfreeze_mounts_skip", "risk": "R1", "target": "/data", **cause, **different})


def document(sample: str, job: dict[str, Any] | None = None, **sources: Any) -> dict[str, Any]:
    """A document of the sample fleet with other sources; a str is the status of one that could not be read."""
    data = copy.deepcopy(json.loads((ROOT / "docs" / "sample_fleet" / f"{sample}.json").read_text("utf-8")))
    data.update(collected_at=iso(COLLECTED), job=job)
    for name, source in sources.items():
        data["sources"][name] = {"status": source} if isinstance(source, str) else {"status": "ok", **source}
    return check_document(data)


@functools.cache
def _parsed(which: str) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    sample, job, sources = json.loads(which)
    data = document(sample, job, **sources)
    return data, *parse_document(data)


def facts(sample: str, job: dict[str, Any] | None = None, known: dict[str, Any] | None = None, **sources: Any) -> Facts:
    """What the engine knows of such a host; `known` replaces what is not of the document."""
    data, parsed, unchecked = copy.deepcopy(_parsed(json.dumps([sample, job, sources], sort_keys=True)))
    usual: Facts = {
        "parsed": parsed,
        "unreadable": [item["source"] for item in unchecked],
        "os": data["host"]["os"],
        "job": data["job"],
        "lease": None,
        "run": "run-1",
        "attempts": [],
        "fingerprint": "f1",
        "collected_at": data["collected_at"],
    }
    return {**usual, **(known or {})}  # type: ignore[typeddict-item]


def windows(job: dict[str, Any] | None = None, known: dict[str, Any] | None = None, **sources: Any) -> Facts:
    """A Windows host whose writers are stable and where no backup runs."""
    usual = {"vssadmin_writers": writers("en-stable"), "processes": {"data": []}}
    return facts("web21", job, known, **{**usual, **sources})


def linux(job: dict[str, Any] | None = None, known: dict[str, Any] | None = None, **sources: Any) -> Facts:
    return facts("app03", job, known, **sources)


def writers(name: str) -> dict[str, Any]:
    return {"text": (CORPUS / f"vssadmin-1.1-ws2022-{name}.txt").read_text("utf-8"), "exit_code": 0}


def job(status: str, **tasks: str) -> dict[str, Any]:
    """A job as `azure_job` gives it; tasks by their name with underscores."""
    return {
        "id": "job-7",
        "vm_name": "web01",
        "operation": "backup",
        "status": status,
        "codes": [],
        "messages": [],
        "started_at": ago(minutes=20),
        "ended_at": None if status == "in_progress" else ago(minutes=10),
        "duration_seconds": None,
        "tasks": [{"name": name.replace("_", " "), "status": state} for name, state in tasks.items()],
    }


def gate(number: int, the_change: Change, of: Facts | None, policy: dict[str, Any] | None = None, now: datetime = NOW) -> GateResult:
    """The answer of one gate under the open policy with some changes."""
    return decide(the_change, of, read_policy({**OPEN, **(policy or {})}), now)[number]


def answer(number: int, the_change: Change, of: Facts | None, policy: dict[str, Any] | None = None, now: datetime = NOW) -> str:
    return gate(number, the_change, of, policy, now).answer

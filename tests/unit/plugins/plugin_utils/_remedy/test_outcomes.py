# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of findings."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.outcomes import outcomes

STATE, LOG = [{"source": "vmbackup_conf, mounts", "path": "p", "value": 1}], [{"source": "extension_log", "path": "p", "value": 1}]


def finding(**different: Any) -> dict[str, Any]:
    fix = {"role": "fix_fsfreeze_mounts_skip", "vars": {}, "available": True}
    usual = {"code": "C", "cause": "c", "title": "T", "cause_title": "CT", "evidence": STATE, "contradicts": [], "fix": fix, "advice": ["Do it."]}
    return {**usual, **different}


def verdict(*findings: dict[str, Any], unchecked: tuple[str, ...] = (), status: str = "findings") -> dict[str, Any]:
    return {"status": status, "reason": "unreachable", "findings": list(findings), "unchecked": [{"source": name} for name in unchecked]}


def record(status: str = "applied", **different: Any) -> dict[str, Any]:
    usual = {
        "serves": [["C", "c"]],
        "status": status,
        "changed": status == "applied",
        "target": "t",
        "undo_id": None,
        "edited": False,
        "gate": None,
        "reason": status,
        "change": {"undo": "exact"},
    }
    return {**usual, **different}


def status(before: dict[str, Any], after: dict[str, Any] | None, *records: dict[str, Any]) -> str:
    [outcome] = outcomes(before, after, list(records))
    assert outcome["reason"]
    return str(outcome["status"])


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (verdict(), "cleared"),
        (verdict(finding(cause="other")), "cleared"),
        (verdict(finding(contradicts=[{"source": "s"}])), "cleared"),
        (verdict(finding()), "still_present"),
        (verdict(finding(evidence=LOG)), "waiting_for_backup"),
        (verdict(finding(evidence=LOG + STATE)), "still_present"),
        (verdict(unchecked=("mounts",)), "still_present"),
        (verdict(unchecked=("load",)), "cleared"),
        (verdict(status="not_checked"), "still_present"),
    ],
)
def test_applied_changes_are_judged_again(after: dict[str, Any], expected: str) -> None:
    assert status(verdict(finding()), after, record()) == expected


@pytest.mark.parametrize("worst", ["failed", "skipped", "manual", "needs_reboot", "planned"])
def test_the_worst_of_several_changes_counts(worst: str) -> None:
    assert status(verdict(finding()), verdict(), record(), record(worst), record("unchanged")) == worst


def test_without_a_role_a_person_decides() -> None:
    assert status(verdict(finding(fix=None)), None) == "manual"
    assert status(verdict(finding(fix={"role": "fix_x", "available": False})), None) == "manual"


def test_what_is_as_wanted_and_still_found() -> None:
    assert status(verdict(finding()), None, record("unchanged")) == "still_present"
    assert status(verdict(finding(evidence=LOG)), None, record("unchanged")) == "waiting_for_backup"


def test_a_change_that_the_plan_does_not_have() -> None:
    [outcome] = outcomes(verdict(finding()), None, [])
    assert (outcome["status"], outcome["gate"]) == ("skipped", "plan")


def test_records_of_other_findings_do_not_count() -> None:
    first, second = outcomes(
        verdict(finding(), finding(code="D")), verdict(finding(code="D")), [record(undo_id="u1", edited=True), record("failed", serves=[["D", "c"]])]
    )
    assert (first["status"], first["changed"], first["undo_ids"], first["edited"]) == ("cleared", True, ["u1"], True)
    assert (second["status"], second["changed"], second["undo_ids"]) == ("failed", False, [])


def test_nobody_is_sent_to_undo_what_cannot_be_undone() -> None:
    [outcome] = outcomes(verdict(finding()), verdict(), [record(undo_id="u1"), record(undo_id="u2", change={"undo": "none"})])
    assert outcome["undo_ids"] == ["u1"]

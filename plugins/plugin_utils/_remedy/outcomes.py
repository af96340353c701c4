# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of each finding (DESIGN 4), from the records of the changes and the verdicts before and after. Private to this collection; pure."""

from __future__ import annotations

from typing import Any

# Sources that tell what happened: they say the same until the next backup, whatever was repaired.
HISTORY = frozenset(
    ("extension_log", "extension_shell_log", "extension_status", "waagent_log", "agent_log", "events", "filesystem_log", "selinux_denials", "last_backup")
)
# Of several changes for one finding, the first of these that one has.
ORDER = ("failed", "skipped", "manual", "needs_reboot", "planned", "applied", "unchanged")


def outcomes(before: dict[str, Any], after: dict[str, Any] | None, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One outcome for each finding, in their order.

    Args:
        before: the verdict that the calls were made from.
        after: the verdict after the changes; None where nothing was applied.
        records: what `azvm.backup.change` returned, one for each change.

    Returns:
        `{code, cause, title, role, status, changed, reason, gate, undo_ids, edited, targets}`.
    """
    return [_outcome(finding, after, [item for item in records if [finding["code"], finding["cause"]] in item["serves"]]) for finding in before["findings"]]


def _outcome(finding: dict[str, Any], after: dict[str, Any] | None, records: list[dict[str, Any]]) -> dict[str, Any]:
    fix = finding["fix"]
    outcome = {
        "code": finding["code"],
        "cause": finding["cause"],
        "title": finding["cause_title"] or finding["title"],
        "role": fix["role"] if fix else None,
        "changed": any(record["changed"] for record in records),
        "targets": [record["target"] for record in records],
        # What cannot be undone has an entry too, which nobody should be sent to.
        "undo_ids": [record["undo_id"] for record in records if record["undo_id"] and record["change"]["undo"] != "none"],
        "edited": any(record["edited"] for record in records),
        "gate": None,
    }
    if not fix or not fix["available"]:
        return {**outcome, "status": "manual", "reason": (finding["advice"] or [finding["title"]])[0]}
    if not records:
        return {**outcome, "status": "skipped", "gate": "plan", "reason": f"No change of {fix['role']} was asked for; the plan that was given has none."}
    weakest = min(records, key=lambda record: ORDER.index(record["status"]))
    if weakest["status"] not in ("applied", "unchanged"):
        return {**outcome, "status": weakest["status"], "gate": weakest["gate"], "reason": weakest["reason"]}
    return {**outcome, **_judged_again(finding, after, weakest)}


def _judged_again(finding: dict[str, Any], after: dict[str, Any] | None, record: dict[str, Any]) -> dict[str, Any]:
    """The status of a finding whose changes were made, or were not needed."""
    if after is None:
        status, reason = _still(finding)
        return {"status": status, "reason": f"{record['reason']} {reason}"}
    if after["status"] in ("not_checked", "not_understood"):
        return {"status": "still_present", "reason": f"What was changed stays, but the host could not be checked afterwards: {after['reason']}"}
    again = next((item for item in after["findings"] if (item["code"], item["cause"]) == (finding["code"], finding["cause"])), None)
    if again is None or again["contradicts"]:
        return _unless_unread(finding, after)
    status, reason = _still(again)
    return {"status": status, "reason": reason}


def _unless_unread(finding: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """A finding that is gone was cleared, unless what showed it could not be read this time."""
    shown = _sources(finding)
    unread = sorted({item["source"] for item in after["unchecked"]} & shown)
    if unread:
        return {"status": "still_present", "reason": f"Whether it is cleared is not known, because {', '.join(unread)} could not be read afterwards."}
    return {"status": "cleared", "reason": "Collected and judged again, the host no longer shows it."}


def _sources(finding: dict[str, Any]) -> set[str]:
    return {name for item in finding["evidence"] for name in item["source"].split(", ")}


def _still(finding: dict[str, Any]) -> tuple[str, str]:
    shown = _sources(finding)
    if shown and shown <= HISTORY:
        return "waiting_for_backup", f"Only {', '.join(sorted(shown))} show it, which tell of the last backup; the next one decides."
    return "still_present", f"The host still shows it ({', '.join(sorted(shown)) or 'reported, and no cause is seen'}); see its advice."

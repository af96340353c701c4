# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gates 5 to 7: the state that the plan saw, other runs, earlier attempts. Private to this collection; pure."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from .._parse._context import iso, parse_time
from ._shapes import Attempt, Change, Facts, Verdict, hours, strongest, subject
from .policy import Policy

REPEAT_AFTER = timedelta(hours=24)
_SHOWN = 160


def before(change: Change, _facts: Facts | None, _policy: Policy, _now: datetime) -> Verdict:
    """Gate 5: what the plan saw still holds."""
    expected, present = change["expected_before"], change["before"]
    if expected is None:
        return "yes", f"No plan expects a state of {change['target']} on {change['host']}, so there is none that could have changed."
    # JSON, because a plan is a file: true is not 1, and the order of keys says nothing.
    wanted, found = (json.dumps(value, sort_keys=True, ensure_ascii=False) for value in (expected, present))
    if wanted == found:
        return "yes", f"{change['target']} on {change['host']} is still as the plan saw it."
    seen, is_now = _both(wanted, found)
    if present is None:
        return "unknown", f"{change['target']} on {change['host']} was {seen} in the plan, and what it is now could not be read; collect and plan again."
    return "no", f"{change['target']} on {change['host']} was {seen} in the plan and is {is_now} now, so {change['fix']} no longer fits; plan again."


def _both(first: str, second: str) -> tuple[str, str]:
    """Two texts that differ, short enough to read: long ones from a little before the difference."""
    start = next((at for at, (left, right) in enumerate(zip(first, second, strict=False)) if left != right), min(len(first), len(second)))
    start = 0 if start < _SHOWN // 2 else start - 20
    left, right = (("…" if start else "") + text[start : start + _SHOWN] + ("…" if len(text) > start + _SHOWN else "") for text in (first, second))
    return left, right


def _no_history(change: Change, what: str) -> Verdict:
    return "unknown", f"{what} on {change['host']} is not known, because nothing was read there; read the state of the host before {change['fix']} is applied."


def lease(change: Change, facts: Facts | None, _policy: Policy, now: datetime) -> Verdict:
    """Gate 6: one run per host at a time."""
    if facts is None:
        return _no_history(change, "Whether another run works")
    held = facts["lease"]
    if held is None:
        return "yes", f"No other run works on {change['host']}."
    if held["run"] and held["run"] == facts["run"]:
        return "yes", f"The lease of {change['host']} is this run's own."
    until = parse_time(held["expires_at"])
    if until is None:
        return "unknown", (
            f"Run {held['run']} holds the lease of {change['host']}, and its end {held['expires_at']!r} is no time; "
            f"see that no run works there, then remove the lease file."
        )
    if until > now:
        return "no", f"Run {held['run']} works on {change['host']}, until {iso(until)} at the latest, and one works there at a time; run again when it is done."
    return "yes", f"The lease of run {held['run']} on {change['host']} expired at {iso(until)}, so this run takes it over."


def attempts(change: Change, facts: Facts | None, _policy: Policy, now: datetime) -> Verdict:
    """Gate 7: what failed is not repeated within a day while the evidence is the same."""
    if facts is None:
        return _no_history(change, "Whether this change failed before")
    verdicts = [_repeat(change, attempt, facts["fingerprint"], now) for attempt in facts["attempts"]]
    sure = f"{subject(change)} has not failed within {hours(REPEAT_AFTER)} on the same evidence."
    return strongest(verdict for verdict in verdicts if verdict) or ("yes", sure)


def _repeat(change: Change, attempt: Attempt, fingerprint: Any, now: datetime) -> Verdict | None:
    if (attempt["fix"], attempt["target"]) != (change["fix"], change["target"]) or attempt["status"] in ("done", "undone"):
        return None
    if attempt["fingerprint"] and fingerprint and attempt["fingerprint"] != fingerprint:
        return None
    if attempt["status"] != "failed":
        return "unknown", f"How the last attempt of {subject(change)} ended is not known (status {attempt['status']!r}); look at the host and its undo journal."
    at = parse_time(attempt["at"])
    if at is None:
        return "unknown", f"{subject(change)} failed before, and when is not known (at {attempt['at']!r}); see why it failed, then remove that entry there."
    if now - at >= REPEAT_AFTER:
        return None
    same = "the evidence is the same since" if attempt["fingerprint"] and fingerprint else "whether the evidence changed since is not known"
    return "no", f"{subject(change)} failed at {iso(at)}, and {same}; see why it failed, and try again when that has changed or after {iso(at + REPEAT_AFTER)}."

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a report, and evidence values as lines for people. Private to this collection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

STATUS_WORDS = {
    "findings": "with findings",
    "healthy": "healthy",
    "partly_checked": "partly checked",
    "not_checked": "not checked",
    "not_understood": "not understood",
}
RISK_WORDS = {
    "R0": "read only",
    "R1": "reversible, no interruption",
    "R2": "disruptive",
    "R3": "destructive or hard to undo",
    "R4": "Azure, policy or people",
}
REBOOT_WORDS = {"never": "no reboot", "if_required": "reboot if required", "always": "reboot"}
UNDO_WORDS = {"exact": "undo exact", "settings": "undo of settings", "none": "no undo"}
NO_CAUSE = "Reported; no cause seen on this host"
NO_CAUSE_FLEET = "reported, no cause seen"
NO_ROLE = "by hand"
MAX_LINES = 20
MAX_LENGTH = 600


def plural(count: int, noun: str) -> str:
    """`1 host`, `2 hosts`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def fix_costs(fix: dict[str, Any] | None) -> str:
    """What a fix costs, in a few words."""
    if not fix:
        return ""
    return ", ".join((f"disruption {fix['disruption']}", REBOOT_WORDS.get(fix["reboot"], fix["reboot"]), UNDO_WORDS.get(fix["undo"], fix["undo"])))


def _short(text: str) -> str:
    return text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]} … ({len(text) - MAX_LENGTH:,} more characters in report.json)"


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "yes", False: "no"}[value]
    if isinstance(value, (str, int, float)):
        return _short(str(value))
    if isinstance(value, list) and all(isinstance(item, (str, int, float)) for item in value[:MAX_LINES]):
        more = f", … ({len(value) - MAX_LINES:,} more in report.json)" if len(value) > MAX_LINES else ""
        return _short(", ".join(_scalar(item) for item in value[:MAX_LINES]) or "none") + more
    return _short(json.dumps(value, ensure_ascii=False, default=str))


def _line(value: Any) -> list[tuple[str, str]]:
    """A line of evidence: pairs of a name and a text; the name is empty for a bare value."""
    if isinstance(value, dict):
        return [(str(key), _scalar(item)) for key, item in list(value.items())[:MAX_LINES] if item is not None] or [("", "nothing")]
    return [("", _scalar(value))]


def lines_of(value: Any) -> Iterator[list[tuple[str, str]]]:
    """Any JSON value as lines for people, bounded; all of it is in report.json."""
    if isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value[:MAX_LINES]):
        for item in value[:MAX_LINES]:
            yield _line(item)
        if len(value) > MAX_LINES:
            yield [("", f"… {len(value) - MAX_LINES:,} more in report.json")]
    else:
        yield _line(value)


def not_seen(contradicts: list[dict[str, Any]]) -> list[str]:
    """What speaks against a finding, each said once."""
    return list(dict.fromkeys(str(item["says"]) for item in contradicts))

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of the changes: outcomes of `_remedy.outcomes`, read, counted and grouped. Private to this collection; pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import Any

from .._parse._errors import ParseError

# What needs somebody comes first.
OUTCOME_STATUSES = ("failed", "still_present", "needs_reboot", "waiting_for_backup", "cleared", "planned", "skipped", "manual")
OUTCOME_KEYS = ("code", "cause", "title", "role", "status", "gate", "reason", "changed", "edited", "targets", "undo_ids")
LISTS = ("targets", "undo_ids")
# What rows of the fleet have in common; the ids of undo are of one host.
SAME = ("status", "role", "code", "cause", "title", "targets", "gate", "reason", "edited")
Outcome = dict[str, Any]
# An id comes from the host. In `-e` anything else than a plain word could be a template, which would run on the controller of whoever copies it.
_PLAIN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")


def read_outcomes(given: dict[Any, Any]) -> dict[str, list[Outcome]]:
    """The outcomes of each host that has any.

    Raises:
        ParseError: what was given are no outcomes.
    """
    if not all(isinstance(entries, list) for entries in given.values()):
        raise ParseError("outcomes is no dictionary of lists by inventory name; give remediate_outcomes of each host")
    return {str(name): [_read(str(name), entry) for entry in entries] for name, entries in given.items() if entries}


def _read(name: str, entry: Any) -> Outcome:
    missing = [key for key in OUTCOME_KEYS if key not in entry] if isinstance(entry, dict) else list(OUTCOME_KEYS)
    if missing:
        raise ParseError(f"an outcome of {name} has no {', '.join(missing)}; give remediate_outcomes of the host as it is")
    if entry["status"] not in OUTCOME_STATUSES:
        raise ParseError(f"an outcome of {name} has the status {str(entry['status'])!r}; known are {', '.join(OUTCOME_STATUSES)}")
    if not all(isinstance(entry[key], list) for key in LISTS):
        raise ParseError(f"an outcome of {name} has a {' or '.join(LISTS)} that is no list; give remediate_outcomes of the host as it is")
    return {key: [str(item) for item in entry[key]] if key in LISTS else entry[key] for key in OUTCOME_KEYS}


def sorted_outcomes(entries: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes of a host: what needs somebody first, else in the order of its findings."""
    return sorted(entries, key=lambda entry: OUTCOME_STATUSES.index(entry["status"]))


def count_outcomes(hosts: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Numbers of outcomes by status over the fleet; a status that none has is left out."""
    found = [entry["status"] for host in hosts for entry in host["outcomes"]]
    return {status: found.count(status) for status in OUTCOME_STATUSES if status in found}


def counts_words(counts: dict[str, int]) -> str:
    """`3 cleared, 1 planned`."""
    return ", ".join(f"{number:,} {status.replace('_', ' ')}" for status, number in counts.items())


def group_outcomes(hosts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outcomes that are the same on several hosts as one row, with `hosts`; by status, then most hosts first."""
    groups: dict[str, dict[str, Any]] = {}
    for host in hosts:
        for entry in host["outcomes"]:
            same = {key: entry[key] for key in SAME}
            names = groups.setdefault(repr(same), {**same, "hosts": []})["hosts"]
            if host["inventory_name"] not in names[-1:]:
                names.append(host["inventory_name"])
    ranked = sorted(groups.items(), key=lambda item: (OUTCOME_STATUSES.index(item[1]["status"]), -len(item[1]["hosts"]), item[0]))
    return [group for _same, group in ranked]


def undo_command(host: str, undo_id: str) -> str | None:
    """What puts one change back, as it can be pasted into a shell; None for an id that is no plain word."""
    if not _PLAIN_ID.fullmatch(undo_id):
        return None
    return f"ansible-playbook azvm.backup.undo -i inventory -l {shlex.quote(host)} -e azvm_undo={undo_id}"

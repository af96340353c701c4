# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What gates judge and what they answer. Private to this collection."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Literal, TypedDict

from .._catalog_loader import load_fixes

Answer = Literal["yes", "no", "unknown"]
Verdict = tuple[Answer, str]
RISKS = ("R0", "R1", "R2", "R3", "R4")


class Change(TypedDict):
    """What a gate looks at of a change. `expected_before` is None where no plan gave one; a role that a play names has no code."""

    fix: str
    risk: str
    target: str
    code: str | None
    cause: str | None
    confidence: str | None
    reported: bool
    before: Any
    expected_before: Any
    host: str


class Lease(TypedDict):
    """Which run works on the host, and until when."""

    run: str
    expires_at: str


class Attempt(TypedDict):
    """An earlier change of the host. `fingerprint` is that of the evidence it was made on."""

    fix: str
    target: str
    at: str
    status: Literal["failed", "done", "undone"]
    fingerprint: str | None


class Facts(TypedDict):
    """What is known of the host. `parsed` is what `parse_document` gave, or None where no evidence was collected."""

    parsed: dict[str, Any] | None
    unreadable: list[str]
    os: str
    job: dict[str, Any] | None
    lease: Lease | None
    run: str
    attempts: list[Attempt]
    fingerprint: str | None
    collected_at: str | None


@dataclasses.dataclass(frozen=True)
class GateResult:
    """The answer of one gate; anything but yes refuses the change."""

    number: int
    name: str
    answer: Answer
    reason: str


def subject(change: Change) -> str:
    """The change, for people: ``fix_vss_writers_restart of SqlServerWriter on web01``."""
    return f"{change['fix']} of {change['target']} on {change['host']}"


def effective_risk(change: Change) -> str | None:
    """The greater of the risk that the change states and the one of its fix, so that an edited plan cannot lower it; None where either is not known."""
    fix = load_fixes().get(change["fix"])
    if fix is None or change["risk"] not in RISKS:
        return None
    return max(change["risk"], fix["risk"], key=RISKS.index)


def disruptive(change: Change) -> bool:
    """Whether the change is of R2 or above, or its risk is not known."""
    return effective_risk(change) not in ("R0", "R1")


def strongest(objections: Iterable[Verdict]) -> Verdict | None:
    """The first sure objection, else the first that only cannot tell; None where there is none."""
    return min(objections, key=lambda verdict: ("no", "unknown").index(verdict[0]), default=None)


def hours(span: timedelta) -> str:
    """A time span, for people: ``24 h``."""
    return f"{span.total_seconds() / 3600:g} h"

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates of DESIGN 5, in their order; what cannot be told is refused. Private to this collection; pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ._history_gates import attempts, before, lease
from ._host_class_gate import host_class
from ._policy_gates import allowed, applied, in_window
from ._shapes import Change, Facts, GateResult, Verdict
from ._snapshot_gate import snapshot
from .policy import Policy

Gate = Callable[[Change, "Facts | None", Policy, datetime], Verdict]
GATES: tuple[tuple[str, Gate], ...] = (
    ("apply", applied),
    ("allowed", allowed),
    ("window", in_window),
    ("snapshot", snapshot),
    ("host_class", host_class),
    ("before", before),
    ("lease", lease),
    ("attempts", attempts),
)


def _ask(number: int, name: str, gate: Gate, change: Change, facts: Facts | None, policy: Policy, now: datetime) -> GateResult:
    try:
        answer, reason = gate(change, facts, policy, now)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # A plan is edited by people and evidence may come from another version: what a gate trips over it cannot judge.
        what = f"what is known of the change or of its host is not in the expected shape ({type(error).__name__}: {error})"
        answer, reason = "unknown", f"The gate {name} cannot tell, because {what}; make the plan and collect the evidence again."
    return GateResult(number, name, answer, reason)


def decide(change: Change, facts: Facts | None, policy: Policy, now: datetime) -> list[GateResult]:
    """The answer of every gate to a change, in order. `refusal` tells whether it may be applied.

    Args:
        change: one change of a plan.
        facts: what is known of its host; None where nothing is, which only the gates before the host's own can answer with yes.
        policy: from `read_policy`.
        now: the moment of the change, with a time zone.

    Raises:
        ValueError: `now` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError(f"{now} has no time zone, and so it is no moment; give one with a zone, such as datetime.now(timezone.utc)")
    return [_ask(number, name, gate, change, facts, policy, now) for number, (name, gate) in enumerate(GATES)]


def refusal(results: list[GateResult]) -> GateResult | None:
    """The first gate that did not say yes; None when the change may be applied.

    Raises:
        ValueError: these are not the answers of all gates, so nothing follows from them.
    """
    if [(result.number, result.name) for result in results] != [(number, name) for number, (name, _gate) in enumerate(GATES)]:
        raise ValueError(f"These are not the answers of all {len(GATES)} gates in their order; give what `decide` returned")
    return next((result for result in results if result.answer != "yes"), None)

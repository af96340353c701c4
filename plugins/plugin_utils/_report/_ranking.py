# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which fix helps most hosts. Private to this collection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._order import CONFIDENCES, best_confidence
from ._texts import fix_facts
from ._words import NO_CAUSE_FLEET

Key = tuple[str, str, str]


def fix_key(finding: dict[str, Any]) -> Key:
    """What findings have in common that one fix, or one piece of advice, settles: the role and the cause."""
    return (finding["fix"]["role"] if finding["fix"] else "", finding.get("cause_of") or finding["code"], finding["cause"] or "")


def _by_host(findings: Iterable[dict[str, Any]]) -> dict[Key, str]:
    """The surest confidence of each fix on one host, where a cause may stand under several codes."""
    found: dict[Key, str] = {}
    for finding in findings:
        key = fix_key(finding)
        found[key] = best_confidence((finding["confidence"], found.get(key, finding["confidence"]))) or ""
    return found


def _group(finding: dict[str, Any]) -> dict[str, Any]:
    return {
        "role": finding["fix"]["role"] if finding["fix"] else None,
        "cause": finding["cause"],
        "cause_of": finding.get("cause_of") or finding["code"],
        "cause_title": finding["cause_title"] or f"{finding['title']} ({NO_CAUSE_FLEET})",
        "codes": set(),
        "text": finding["text"],
        "risk": finding["risk"],
        "fix": fix_facts(finding["fix"]),
        "advice": [],
        "confidence": None,
        **dict.fromkeys(CONFIDENCES, 0),
        "hosts": [],
    }


def rank_fixes(hosts: Iterable[dict[str, Any]], advice: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Group the findings of all hosts by fix role and cause, or by cause where no role helps; what helps most hosts comes first.

    Args:
        hosts: hosts of a report, in its order.
        advice: the advice of each cause, by the id of its text.

    Returns:
        Groups by number of hosts (most first), then risk (lowest first), then confidence (surest first); what is merely possible wherever it
        stands comes after all that is not, because what is so on every host would else hide what is wrong on seven.
    """
    groups: dict[Key, dict[str, Any]] = {}
    for host in hosts:
        for finding in host["findings"]:
            group = groups.setdefault(fix_key(finding), _group(finding))
            group["codes"].add(finding["code"])
            group["risk"] = max(group["risk"], finding["risk"])
            group["advice"] = group["advice"] or advice[finding["text"]]
        for key, confidence in _by_host(host["findings"]).items():
            groups[key]["hosts"].append(host["inventory_name"])
            groups[key][confidence] += 1
    for group in groups.values():
        group["codes"] = sorted(group["codes"])
        group["confidence"] = next(level for level in CONFIDENCES if group[level])

    def order(item: tuple[Key, dict[str, Any]]) -> tuple[Any, ...]:
        key, group = item
        return (group["confidence"] == "possible", -len(group["hosts"]), group["risk"], CONFIDENCES.index(group["confidence"]), key)

    ranked = sorted(groups.items(), key=order)
    return [{"rank": rank, **group} for rank, (_key, group) in enumerate(ranked, 1)]

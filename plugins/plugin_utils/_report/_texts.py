# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts that findings of many hosts share, kept once per code and cause. Private to this collection."""

from __future__ import annotations

from typing import Any

from ._order import CONFIDENCES

FIX_FACTS = ("role", "risk", "disruption", "reboot", "undo", "available")


def fix_facts(fix: dict[str, Any] | None) -> dict[str, Any] | None:
    """What is the same for a fix on every host: all but its variables."""
    return {key: fix[key] for key in FIX_FACTS} if fix else None


class Texts:
    """Codes with their causes, counted over the hosts that are added."""

    def __init__(self) -> None:
        self._codes: dict[str, dict[str, Any]] = {}
        self._causes: dict[tuple[Any, ...], list[dict[str, Any]]] = {}

    def add(self, finding: dict[str, Any]) -> str:
        """Keep what a finding says; gives the id of the cause that holds its text."""
        if finding["code"] not in self._codes:
            self._codes[finding["code"]] = self._new_code(finding)
        code = self._codes[finding["code"]]
        for key in ("handles", "article_errors", "links"):
            code[key] += [item for item in finding[key] if item not in code[key]]
        cause = self._cause(code, finding)
        cause["hosts"] += 1
        cause["paths"] += [item["path"] for item in finding["evidence"] if item["path"] not in cause["paths"]]
        return str(cause["id"])

    def count_host(self, confidences: dict[str, str]) -> None:
        """Count a host for each of its codes, by the surest confidence there."""
        for code, confidence in confidences.items():
            self._codes[code]["hosts"] += 1
            self._codes[code][confidence] += 1

    def codes(self) -> list[dict[str, Any]]:
        """All codes: the one that most hosts show first."""
        return sorted(self._codes.values(), key=lambda code: (-code["hosts"], *(-code[level] for level in CONFIDENCES), code["code"]))

    @staticmethod
    def _new_code(finding: dict[str, Any]) -> dict[str, Any]:
        return {
            **{key: finding[key] for key in ("code", "title", "meaning", "obsolete")},
            "phase": finding.get("phase"),
            "may_explain": list(finding.get("may_explain") or []),
            "hosts": 0,
            **dict.fromkeys(CONFIDENCES, 0),
            **{key: [] for key in ("handles", "article_errors", "links", "causes")},
        }

    def _cause(self, code: dict[str, Any], finding: dict[str, Any]) -> dict[str, Any]:
        """The entry of a cause. Advice for a code without a seen cause depends on the system, so one cause can have several texts."""
        text = {
            "cause": finding["cause"],
            "cause_of": finding.get("cause_of") or finding["code"],
            "title": finding["cause_title"],
            "risk": finding["risk"],
            "fix": fix_facts(finding["fix"]),
            "advice": finding["advice"],
        }
        variants = self._causes.setdefault((finding["code"], text["cause_of"], text["cause"]), [])
        for known in variants:
            if all(known[key] == value for key, value in text.items()):
                return known
        number = f".{len(variants) + 1}" if variants else ""
        cause = {"id": f"{finding['code']}.{text['cause_of']}.{text['cause'] or '-'}{number}", **text, "hosts": 0, "paths": []}
        variants.append(cause)
        code["causes"].append(cause)
        return cause

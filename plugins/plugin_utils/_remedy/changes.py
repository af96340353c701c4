# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From findings to calls of fix roles, and from a call to the changes of a plan (DESIGN 4). Private to this collection; pure.

A *call* is one use of a fix role: `{role, vars, finding, serves, planned}`. A *change* is what the role would do to one thing of one host.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .._catalog_loader import load_fixes

Call = dict[str, Any]
Change = dict[str, Any]
HASHED = 16


def plain(value: Any) -> Any:
    """The value as JSON has it: without the types by which Ansible marks where it comes from."""
    return json.loads(json.dumps(value))


def digest(value: Any) -> str:
    """The same text for the same value, however a file spells it."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:HASHED]


def _joined(first: Any, second: Any) -> Any:
    """The variables of two findings that one role serves: lists and dictionaries are added, a switch is on when either says so."""
    if isinstance(first, list) and isinstance(second, list):
        return first + [item for item in second if item not in first]
    if isinstance(first, dict) and isinstance(second, dict):
        return {**second, **first}
    if isinstance(first, bool) and isinstance(second, bool):
        return first or second
    return first


def fix_calls(findings: list[dict[str, Any]]) -> list[Call]:
    """One call for each role and strength of finding, in the order of the findings.

    Findings of different strength are not joined: what is merely possible must not be changed on the strength of what is confirmed.
    """
    calls: dict[tuple[str, str, bool], Call] = {}
    for finding in findings:
        fix = finding["fix"]
        if not fix or not fix["available"]:
            continue
        key = fix["role"], finding["confidence"], finding["reported"]
        call = calls.setdefault(key, {"role": fix["role"], "vars": {}, "finding": _ground(finding), "serves": [], "planned": None})
        call["serves"].append([finding["code"], finding["cause"]])
        call["vars"] = {**fix["vars"], **{name: _joined(value, fix["vars"].get(name)) for name, value in call["vars"].items()}}
    return list(calls.values())


def _ground(finding: dict[str, Any]) -> dict[str, Any]:
    """What the gates, the plan and the journal say of the finding behind a call."""
    return {
        **{key: finding[key] for key in ("code", "cause", "confidence", "reported")},
        "reason": finding["cause_title"] or finding["title"],
        "fingerprint": digest([finding["code"], finding["cause"], finding["evidence"]]),
    }


def change_of(fix: str, call: Call | None, host: str, probe: dict[str, Any]) -> Change:
    """The change that a setter found due in check mode, as a plan says it; `call` is None for a role that a play names."""
    known = load_fixes()[fix]
    ground = (call or {}).get("finding") or {"code": None, "cause": None, "confidence": None, "reported": False, "reason": known["title"]}
    change = {
        "role": fix,
        "vars": (call or {}).get("vars") or {},
        **{key: ground[key] for key in ("code", "cause", "confidence", "reported", "reason")},
        **{key: probe[key] for key in ("target", "before", "after", "undo")},
        **{key: known[key] for key in ("risk", "disruption", "reboot")},
    }
    return {"id": "/".join([fix, ground["code"] or "named", change["target"].lstrip("/")]), "host": host, **change, "hash": digest(change)}

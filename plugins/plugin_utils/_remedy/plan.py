# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of one host as a file: written, edited by people, read again. Private to this collection; pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import yaml

from .._catalog_loader import load_fixes
from .._parse._context import iso, parse_time
from .changes import Call, Change, digest

SCHEMA = 1
# What a change has to say, and the type; before and after may be left out by who edits, any other key is ignored.
NEEDED: dict[str, type] = {"role": str, "vars": dict, "target": str}
HASHED_KEYS = ("role", "vars", "code", "cause", "confidence", "reported", "reason", "target", "before", "after", "undo", "risk", "disruption", "reboot")


class PlanError(ValueError):
    """A plan cannot be used; one sentence: what, on what, why, what next."""


def make_plan(host: str, run: str, verdict: dict[str, Any], records: list[dict[str, Any]], created_at: str) -> dict[str, Any]:
    """The plan of a host: changes with what the gates would say now, and what stays for people."""
    changes = [{**record["change"], "gate": record["gate"], "verdict": record["reason"]} for record in records if record["change"]]
    manual = [
        {"code": finding["code"], "cause": finding["cause"], "title": finding["cause_title"] or finding["title"], "advice": finding["advice"]}
        for finding in verdict["findings"]
        if not finding["fix"] or not finding["fix"]["available"]
    ]
    return {
        "schema": SCHEMA,
        "host": host,
        "run": run,
        "created_at": created_at,
        "evidence_of": verdict["collected_at"],
        "requested_codes": verdict["requested_codes"],
        "changes": changes,
        "manual": manual,
    }


def read_plan(text: str, name: str, host: str, now: datetime, max_age_hours: int) -> list[Call]:
    """The calls that a plan file asks for, each with its planned changes.

    Args:
        text: the file.
        name: its name, for the messages.
        host: inventory name of the host on which it is to be applied.
        now: a moment with a time zone.
        max_age_hours: `azvm_plan_max_age`.

    Raises:
        PlanError: it is no plan, a plan of another host, or too old.
    """
    plan = _load(text, name)
    if plan.get("host") != host:
        raise PlanError(f"The plan {name} is of the host {plan.get('host')!r} and not of {host}, so nothing is applied; make a plan of this host.")
    created = parse_time(str(plan.get("created_at")))  # without quotes, YAML makes it a time by itself
    if created is None:
        raise PlanError(f"The plan {name} says {plan.get('created_at')!r} for the time when it was made, so its age is not known; make it again.")
    if now - created > timedelta(hours=max_age_hours) or created > now + timedelta(minutes=5):
        raise PlanError(f"The plan {name} is of {iso(created)} and it is {iso(now)}, which is not within azvm_plan_max_age ({max_age_hours} h); make it again.")
    changes = plan.get("changes")
    if not isinstance(changes, list):
        raise PlanError(f"The plan {name} has no list `changes`; make it again, and leave out single changes only.")
    return _calls([_checked(change, name, number) for number, change in enumerate(changes, 1)])


def _load(text: str, name: str) -> dict[str, Any]:
    try:
        plan = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise PlanError(f"The plan {name} is no YAML{where}; correct it, or make it again.") from error
    if not isinstance(plan, dict) or plan.get("schema") != SCHEMA:
        raise PlanError(f"The file {name} is no plan of schema {SCHEMA}; make one with the playbook azvm.backup.remediate.")
    return plan


def _checked(change: Any, name: str, number: int) -> Change:
    what = f"Change {number} of the plan {name}"
    if not isinstance(change, dict):
        raise PlanError(f"{what} is {type(change).__name__} and not a dictionary; correct it, or take it out.")
    for key, kind in NEEDED.items():
        if not isinstance(change.get(key), kind):
            raise PlanError(f"{what} has {change.get(key)!r} as its {key}, and a {kind.__name__} is due; correct it, or take it out.")
    if change["role"] not in load_fixes():
        raise PlanError(f"{what} names the role {change['role']!r}, which is no fix of this collection; correct it, or take it out.")
    foreign = [key for key in change["vars"] if not str(key).startswith(f"{change['role']}_")]
    if foreign:
        raise PlanError(f"{what} has the variable {foreign[0]!r}, which is none of {change['role']}; correct it, or take it out.")
    return {**change, "edited": change.get("hash") != digest({key: change.get(key) for key in HASHED_KEYS})}


def _calls(changes: list[Change]) -> list[Call]:
    """One call for each role with the same variables."""
    calls: dict[str, Call] = {}
    for change in changes:
        key = digest([change["role"], change["vars"], change.get("code")])
        call = calls.setdefault(key, {"role": change["role"], "vars": change["vars"], "finding": None, "serves": [], "planned": []})
        call["planned"].append(change)
    return list(calls.values())


def ground_calls(calls: list[Call], fresh: list[Call]) -> list[Call]:
    """The calls of a plan, each on the ground of what the host shows now and not of what the file says.

    A finding that is gone leaves a call without cause, which gate 1 refuses.
    """
    grounded = []
    for call in calls:
        code, cause = call["planned"][0].get("code"), call["planned"][0].get("cause")
        match = next((item for item in fresh if item["role"] == call["role"] and [code, cause] in item["serves"]), None)
        gone = {"code": code, "cause": None, "confidence": "possible", "reported": False, "reason": "The finding of the plan is gone.", "fingerprint": None}
        grounded.append({**call, "finding": match["finding"] if match else gone, "serves": match["serves"] if match else [[code, cause]]})
    return grounded


def planned_change(call: Call | None, target: str) -> tuple[Change | None, str | None]:
    """The planned change of a target and, where a plan does not have it, why nothing is done."""
    if not call or call["planned"] is None:
        return None, None
    found = next((change for change in call["planned"] if change["target"] == target), None)
    return found, None if found else f"The plan has no change of {target}, so {call['role']} leaves it alone."


def differs(planned: Change, probe: dict[str, Any]) -> str | None:
    """Why a probe is not what the plan shows, where its `after` is another; `before` is the matter of gate 5."""
    if "after" not in planned or digest(planned["after"]) == digest(probe["after"]):
        return None
    return (
        f"The plan says that {probe['target']} becomes {planned['after']!r}, and with its variables it would become {probe['after']!r}, "
        "so nothing was changed; correct `vars` or `after` of the plan, or take the line `after` out."
    )

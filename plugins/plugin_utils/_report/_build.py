# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the one data structure that every format is rendered from. Private to this collection.

Schema 1 (this is `report.json` too, in this order):

* `schema`, `generated_at`, `collection_version`, `title`
* `summary`: numbers of hosts: `hosts`, by status, and `confirmed`, `likely`, `possible` for hosts with findings by their surest one;
  `findings_total` and `not_elevated`
* `outcomes`, only where changes were planned or made: numbers of outcomes by status, those above 0: `failed`, `still_present`, `needs_reboot`,
  `waiting_for_backup`, `cleared`, `planned`, `skipped`, `manual`
* `unknown_codes`: `{code, nearest, hosts: number}`
* `fixes`: `{rank, role, cause, cause_of, cause_title, codes, text, risk, fix, advice, confidence, confirmed, likely, possible, hosts: [names]}`
* `unchecked`: `{source, status, hosts: number, codes}`
* `codes`: what is known of each code that was found, with `causes`; a finding names its cause there as `text`
* `hosts`: the verdicts, worst first; a finding keeps what is its own. Where there is `outcomes` above, each has its own as a list, which may be empty:
  `{code, cause, title, role, status, gate, reason, changed, edited, targets, undo_ids}`
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._changes import Outcome, count_outcomes, sorted_outcomes
from ._order import CONFIDENCES, STATUSES, best_confidence, surest_first, worst_first
from ._ranking import rank_fixes
from ._texts import Texts

SCHEMA = 1
Report = dict[str, Any]
Verdict = dict[str, Any]
WHO = ("inventory_name", "computer_name", "os", "os_name", "os_version", "collected_at", "elevated")
HOST_KEYS = (*WHO, "status", "reason", "requested_codes", "unknown_codes", "job", "window", "last_backup", "findings", "unchecked", "notes")
FINDING_KEYS = ("code", "cause", "title", "cause_title", "confidence", "reported", "risk", "evidence", "contradicts", "fix")


def _finding(finding: dict[str, Any], text: str) -> dict[str, Any]:
    return {**{key: finding[key] for key in FINDING_KEYS}, "cause_of": finding.get("cause_of") or finding["code"], "text": text}


def _host(verdict: Verdict, texts: Texts) -> dict[str, Any]:
    findings = sorted(verdict["findings"], key=surest_first)
    host = {key: verdict[key] for key in HOST_KEYS}
    host["inventory_name"] = str(verdict["inventory_name"])
    host["findings"] = [_finding(finding, texts.add(finding)) for finding in findings]
    surest = {finding["code"]: finding["confidence"] for finding in reversed(findings)}
    texts.count_host(surest)
    return host


def _summary(hosts: list[dict[str, Any]]) -> dict[str, int]:
    surest = [best_confidence(finding["confidence"] for finding in host["findings"]) for host in hosts]
    return {
        "hosts": len(hosts),
        **{status: sum(host["status"] == status for host in hosts) for status in STATUSES},
        **{level: surest.count(level) for level in CONFIDENCES},
        "findings_total": sum(len(host["findings"]) for host in hosts),
        "not_elevated": sum(host["elevated"] is False for host in hosts),
    }


def _unknown_codes(hosts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Codes that nobody knows, most hosts first."""
    found: dict[str, dict[str, Any]] = {}
    for host in hosts:
        for code in {str(item["code"]): item for item in host["unknown_codes"]}.values():
            entry = found.setdefault(str(code["code"]), {"code": str(code["code"]), "nearest": list(code["nearest"]), "hosts": 0})
            entry["hosts"] += 1
    return sorted(found.values(), key=lambda item: (-item["hosts"], item["code"]))


def _unchecked(hosts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What could not be read, over the fleet, most hosts first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for host in hosts:
        for key, item in {(item["source"], item["status"]): item for item in host["unchecked"]}.items():
            entry = found.setdefault(key, {"source": key[0], "status": key[1], "hosts": 0, "codes": set()})
            entry["hosts"] += 1
            entry["codes"].update(item["codes"])
    listed = [{**entry, "codes": sorted(entry["codes"])} for entry in found.values()]
    return sorted(listed, key=lambda item: (-item["hosts"], item["source"], item["status"]))


def _add_outcomes(hosts: list[dict[str, Any]], outcomes: dict[str, list[Outcome]]) -> None:
    lost = sorted(outcomes.keys() - {host["inventory_name"] for host in hosts})
    if lost:
        raise ValueError(f"There are outcomes of {', '.join(lost)} and no verdict; give a verdict of each host, at least that it was not checked.")
    for host in hosts:
        host["outcomes"] = sorted_outcomes(outcomes.get(host["inventory_name"], []))


def build_report(hosts: Iterable[Verdict], meta: dict[str, str], outcomes: dict[str, list[Outcome]] | None = None) -> Report:
    """The report on a fleet.

    Args:
        hosts: a verdict of `_judge` on each host.
        meta: `generated_at`, `collection_version` and `title`.
        outcomes: from `read_outcomes`, by the names of these hosts; without any, nothing of the report speaks of changes.

    Raises:
        ValueError: a host with outcomes is not among the hosts.
    """
    texts = Texts()
    told = [_host(verdict, texts) for verdict in sorted(hosts, key=worst_first)]
    if outcomes:
        _add_outcomes(told, outcomes)
    codes = texts.codes()
    advice = {cause["id"]: cause["advice"] for code in codes for cause in code["causes"]}
    return {
        "schema": SCHEMA,
        "generated_at": meta["generated_at"],
        "collection_version": meta["collection_version"],
        "title": meta["title"],
        "summary": _summary(told),
        **({"outcomes": count_outcomes(told)} if outcomes else {}),
        "unknown_codes": _unknown_codes(told),
        "fixes": rank_fixes(told, advice),
        "unchecked": _unchecked(told),
        "codes": codes,
        "hosts": told,
    }

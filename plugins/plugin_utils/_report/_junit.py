# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JUnit XML: a suite per host, so that a pipeline shows which host fails and why. Private to this collection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ._build import Report
from ._changes import undo_command
from ._safe import one_line, visible
from ._words import NO_CAUSE, RISK_WORDS, fix_costs, lines_of, not_seen

# A change whose finding is gone from the verdict is a case of its own. What is planned, refused or not yet decided neither passed nor failed.
CHANGE_ELEMENTS = {"failed": "failure", "still_present": "failure", "cleared": ""}
Case = tuple[str, str, str, str]  # name, element, message, text


def _finding_text(finding: dict[str, Any], advice: list[str]) -> str:
    lines = [f"{finding['title']} ({finding['confidence']})"]
    for proof in finding["evidence"]:
        lines.append(f"{proof['source']}:")
        lines += ["  " + "; ".join(f"{key}: {text}" if key else text for key, text in line) for line in lines_of(proof["value"])]
    lines += [f"Against it: {says}" for says in not_seen(finding["contradicts"])]
    if finding["fix"]:
        lines.append(f"Fix: {finding['fix']['role']}{'' if finding['fix']['available'] else ' (role not in this release)'}; {fix_costs(finding['fix'])}")
    lines.append(f"Risk: {finding['risk']} ({RISK_WORDS.get(finding['risk'], '')})")
    return "\n".join(lines + [f"{number}. {step}" for number, step in enumerate(advice, 1)])


def _change_lines(host: dict[str, Any], change: dict[str, Any]) -> list[str]:
    words = [f"Change: {str(change['status']).replace('_', ' ')}: {change['reason']}"]
    words += [f"Role: {change['role']}"] if change["role"] else []
    words += [f"Gate: {change['gate']}"] if change["gate"] else []
    words += [f"Targets: {', '.join(change['targets'])}"] if change["targets"] else []
    words += ["Edited in the plan"] if change["edited"] else []
    return words + [f"Undo: {undo_command(host['inventory_name'], undo_id) or undo_id}" for undo_id in change["undo_ids"]]


def _cases(host: dict[str, Any], advice: dict[str, list[str]]) -> Iterator[Case]:
    if host["status"] in ("not_checked", "not_understood"):
        yield "diagnosis", "error", host["status"].replace("_", " "), str(host["reason"] or "")
    changes = {(entry["code"], entry["cause"]): entry for entry in host.get("outcomes", [])}
    for finding in host["findings"]:
        change = changes.pop((finding["code"], finding["cause"]), None)
        name = f"{finding['code']}: {finding['cause_title'] or NO_CAUSE}"
        text = _finding_text(finding, advice[finding["text"]])
        message = f"{finding['confidence']}: {finding['cause_title'] or finding['title']}"
        yield name, "failure", message, "\n".join([text, *(_change_lines(host, change) if change else [])])
    for change in changes.values():
        message = f"{str(change['status']).replace('_', ' ')}: {change['reason']}"
        yield f"change {change['code']}: {change['title']}", CHANGE_ELEMENTS.get(change["status"], "skipped"), message, "\n".join(_change_lines(host, change))
    for item in host["unchecked"]:
        yield f"source {item['source']}", "skipped", f"{str(item['status']).replace('_', ' ')}: {item['reason']}", ""
    if host["status"] == "healthy":
        yield "diagnosis", "", "", ""


def _case(suite: str, case: Case) -> str:
    name, element, message, text = case
    head = f"<testcase classname={suite} name={quoteattr(one_line(name))}"
    if not element:
        return f"    {head}/>\n"
    body = f"<{element} message={quoteattr(one_line(message))}" + (f">{escape(visible(text))}</{element}>" if text else "/>")
    return f"    {head}>{body}</testcase>\n"


def _counts(cases: list[Case]) -> str:
    of = [case[1] for case in cases]
    return f'tests="{len(cases)}" failures="{of.count("failure")}" errors="{of.count("error")}" skipped="{of.count("skipped")}"'


def to_junit(report: Report) -> Iterator[str]:
    """The report piece by piece: a finding is a failure, a host that was not checked an error, a source that was not read skipped.

    What became of a change stands in the case of its finding, which fails as it is; without that finding it is a case of its own.
    """
    advice = {cause["id"]: cause["advice"] for code in report["codes"] for cause in code["causes"]}
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<testsuites name={quoteattr(one_line(report['title']))}>\n"
    for host in report["hosts"]:
        cases = list(_cases(host, advice))
        suite = quoteattr(one_line(host["inventory_name"]))
        stamp = f" timestamp={quoteattr(one_line(host['collected_at']))}" if host["collected_at"] else ""
        yield f"  <testsuite name={suite} {_counts(cases)}{stamp}>\n"
        yield "".join(_case(suite, case) for case in cases)
        yield "  </testsuite>\n"
    yield "</testsuites>\n"

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as Markdown (GitHub flavour), for tickets and wikis. Private to this collection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ._build import Report
from ._changes import counts_words, group_outcomes, undo_command
from ._order import CONFIDENCES, STATUSES
from ._safe import https_link, one_line
from ._words import NO_CAUSE, NO_ROLE, RISK_WORDS, STATUS_WORDS, fix_costs, lines_of, not_seen, plural

MAX_NAMES = 50
_PLAIN = re.compile(r"[^`|\\<>]+(?:\\+[^`|\\<>]+)*")
_ENTITIES = {ord(character): f"&#{ord(character)};" for character in "\\`|<>&@~"}
_SPECIAL = re.compile(r"([*_\[\]#!])")
_LINKED = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp)(:)|\b(www)(\.)")


def text(value: Any) -> str:
    """Any text so that it is text: no markup, no table cell, no link; one line."""
    escaped = _SPECIAL.sub(r"\\\1", one_line(value).translate(_ENTITIES))
    # A leading number or sign would start a list or heading; renderers also make links of bare addresses.
    escaped = _LINKED.sub(lambda match: f"{match[1] or match[3]}&#{ord(match[2] or match[4])};", escaped)
    return re.sub(r"^(\s*)(?:([-+=])|(\d+)([.)])(?=\s|$))", lambda match: f"{match[1]}{match[3] or ''}&#{ord(match[2] or match[4])};", escaped)


def code(value: Any) -> str:
    """Text as code; as plain text where it holds what a code span in a table cannot."""
    line = one_line(value)
    return f"`{line}`" if _PLAIN.fullmatch(line) and line.strip() else text(line)


def _advice(sentence: str) -> str:
    parts = str(sentence).split("`")
    return text(sentence) if len(parts) % 2 == 0 else "".join(code(part) if number % 2 else text(part) for number, part in enumerate(parts))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _table(heads: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield _row(heads) + _row(["---"] * len(heads))
    for row in rows:
        yield _row(row)
    yield "\n"


def _names(names: list[str]) -> str:
    return ", ".join(text(name) for name in names[:MAX_NAMES]) + (f" and {len(names) - MAX_NAMES:,} more" if len(names) > MAX_NAMES else "")


def _role(fix: dict[str, Any] | None) -> str:
    return code(fix["role"]) + ("" if fix["available"] else " (role not in this release)") if fix else NO_ROLE


def _status(entry: dict[str, Any]) -> str:
    return f"**{entry['status'].replace('_', ' ')}**" + (", edited" if entry["edited"] else "")


def _role_name(entry: dict[str, Any]) -> str:
    return code(entry["role"]) if entry["role"] else NO_ROLE


def _what(entry: dict[str, Any]) -> str:
    return text(entry["title"]) + "".join(f", {code(target)}" for target in entry["targets"])


def _why(entry: dict[str, Any]) -> str:
    return (f"gate {code(entry['gate'])}: " if entry["gate"] else "") + _advice(one_line(entry["reason"]))


def _change(host: dict[str, Any], entry: dict[str, Any]) -> Iterator[str]:
    yield f"* change {_status(entry)}: {_what(entry)} ({code(entry['code'])}), {_role_name(entry)}\n"
    yield f"  * {_why(entry)}\n"
    for undo_id in entry["undo_ids"]:
        command = undo_command(host["inventory_name"], undo_id)
        yield f"  * undo {code(undo_id)}{f': {code(command)}' if command else ''}\n"


def _fleet(report: Report) -> Iterator[str]:
    counts = report["summary"]
    yield from _table(["Hosts", "Status"], ([f"{counts[status]:,}", STATUS_WORDS[status]] for status in STATUSES))
    for item in report["unknown_codes"]:
        yield f"* Unknown code {code(item['code'])} ({plural(item['hosts'], 'host')}); nearest: {', '.join(map(code, item['nearest'])) or 'none'}\n"
    if "outcomes" in report:
        yield f"\n## Changes\n\n{counts_words(report['outcomes'])}\n\n"
        rows = (
            [_status(item), _role_name(item), _what(item), f"{len(item['hosts']):,}", _names(item["hosts"]), _why(item)]
            for item in group_outcomes(report["hosts"])
        )
        yield from _table(["Status", "Fix", "What", "Hosts", "Which hosts", "Reason"], rows)
    if report["fixes"]:
        yield "\n## Fix once, helps most\n\n"
        yield from _table(
            ["Hosts", "Cause", "What helps", "Risk", "Confidence", "Which hosts"],
            (
                [f"{len(fix['hosts']):,}", text(fix["cause_title"]), _role(fix["fix"]), _risk(fix["risk"], fix["fix"]), fix["confidence"], _names(fix["hosts"])]
                for fix in report["fixes"]
            ),
        )
        yield "## Codes found\n\n"
        rows = ([code(item["code"]), text(item["title"]), str(item["hosts"]), *(str(item[level]) for level in CONFIDENCES)] for item in report["codes"])
        yield from _table(["Code", "Title", "Hosts", *CONFIDENCES], rows)


def _risk(risk: str, fix: dict[str, Any] | None) -> str:
    return text(f"{risk}, {fix_costs(fix) or RISK_WORDS.get(risk, '')}")


def _lines(value: Any, indent: str) -> Iterator[str]:
    for line in lines_of(value):
        yield f"{indent}* " + ", ".join(f"{text(key)} {code(item)}" if key else code(item) for key, item in line) + "\n"


def _finding(finding: dict[str, Any]) -> Iterator[str]:
    yield f"* **{finding['confidence']}**: {text(finding['cause_title'] or NO_CAUSE)} ({code(finding['code'])}), "
    yield f"risk {_risk(finding['risk'], finding['fix'])}\n"
    if finding["fix"]:
        yield f"  * fix: {_role(finding['fix'])}\n"
        yield from _lines(finding["fix"]["vars"], "    ") if finding["fix"]["vars"] else ()
    for proof in finding["evidence"]:
        yield f"  * seen in {code(proof['source'])}:\n"
        yield from _lines(proof["value"], "    ")
    for says in not_seen(finding["contradicts"]):
        yield f"  * against it: {text(says)}\n"


def _host(host: dict[str, Any]) -> Iterator[str]:
    yield f"### {text(host['inventory_name'])}\n\n"
    system, collected = host["os_name"] or host["os"] or "system not known", host["collected_at"] or "at an unknown time"
    yield f"{STATUS_WORDS[host['status']]}; {text(system)}; collected {text(collected)}\n\n"
    for finding in host["findings"]:
        yield from _finding(finding)
    for entry in host.get("outcomes", []):
        yield from _change(host, entry)
    for item in host["unchecked"]:
        yield f"* not read: {code(item['source'])}, {text(str(item['status']).replace('_', ' '))}: {text(item['reason'])}\n"
    for note in host["notes"]:
        yield f"* {text(note)}\n"
    yield "\n"


def _code(item: dict[str, Any]) -> Iterator[str]:
    yield f"### {text(item['code'])}\n\n{text(item['title'])}\n\n{_advice(item['meaning'])}\n\n"
    if item["obsolete"]:
        yield f"Obsolete: {text(item['obsolete'])}\n\n"
    for cause in item["causes"]:
        yield f"#### {text(cause['title'] or 'No cause seen')}\n\n"
        yield "".join(f"{number}. {_advice(step)}\n" for number, step in enumerate(cause["advice"], 1)) + "\n"
    for error in item["article_errors"]:
        yield f"* The article says: {text(error['says'])}. Why not: {text(error['why'])}. Instead: {text(error['instead'])}.\n"
    for link in item["links"]:
        url = https_link(link["url"])
        yield f"* [{text(link['title'])}](<{url}>)\n" if url else f"* {text(link['title'])}: {code(link['url'])}\n"
    yield "\n"


def to_markdown(report: Report) -> Iterator[str]:
    """The report piece by piece."""
    yield f"# {text(report['title'])}\n\n{plural(report['summary']['hosts'], 'host')}, "
    yield f"{text(report['generated_at'])}, azvm.backup {text(report['collection_version'])}\n\n"
    yield from _fleet(report)
    told = [host for host in report["hosts"] if host["status"] in ("findings", "partly_checked") or host.get("outcomes")]
    yield f"\n## Hosts with findings{', changes' if 'outcomes' in report else ''} or sources not read, worst first\n\n" if told else ""
    for host in told:
        yield from _host(host)
    yield "## Other hosts\n\n"
    others = (host for host in report["hosts"] if host["status"] not in ("findings", "partly_checked"))
    rows = ([text(host["inventory_name"]), STATUS_WORDS[host["status"]], text("; ".join(filter(None, [host["reason"], *host["notes"]])))] for host in others)
    yield from _table(["Host", "Status", "Why"], rows)
    yield "## What the codes mean and what to do\n\n" if report["codes"] else ""
    for item in report["codes"]:
        yield from _code(item)

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report in one line, and on one screen. Private to this collection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ._build import Report
from ._changes import counts_words
from ._order import CONFIDENCES, STATUSES
from ._safe import one_line
from ._words import NO_ROLE, STATUS_WORDS, plural

TOP_FIXES = 6
WIDTH = 118


def _help(fix: dict[str, Any]) -> str:
    return str(fix["role"] or NO_ROLE)


def summary_line(report: Report, path: Path | str | None = None) -> str:
    """One line fit for the subject or body of a mail from cron.

    Args:
        report: from `build_report`.
        path: where `report.html` stands, when it was written.
    """
    counts = report["summary"]
    statuses = ("findings", "healthy", "partly_checked", "not_checked", "not_understood")
    told = [f"{counts[status]} {STATUS_WORDS[status]}" + (f" ({counts['confirmed']} confirmed)" if status == "findings" else "") for status in statuses]
    parts = [f"azvm.backup: {plural(counts['hosts'], 'host')}: {', '.join(told)}"]
    if "outcomes" in report:
        parts.append(f"changes: {counts_words(report['outcomes'])}")
    if report["unknown_codes"]:
        parts.append(f"unknown codes: {', '.join(item['code'] for item in report['unknown_codes'][:3])}")
    if report["fixes"]:
        top = report["fixes"][0]
        parts.append(f"top: {top['codes'][0]} on {plural(len(top['hosts']), 'host')} -> {_help(top)}")
    if path:
        parts.append(f"report: {path}")
    return one_line("; ".join(parts))


def _cut(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"


def _names(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4:,} more" if len(names) > 4 else "")


def summary_text(report: Report) -> list[str]:
    """The report in at most 25 lines for a terminal."""
    counts = report["summary"]
    surest = ", ".join(f"{counts[level]} {level}" for level in CONFIDENCES)
    lines = [f"{report['title']}: {plural(counts['hosts'], 'host')}"]
    lines += [f"  {counts[status]:>6}  {STATUS_WORDS[status]}" + (f" ({surest})" if status == "findings" else "") for status in STATUSES]
    if counts["not_elevated"]:
        lines.append(f"  {counts['not_elevated']:>6}  read without root or administrator rights")
    lines += [f"  unknown code {item['code']}: nearest {', '.join(item['nearest']) or 'none'}" for item in report["unknown_codes"][:2]]
    if "outcomes" in report:
        lines.append(f"Changes: {counts_words(report['outcomes'])}")
    if report["fixes"]:
        lines.append("Fix once, helps most:")
    for fix in report["fixes"][:TOP_FIXES]:
        lines.append(f"  {len(fix['hosts']):>6}  {fix['risk']} {fix['confidence']:<9}  {_help(fix)}: {fix['cause_title']}")
        lines.append(f"{'':>10}{_names(fix['hosts'])}")
    if len(report["fixes"]) > TOP_FIXES:
        lines.append(f"          {len(report['fixes']) - TOP_FIXES} more in the report")
    return [_cut(line) for line in lines]

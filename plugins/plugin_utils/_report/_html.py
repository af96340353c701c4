# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML file that needs nothing else. Private to this collection.

Autoescape makes markup harmless, `finalize` makes every character visible, for each value that the templates print.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from . import _words
from ._build import Report
from ._changes import group_outcomes, undo_command
from ._order import CONFIDENCES, STATUSES
from ._safe import https_link, visible

# Beyond that many hosts with findings, all are folded: a list to scan comes before details.
OPEN_HOSTS = 20


def _finalize(value: Any) -> Any:
    return value if isinstance(value, Markup) else visible(value)


def _commands(text: str) -> Markup:
    """A sentence of advice; what stands between backticks is a command."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:  # an odd backtick: no pairs, so nothing is a command
        return escape("`".join(parts))
    return Markup("").join(Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts))


@functools.lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(commands=_commands, https_link=https_link, lines_of=_words.lines_of, not_seen=_words.not_seen, plural=_words.plural)
    environment.globals.update(
        words=_words, confidences=CONFIDENCES, statuses=STATUSES, fix_costs=_words.fix_costs, risk_words=_words.RISK_WORDS, status_words=_words.STATUS_WORDS
    )
    environment.globals.update(undo_command=undo_command)
    return environment


def _anchors(report: Report) -> dict[str, str]:
    """Where the text of each cause stands; numbers, because a name could hold anything."""
    return {
        cause["id"]: f"c{code_number}-{cause_number}"
        for code_number, code in enumerate(report["codes"], 1)
        for cause_number, cause in enumerate(code["causes"], 1)
    }


def to_html(report: Report) -> Iterator[str]:
    """The report piece by piece, so that a large fleet never stands in memory as text."""
    groups: dict[str, list[tuple[str, dict[str, Any]]]] = {status: [] for status in STATUSES}
    for number, host in enumerate(report["hosts"], 1):
        groups[host["status"]].append((f"h{number}", host))
    template = _environment().get_template("report.html.j2")
    return template.generate(
        report=report,
        groups=groups,
        changes=group_outcomes(report["hosts"]) if "outcomes" in report else [],
        host_anchors={host["inventory_name"]: anchor for members in groups.values() for anchor, host in members},
        anchors=_anchors(report),
        causes={cause["id"]: cause for code in report["codes"] for cause in code["causes"]},
        unfolded=len(groups["findings"]) <= OPEN_HOSTS,
    )

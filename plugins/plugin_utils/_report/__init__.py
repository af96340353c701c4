# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report: verdicts on hosts in, one data structure out, and its formats from that alone. Pure but for `render_all`. Private to this collection.

`build_report` counts, ranks and gathers the texts that many hosts share (docs: schema 1 in `_build`). Nothing here reads a clock or judges.
"""

from __future__ import annotations

from ._build import SCHEMA, Report, build_report
from ._changes import read_outcomes
from ._summary import summary_line, summary_text
from ._write import FORMATS, ReportError, render_all

__all__ = ["FORMATS", "SCHEMA", "Report", "ReportError", "build_report", "read_outcomes", "render_all", "summary_line", "summary_text"]

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Output of ``waagent --version``. Private to this collection; the filter of the same name documents the result."""

from __future__ import annotations

import re
from typing import Any

from ._decode import to_text
from ._errors import ParseError

_PACKAGE = re.compile(r"^WALinuxAgent-(?P<version>\S+) running on (?P<os>.+?)\s*$", re.MULTILINE)
_PYTHON = re.compile(r"^Python:\s*(\S+)", re.MULTILINE)
_GOAL_STATE = re.compile(r"^Goal state agent:\s*(\S+)", re.MULTILINE)


def parse_waagent_version(source: str | bytes) -> dict[str, Any]:
    """Versions of the agent: the package's, and the one that really works on goal states, which updates itself.

    Returns:
        ``{package_version, os, python_version, goal_state_version}``; each text or None where the output does not say it.

    Raises:
        ParseError: no line names the agent's version.
    """
    text = to_text(source)
    package = _PACKAGE.search(text)
    if not package:
        first = text.strip().splitlines()[0][:80] if text.strip() else "nothing"
        raise ParseError(f"This is no output of `waagent --version`: expected a line `WALinuxAgent-<version> running on <system>`, got {first!r}")
    python, goal_state = _PYTHON.search(text), _GOAL_STATE.search(text)
    return {
        "package_version": package["version"],
        "os": package["os"],
        "python_version": python[1] if python else None,
        "goal_state_version": goal_state[1] if goal_state else None,
    }

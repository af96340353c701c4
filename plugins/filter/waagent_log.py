# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""waagent_log: waagent.log in, errors and extension events out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.azvm.backup.plugins.plugin_utils._filter import run_parser
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.waagent_log import parse_waagent_log


def waagent_log(source: str | bytes) -> dict[str, Any]:
    """See waagent_log.yml."""
    return run_parser("waagent_log", parse_waagent_log, source)


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"waagent_log": waagent_log}

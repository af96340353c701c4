# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""extension_log: extension.log in, its last run out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.azvm.backup.plugins.plugin_utils._filter import run_parser
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.extension_log import parse_extension_log


def extension_log(source: str | bytes) -> dict[str, Any]:
    """See extension_log.yml."""
    return run_parser("extension_log", parse_extension_log, source)


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"extension_log": extension_log}

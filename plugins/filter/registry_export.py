# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""registry_export: a .reg file in, keys and values out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.azvm.backup.plugins.plugin_utils._filter import run_parser
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.registry_export import parse_registry_export


def registry_export(source: str | bytes) -> dict[str, Any]:
    """See registry_export.yml."""
    return run_parser("registry_export", parse_registry_export, source)


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"registry_export": registry_export}

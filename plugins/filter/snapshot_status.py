# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snapshot_status: a status file of the extension in, its innermost report out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.azvm.backup.plugins.plugin_utils._filter import run_parser
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.snapshot_status import parse_snapshot_status


def snapshot_status(source: str | bytes) -> dict[str, Any]:
    """See snapshot_status.yml."""
    return run_parser("snapshot_status", parse_snapshot_status, source)


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"snapshot_status": snapshot_status}

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""vss_writers: output of `vssadmin list writers` in, a list of writers out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.azvm.backup.plugins.plugin_utils._filter import run_parser
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.vss_writers import parse_vss_writers


def vss_writers(source: str | bytes) -> list[dict[str, Any]]:
    """See vss_writers.yml."""
    return run_parser("vss_writers", parse_vss_writers, source)


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"vss_writers": vss_writers}

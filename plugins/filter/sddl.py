# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sddl and sddl_difference: a security descriptor in, its entries or its difference from a default out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.azvm.backup.plugins.plugin_utils._filter import run_parser
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._sddl_difference import MACHINEKEYS_DEFAULT, difference
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.sddl import parse_sddl


def sddl(source: str | bytes) -> dict[str, Any]:
    """See sddl.yml."""
    return run_parser("sddl", parse_sddl, source)


def sddl_difference(source: str | bytes, default: str = MACHINEKEYS_DEFAULT) -> dict[str, Any]:
    """See sddl_difference.yml."""
    return difference(run_parser("sddl_difference", parse_sddl, source), run_parser("sddl_difference", parse_sddl, default))


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"sddl": sddl, "sddl_difference": sddl_difference}

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""code_list and unknown_codes: what a user typed as error codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.azvm.backup.plugins.plugin_utils._codes import code_list, unknown_codes


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"code_list": code_list, "unknown_codes": unknown_codes}

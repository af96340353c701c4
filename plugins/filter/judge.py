# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""judge: an evidence document in, a verdict out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.azvm.backup.plugins.plugin_utils import _judge
from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import load_catalogue
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError


def judge(document: dict[str, Any]) -> dict[str, Any]:
    """See judge.yml."""
    try:
        return _judge.judge(document, load_catalogue())
    except ParseError as error:
        raise AnsibleFilterError(f"azvm.backup.judge: {error}") from error


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"judge": judge}

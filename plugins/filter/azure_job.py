# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""azure_job: a backup job of any tool, or a pasted error, in one shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.azure_job import parse_azure_job


def azure_job(source: Any) -> dict[str, Any]:
    """See azure_job.yml."""
    try:
        return parse_azure_job(source)
    except ParseError as error:
        raise AnsibleFilterError(f"azvm.backup.azure_job: {error}") from error


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"azure_job": azure_job}

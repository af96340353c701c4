# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""vmbackup_conf: /etc/azure/vmbackup.conf in, what the extension makes of it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.azvm.backup.plugins.plugin_utils._filter import run_parser
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.vmbackup_conf import parse_vmbackup_conf


def vmbackup_conf(source: str | bytes, mounts: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """See vmbackup_conf.yml."""
    if mounts is not None and not (isinstance(mounts, list) and all(isinstance(mount, dict) and "path" in mount for mount in mounts)):
        raise AnsibleFilterError("azvm.backup.vmbackup_conf: `mounts` is a list of objects like {path: /data, freezable: true}")
    return run_parser("vmbackup_conf", lambda text: parse_vmbackup_conf(text, mounts), source)


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"vmbackup_conf": vmbackup_conf}

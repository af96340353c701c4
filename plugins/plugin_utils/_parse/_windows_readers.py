# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readers of all Windows sources, those that others need first. Private to this collection; the shapes are in docs/evidence.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _windows_agent as agent
from . import _windows_machine as machine
from . import _windows_security as security
from . import _windows_vss as vss
from ._context import Context

READERS: dict[str, Callable[[dict[str, Any], Context], Any]] = {
    "services": vss.services,
    "vssadmin_writers": vss.vssadmin_writers,
    "vssadmin_providers": vss.vssadmin_providers,
    "vssadmin_shadows": vss.vssadmin_shadows,
    "processes": vss.processes,
    "machinekeys_acl": security.machinekeys_acl,
    "certificates": security.certificates,
    "registry": security.registry,
    "handler_state": agent.handler_state,
    "agent_files": agent.agent_files,
    "agent_log": agent.log,
    "extension": agent.extension,
    "extension_status": agent.extension_status,
    "extension_log": agent.log,
    "events": vss.events,
    "vcredist": machine.vcredist,
    "dotnet": machine.dotnet,
    "defender": security.defender,
    "bitlocker": machine.same,
    "pending_reboot": machine.same,
    "host_role": machine.host_role,
    "disks": machine.disks,
    "offline_disks": machine.same,
    "memory": machine.memory,
    "load": machine.load,
    "network": machine.same,
    "backup_products": machine.same,
    "azure": machine.azure,
    "wireserver": machine.wireserver,
}

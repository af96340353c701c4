# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which reader reads which Linux source, in the order in which they need each other. Private to this collection; shapes in docs/evidence.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _linux_agent as agent
from . import _linux_mounts as disks
from . import _linux_system as system
from ._context import Context
from ._linux_scripts import snapshot_scripts
from ._windows_machine import wireserver

READERS: dict[str, Callable[[dict[str, Any], Context], Any]] = {
    "agent_package": agent.agent_package,
    "agent_service": agent.agent_service,
    "agent_version": agent.agent_version,
    "agent_config": agent.agent_config,
    "agent_config_file": agent.agent_config_file,  # stands in for agent_config
    "agent_status": agent.agent_status,
    "extension": agent.extension,
    "extension_python": agent.extension_python,
    "extension_status": agent.extension_status,
    "extension_log": agent.extension_log,
    "extension_shell_log": agent.extension_shell_log,
    "waagent_log": agent.waagent_log,
    "block_devices": disks.block_devices,
    "mounts": disks.mounts,  # needs block_devices and agent_config
    "vmbackup_conf": agent.vmbackup_conf,  # needs mounts
    "iscsi_sessions": system.same,
    "filesystem_log": disks.filesystem_log,
    "memory": system.memory,
    "load": system.load,
    "selinux": system.selinux,
    "selinux_denials": system.selinux_denials,
    "azure": system.azure,
    "wireserver": wireserver,
    "proxy": system.same,
    "network": system.same,
    "backup_products": system.same,
    "snapshot_scripts": snapshot_scripts,
    "time_sync": system.same,
    "freeze_lock": system.same,
    "processes": system.same,
}

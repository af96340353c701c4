# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All sources of a Linux host, slow ones first. Private to this collection."""

import os
import re
import time
from collections import OrderedDict

from ansible_collections.azvm.backup.plugins.module_utils import _linux_agent as agent
from ansible_collections.azvm.backup.plugins.module_utils import _linux_extension as extension
from ansible_collections.azvm.backup.plugins.module_utils import _linux_logs as logs
from ansible_collections.azvm.backup.plugins.module_utils import _linux_network as network
from ansible_collections.azvm.backup.plugins.module_utils import _linux_storage as storage
from ansible_collections.azvm.backup.plugins.module_utils import _linux_system as system
from ansible_collections.azvm.backup.plugins.module_utils._linux_run import run_all
from ansible_collections.azvm.backup.plugins.module_utils._linux_text import iso

# What waits for a command or a network begins first and runs beside the others.
SOURCES = OrderedDict(
    (function.__name__, function)
    for function in (
        agent.agent_version,
        agent.agent_config,
        network.wireserver,
        logs.filesystem_log,
        storage.mounts,
        storage.block_devices,
        agent.agent_package,
        agent.agent_service,
        system.time_sync,
        extension.extension_python,
        logs.selinux_denials,
        agent.agent_config_file,
        agent.agent_status,
        extension.extension,
        extension.extension_status,
        logs.extension_log,
        logs.extension_shell_log,
        logs.waagent_log,
        extension.vmbackup_conf,
        extension.snapshot_scripts,
        storage.iscsi_sessions,
        system.memory,
        system.load,
        system.selinux,
        network.azure,
        network.proxy,
        network.network,
        system.backup_products,
        system.freeze_lock,
        system.processes,
    )
)


def collect(host, total):
    """The evidence document of this host, without what only the controller knows."""
    start = time.monotonic()
    sources = run_all(OrderedDict((name, _of(host, function)) for name, function in SOURCES.items()), host.timeout, total, host.max_bytes)
    return {
        "collected_at": iso(host.now),
        "host": _identity(host, sources["azure"]),
        "sources": sources,
        "collector": {"elevated": host.elevated, "seconds": round(time.monotonic() - start, 2)},
    }


def _of(host, function):
    return lambda: function(host)


def _identity(host, azure):
    """Who this host says it is."""
    try:
        release = host.read_or_none("/etc/os-release") or host.read_or_none("/usr/lib/os-release") or ""
    except OSError:
        release = ""
    known = dict(re.findall(r"(?m)^(PRETTY_NAME|VERSION_ID)=[\"']?([^\"'\n]*)", release))
    system_name = os.uname()
    return {
        "computer_name": system_name.nodename,
        "os": "linux",
        "os_name": known.get("PRETTY_NAME") or system_name.sysname,
        "os_version": known.get("VERSION_ID") or system_name.release,
        "vm_id": (azure.get("data") or {}).get("vm_id"),
    }

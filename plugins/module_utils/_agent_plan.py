# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the agent and the extension that setters need on the host itself. Private to this collection.

The collectors get the same from plugin_utils/_collect_linux.yml, which a module cannot read on its host; a test keeps the two equal.
"""

PLAN = {
    "program_dirs": ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"],
    "agent": {
        "units": ["walinuxagent.service", "waagent.service"],
        "packages": [
            "walinuxagent",
            "waagent",
            "WALinuxAgent",
            "python-azure-agent",
            "python3-azure-agent",
            "python311-azure-agent",
            "python312-azure-agent",
            "python313-azure-agent",
        ],
        "dpkg_database": "/var/lib/dpkg/status",
        "rpm_databases": ["/usr/lib/sysimage/rpm", "/var/lib/rpm"],
        "lib_dir": "/var/lib/waagent",
    },
    "extension": {
        "handler": "Microsoft.Azure.RecoveryServices.VMSnapshotLinux",
        "handler_state": "config/HandlerState",
        "handler_status": "config/HandlerStatus",
        "manifest": "HandlerManifest.json",
        "safefreeze": "main/safefreeze/bin/safefreeze",
        "safefreeze_arm64": "main/safefreezeArm64/bin/safefreeze",
        "lock": "/etc/azure/MicrosoftRecoverySvcsSafeFreezeLock/SafeFreezeLockFile",
        "scripts": ["main/handle.sh", "main/handle.py"],
    },
}

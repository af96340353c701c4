#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: snapshot_scripts
short_description: Owner and mode of the scripts that run around a snapshot
version_added: 1.0.0
description:
  - Gives the scripts before and after a snapshot, and the two files that configure them, an owner and a mode that the backup extension accepts. Root, V(0600)
    for the configurations and V(0700) for the scripts; what it accepts already stays as it is.
  - Checks the configuration and warns of keys of the wrong type, unknown keys, missing scripts, timeouts that are too long, and folders in which others may
    write. It changes no content and runs no script.
  - Follows no symbolic link, and refuses programs of the system and files with several names.
author: azvm.backup contributors (@azvm)
options:
  trust_content:
    description:
      - Whether to correct files, too, that others than root own or may write. What is in them decides what runs as root from then on. Read them before.
    type: bool
    default: false
  path:
    description: The configuration that names the scripts.
    type: path
    default: /etc/azure/VMSnapshotScriptPluginConfig.json
  host_config:
    description: The configuration of the plugin host.
    type: path
    default: /etc/azure/VMSnapshotPluginHost.conf
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - azvm.backup.setter
notes:
  - "Evidence level E2: run over files of a test folder, against the rules of the source of the extension."
seealso:
  - name: Application-consistent backup of Azure Linux VMs
    description: How the scripts are set up.
    link: https://learn.microsoft.com/azure/backup/backup-azure-linux-app-consistent
"""

EXAMPLES = r"""
- name: Have the scripts accepted
  azvm.backup.snapshot_scripts:
  become: true
"""

RETURN = r"""
target:
  description: The configuration that names the scripts.
  returned: always
  type: str
  sample: /etc/azure/VMSnapshotScriptPluginConfig.json
before:
  description: The state before.
  returned: success
  type: dict
  sample: {files: {/etc/azure/pre.sh: {mode: "0755", uid: 0, gid: 0}}}
  contains:
    files: {description: "Mode, uid and gid of both configurations and of the scripts, as far as they exist, by path.", type: dict, returned: always}
after:
  description: The state afterwards or, in check mode, as it would be. Has the same keys as RV(before).
  returned: success
  type: dict
  sample: {files: {/etc/azure/pre.sh: {mode: "0700", uid: 0, gid: 0}}}
undo:
  description: How far the change can be undone, V(exact) byte for byte, V(settings) with side effects remaining, V(none).
  returned: success
  type: str
  sample: exact
undo_id:
  description: Id of the entry in the undo journal of the host; null where nothing was changed.
  returned: success
  type: str
  sample: 20261122T080000123456Z-1f2e3d4c
guard:
  description: What the gates ask of the host, its RV(guard.lease) and the RV(guard.attempts) at earlier changes.
  returned: success
  type: dict
  sample: {lease: null, attempts: []}
  contains:
    lease: {description: "Run, end and boot of the lease; null where nobody has it.", type: dict, returned: always}
    attempts: {description: "Fix, target, time, status and fingerprint of each change in the journal.", type: list, elements: dict, returned: always}
needs_reboot:
  description: Whether the change takes effect only after a restart of the host.
  returned: success
  type: bool
  sample: false
diff:
  description: RV(before) and RV(after), for C(--diff).
  returned: success
  type: dict
  sample: {before_header: /etc/azure/VMSnapshotScriptPluginConfig.json, after_header: /etc/azure/VMSnapshotScriptPluginConfig.json, before: {}, after: {}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.azvm.backup.plugins.module_utils._change import CHANGE_SPEC, run_change
from ansible_collections.azvm.backup.plugins.module_utils._script_config import CONFIG, HOST_CONFIG
from ansible_collections.azvm.backup.plugins.module_utils._snapshot_scripts import ScriptPermissions


def main():
    spec = {
        "trust_content": {"type": "bool", "default": False},
        "path": {"type": "path", "default": CONFIG},
        "host_config": {"type": "path", "default": HOST_CONFIG},
        "change": CHANGE_SPEC,
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    run_change(module, ScriptPermissions(module.params))


if __name__ == "__main__":
    main()

#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: snapshot_extension_linux
short_description: Have a stuck backup extension of a Linux guest installed anew
version_added: 1.0.0
description:
  - Where the newest version of the backup extension is stuck, takes away C(config/HandlerState) and C(config/HandlerStatus) of its folder and restarts the VM
    agent, which then takes the extension for not installed, unpacks its archive over the folder and enables it. The journal keeps both files.
  - Stuck means that the agent records it as something else than enabled, that it reports itself as not ready, or that its manifest or its freeze program is
    gone.
  - Leaves everything else in the folder. Without C(mrseq) the extension would take the last backup order for a new one.
  - Refuses while the extension works, while its freeze lock is held, and where the agent does not run.
author: azvm.backup contributors (@azvm)
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - azvm.backup.setter
notes:
  - "Evidence level E2: files of a made-up host, services by doubles; how the agent answers is from its source."
  - Start an on-demand backup afterwards. When that does not help, uninstall the extension on the Azure side, C(az vm extension delete -n VMSnapshotLinux).
"""

EXAMPLES = r"""
- name: Reload the backup extension when it is stuck
  azvm.backup.snapshot_extension_linux:
  become: true
"""

RETURN = r"""
target:
  description: The folders of the extension, without their version.
  returned: always
  type: str
  sample: /var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux
before:
  description: The newest version of the extension, and why it is stuck; an empty list where it is not, or where the agent is to install it anyway.
  returned: success
  type: dict
  sample: {version: 1.0.9190.0, folder: /var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9190.0, stuck: [HandlerState FailedUpgrade]}
after:
  description: The same afterwards, or as it would be in check mode.
  returned: success
  type: dict
  sample: {version: 1.0.9190.0, folder: /var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9190.0, stuck: []}
undo:
  description: How far the change can be undone; both files come back where the agent has written none since.
  returned: success
  type: str
  sample: settings
undo_id:
  description: Id of the journal entry; null where nothing was changed.
  returned: success
  type: str
  sample: 20261122T080000123456Z-1f2e3d4c
guard:
  description: The lease of the host, and what was tried before.
  returned: success
  type: dict
  sample: {lease: null, attempts: []}
needs_reboot:
  description: Whether the change takes effect only after a restart of the host.
  returned: success
  type: bool
  sample: false
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.azvm.backup.plugins.module_utils._change import CHANGE_SPEC, run_change
from ansible_collections.azvm.backup.plugins.module_utils._snapshot_extension import Reload


def main():
    run_change(AnsibleModule(argument_spec={"change": CHANGE_SPEC}, supports_check_mode=True), Reload())


if __name__ == "__main__":
    main()

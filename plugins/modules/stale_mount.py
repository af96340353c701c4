#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: stale_mount
short_description: Report or unmount one leftover mount of a Linux guest
version_added: 1.0.0
description:
  - Tells what is mounted at one mount point and who uses it, or takes the upper mount off it.
  - Unmounts by exact name only, and only what is not in use. Refuses V(/), the mount points of the system, and what stands in C(/etc/fstab) unless it is
    mounted there more than once. Never unmounts lazily or by force.
  - Never looks at the mounted file system itself, so a server that is gone does not hang it.
author: azvm.backup contributors (@azvm)
options:
  path:
    description: The mount point, as C(findmnt) shows it.
    type: str
    required: true
  state:
    description: V(reported) changes nothing. V(unmounted) takes off the upper mount; where more lie below it at the same place, they stay.
    type: str
    choices: [reported, unmounted]
    default: reported
  timeout:
    description: How many seconds C(umount), and the look for who uses the mount, may take.
    type: int
    default: 30
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - azvm.backup.setter
notes:
  - "Evidence level E2: real mounts in a mount namespace of the tests; hanging ones by doubles."
"""

EXAMPLES = r"""
- name: Who uses a leftover of file recovery
  azvm.backup.stale_mount:
    path: /root/vm-20261120/Volume1
  become: true

- name: Take it off
  azvm.backup.stale_mount:
    path: /root/vm-20261120/Volume1
    state: unmounted
  become: true
"""

RETURN = r"""
target:
  description: The mount point.
  returned: always
  type: str
  sample: /root/vm-20261120/Volume1
before:
  description: What is mounted there; the upper one where there are more.
  returned: success
  type: dict
  sample: {mounted: true, count: 1, device: /dev/sdc1, fstype: ext4, options: "ro,relatime", root: /}
after:
  description: What is mounted there afterwards, or would be in check mode.
  returned: success
  type: dict
  sample: {mounted: false, count: 0, device: null, fstype: null, options: null, root: null}
used_by:
  description: Who uses the mount, at most 20; null where that could not be found out.
  returned: always
  type: list
  elements: dict
  sample: [{pid: 812, name: bash, use: cwd, path: /root/vm-20261120/Volume1}]
undo:
  description: How far the change can be undone; the same is mounted again.
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
from ansible_collections.azvm.backup.plugins.module_utils._stale_mount import StaleMount


def main():
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["reported", "unmounted"], "default": "reported"},
            "timeout": {"type": "int", "default": 30},
            "change": CHANGE_SPEC,
        },
        supports_check_mode=True,
    )
    options = module.params
    run_change(module, StaleMount(options["path"], options["state"] == "unmounted", options["timeout"]))


if __name__ == "__main__":
    main()

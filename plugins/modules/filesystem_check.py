#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: filesystem_check
short_description: Check and repair one unmounted file system of a Linux guest
version_added: 1.0.0
description:
  - Runs C(e2fsck -n -f) or C(xfs_repair -n), which change nothing, and repairs what they find.
  - Refuses a device that is mounted in any mount namespace, is the root file system, is swap, is a part of LVM, RAID, encryption or multipath, has partitions,
    or is claimed by the kernel for another reason.
  - Never throws away the log of an XFS file system (C(xfs_repair -L)).
author: azvm.backup contributors (@azvm)
options:
  device:
    description: The block device, or a regular file with the image of a file system that is attached to no loop device.
    type: str
    required: true
  repair:
    description: Whether to repair; V(false) only looks.
    type: bool
    default: true
  assume_yes:
    description: Whether damage of ext2, ext3 and ext4 that C(e2fsck -p) does not repair by itself is repaired by C(e2fsck -y), which may lose files.
    type: bool
    default: false
  timeout:
    description:
      - How many seconds each call of a tool may take. The dry run is ended after it. A repair is asked to stop, at which C(e2fsck) stops at the next safe
        place, and is never killed.
    type: int
    default: 3600
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - azvm.backup.setter
notes:
  - "Evidence level E2: real e2fsck and xfs_repair on damaged images."
  - Check mode makes the dry run, which takes as long as it takes.
  - A repair cannot be undone.
"""

EXAMPLES = r"""
- name: Look, and change nothing
  azvm.backup.filesystem_check:
    device: /dev/sdc1
    repair: false
  become: true

- name: Repair what can be repaired without a decision
  azvm.backup.filesystem_check:
    device: /dev/disk/azure/scsi1/lun0-part1
  become: true
"""

RETURN = r"""
target:
  description: The device.
  returned: always
  type: str
  sample: /dev/sdc1
before:
  description: What the dry run found. An ext file system with errors noted by the kernel is not clean, although its exit code is 0.
  returned: success
  type: dict
  sample: {filesystem: ext, clean: false, exit_code: 4}
after:
  description: What a dry run finds afterwards, or would find in check mode.
  returned: success
  type: dict
  sample: {filesystem: ext, clean: true, exit_code: 0}
log:
  description: File on the host with all that the tools said, null where nothing was repaired.
  returned: always
  type: str
  sample: /var/lib/azvm-backup/logs/fsck-sdc1-20261122T080000Z-1f2e3d4c.log
undo:
  description: How far the change can be undone; not at all.
  returned: success
  type: str
  sample: none
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
from ansible_collections.azvm.backup.plugins.module_utils._filesystem_check import FilesystemCheck


def main():
    module = AnsibleModule(
        argument_spec={
            "device": {"type": "str", "required": True},
            "repair": {"type": "bool", "default": True},
            "assume_yes": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 3600},
            "change": CHANGE_SPEC,
        },
        supports_check_mode=True,
    )
    options = module.params
    run_change(module, FilesystemCheck(options["device"], options["repair"], options["assume_yes"], options["timeout"]))


if __name__ == "__main__":
    main()

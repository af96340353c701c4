#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: vmbackup_conf
short_description: Edit vmbackup.conf as the snapshot extension of Azure Backup reads it
version_added: 1.0.0
description:
  - Sets the list of mounts that are not frozen, and other keys of the section C(SnapshotThread), in the file by which the snapshot extension is configured.
  - Knows how the extension reads the file. Keys are found in any case, also after the extension wrote the file anew in lower case; comments, order, unknown
    keys and other sections stay. What is written is read back with the parser of the extension before it reaches the disk.
  - The file is replaced at once. Its owner, mode and SELinux label stay; a new one belongs to root and has the mode C(0644). A symbolic link is refused.
author: azvm.backup contributors (@azvm)
options:
  path:
    description: The file. The extension reads the default and no other, above all not the template C(main/tempPlugin/vmbackup.conf) in its own folder.
    type: path
    default: /etc/azure/vmbackup.conf
  mounts_to_skip:
    description: Mount points for C(MountsToSkip), as C(findmnt) shows them. What is skipped is saved without being frozen. Left out, the list stays as it is.
    type: list
    elements: str
  state:
    description: Whether O(mounts_to_skip) shall be in the list, shall not be in it, or shall be the whole list.
    type: str
    choices: [present, absent, exact]
    default: present
  settings:
    description:
      - Other keys of the section and their values; null removes a key.
      - C(SafeFreezeWaitInSeconds), how long the extension waits until all is frozen, 2 to 600, by default 66. It waits in steps of 2 seconds.
      - C(timeout), how long all may stay frozen, 1 to 300, by default 60. The upper bound is one of this collection.
      - C(seqsnapshot), V(0) for snapshots in parallel from five disks on, V(1) and V(2) for one after another; the extension itself sets V(1), people V(2).
      - C(SnapshotMethod), V(onlyGuest), V(firstGuestThenHost), V(firstHostThenGuest) or V(onlyHost). Read by the extension and not documented for customers.
      - C(onlyLocalFilesystems), C(WriteLog), C(UploadStatusAndLog), C(sudo_off), C(LoggingOff) and C(disable_logging), each true or false.
    type: dict
    default: {}
  only_raise:
    description: Whether a number of seconds in O(settings) leaves one alone that is as great already.
    type: bool
    default: false
  repair:
    description:
      - Whether to correct what makes the extension ignore the file or the list, as far as it is clear what was meant. Encoding, byte order mark, missing
        header, lines that say nothing, keys and sections that stand twice, indentation, spelling of the section; and blanks, quotes, comments and slashes in
        the list.
      - What is replaced stays as a comment. Without it, nothing is changed in a file that the extension cannot read.
    type: bool
    default: false
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - azvm.backup.setter
notes:
  - The extension reads the file at the next backup; nothing has to be restarted.
  - "Evidence level E2: run over files of a test folder, judged by the parser that the extension uses."
"""

EXAMPLES = r"""
- name: Do not freeze two mounts
  azvm.backup.vmbackup_conf:
    mounts_to_skip: [/data/scratch, /mnt/iscsi]
  become: true

- name: Allow two minutes for the freeze, and make the file readable before
  azvm.backup.vmbackup_conf:
    settings:
      SafeFreezeWaitInSeconds: 120
    repair: true
  become: true
"""

RETURN = r"""
target:
  description: What is changed.
  returned: always
  type: str
  sample: /etc/azure/vmbackup.conf
before:
  description: The state before; only what the options concern.
  returned: success
  type: dict
  sample: {readable: true, reason: null, mounts_to_skip: [/mnt/iscsi], settings: {}, to_repair: []}
  contains:
    readable: {description: Whether the extension reads the file; true where there is none., type: bool, returned: always}
    reason: {description: "Why it cannot, as in P(azvm.backup.vmbackup_conf#filter).", type: str, returned: always}
    mounts_to_skip: {description: "The list as the extension compares it; null where it is not concerned.", type: list, elements: str, returned: always}
    settings: {description: The keys of O(settings) with their text; null where the key is not there., type: dict, returned: always}
    to_repair: {description: "What there is to repair, one sentence each.", type: list, elements: str, returned: always}
after:
  description: The state afterwards or, in check mode, as it would be. Has the same keys as RV(before).
  returned: success
  type: dict
  sample: {readable: true, reason: null, mounts_to_skip: [/mnt/iscsi, /data/scratch], settings: {}, to_repair: []}
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
  sample: {before_header: /etc/azure/vmbackup.conf, after_header: /etc/azure/vmbackup.conf, before: {}, after: {}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.azvm.backup.plugins.module_utils._change import CHANGE_SPEC, run_change
from ansible_collections.azvm.backup.plugins.module_utils._vmbackup_conf_mounts import STATES
from ansible_collections.azvm.backup.plugins.module_utils._vmbackup_conf_setter import ConfSetter


def main():
    spec = {
        "path": {"type": "path", "default": "/etc/azure/vmbackup.conf"},
        "mounts_to_skip": {"type": "list", "elements": "str"},
        "state": {"type": "str", "choices": list(STATES), "default": "present"},
        "settings": {"type": "dict", "default": {}},
        "only_raise": {"type": "bool", "default": False},
        "repair": {"type": "bool", "default": False},
        "change": CHANGE_SPEC,
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    run_change(module, ConfSetter(module.params))


if __name__ == "__main__":
    main()

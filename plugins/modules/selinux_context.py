#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: selinux_context
short_description: Give files of the VM agent the SELinux labels that the policy has for them
version_added: 1.0.0
description:
  - Asks C(restorecon) which labels are others than the policy has, and has it set them. As it does by itself, it sets the type only, and leaves labels that
    an administrator may choose (customizable types) and files for which the policy has none.
  - Never switches SELinux off or to permissive. Where SELinux is not there, nothing is changed.
  - Refuses when more than 5000 labels are wrong, so that the journal has each of them. Symbolic links keep theirs.
author: azvm.backup contributors (@azvm)
options:
  paths:
    description: Files and folders, with all that is in them; what does not exist is left out.
    type: list
    elements: path
    default: [/var/lib/waagent, /usr/sbin/waagent, /etc/azure, /etc/waagent.conf, /var/log/azure, /var/log/waagent.log]
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - azvm.backup.setter
notes:
  - "Evidence level E2: labels of a test folder and doubles of restorecon in both of its formats; no kernel with SELinux."
"""

EXAMPLES = r"""
- name: Restore the labels of the VM agent
  azvm.backup.selinux_context:
  become: true
"""

RETURN = r"""
target:
  description: What is changed.
  returned: always
  type: str
  sample: SELinux labels
before:
  description: The state before.
  returned: success
  type: dict
  sample: {state: not_present, wrong_labels: 0, examples: []}
  contains:
    state: {description: "V(enforcing), V(permissive), or V(not_present).", type: str, returned: always}
    wrong_labels: {description: How many files have another label than the policy., type: int, returned: always}
    examples: {description: "The first ten, each with C(path), C(label) and the label of the C(policy).", type: list, elements: dict, returned: always}
after:
  description: The state afterwards or, in check mode, as it would be. Has the same keys as RV(before).
  returned: success
  type: dict
  sample: {state: not_present, wrong_labels: 0, examples: []}
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
  sample: {before_header: SELinux labels, after_header: SELinux labels, before: {}, after: {}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.azvm.backup.plugins.module_utils._change import CHANGE_SPEC, run_change
from ansible_collections.azvm.backup.plugins.module_utils._selinux import PATHS, Labels


def main():
    spec = {
        "paths": {"type": "list", "elements": "path", "default": list(PATHS)},
        "change": CHANGE_SPEC,
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    run_change(module, Labels(module.params))


if __name__ == "__main__":
    main()

#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: waagent_conf
short_description: Set keys of waagent.conf as the VM agent reads it
version_added: 1.0.0
description:
  - Sets keys in the configuration of the Azure Linux Agent. The file is flat, without sections; of a key that stands more than once the last line counts, and
    that line is set. Comments, order, blanks and all other lines stay.
  - A key that is not there is put behind its commented-out sample, or at the end.
  - The file is replaced at once. Its owner, mode and SELinux label stay. A symbolic link is refused, and a missing file is not made.
  - The agent reads the file when it starts; M(azvm.backup.guest_agent_service_linux) restarts it.
author: azvm.backup contributors (@azvm)
options:
  path:
    description: The file.
    type: path
    default: /etc/waagent.conf
  settings:
    description:
      - Keys, spelled as the agent spells them, as C(Extensions.Enabled), and their values; V(true) and V(false) become V(y) and V(n).
      - Null stands for the default of the agent; a key that is there is set to C(None).
      - Values of switches, numbers and C(Provisioning.Agent) are checked, because the agent silently takes its default for others.
    type: dict
    required: true
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - azvm.backup.setter
notes:
  - "Evidence level E2: run over files of a test folder."
seealso:
  - name: Source of the agent
    description: What reads the file.
    link: https://github.com/Azure/WALinuxAgent
"""

EXAMPLES = r"""
- name: Let the agent run extensions and update itself
  azvm.backup.waagent_conf:
    settings:
      Extensions.Enabled: true
      AutoUpdate.Enabled: true
  become: true
"""

RETURN = r"""
target:
  description: The file that is changed.
  returned: always
  type: str
  sample: /etc/waagent.conf
before:
  description: The keys of O(settings) before.
  returned: success
  type: dict
  sample: {settings: {Extensions.Enabled: n}}
  contains:
    settings: {description: "Each key with the value that the agent reads; null where its default counts. Passwords are masked.", type: dict, returned: always}
after:
  description: The same afterwards or, in check mode, as it would be.
  returned: success
  type: dict
  sample: {settings: {Extensions.Enabled: y}}
undo:
  description: How far the change can be undone, V(exact) byte for byte, V(settings) with side effects remaining, V(none).
  returned: success
  type: str
  sample: settings
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
  sample: {before_header: /etc/waagent.conf, after_header: /etc/waagent.conf, before: {}, after: {}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.azvm.backup.plugins.module_utils._change import CHANGE_SPEC, ChangeError, run_change
from ansible_collections.azvm.backup.plugins.module_utils._waagent_conf_setter import AgentConf


def main():
    spec = {
        "path": {"type": "path", "default": "/etc/waagent.conf"},
        "settings": {"type": "dict", "required": True},
        "change": CHANGE_SPEC,
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    try:
        setter = AgentConf(module.params)
    except ChangeError as error:
        module.fail_json(msg=str(error), target=module.params["path"])
    run_change(module, setter)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: guest_agent_service_linux
short_description: Have the VM agent of a Linux guest enabled and running
version_added: 1.0.0
description:
  - Enables and starts the systemd unit of the VM agent, C(walinuxagent.service) on Debian and Ubuntu, C(waagent.service) elsewhere.
  - Where that is asked, restarts an agent that started before its configuration was last changed. It refuses to while a backup runs, because the agent is the
    parent of the backup extension.
  - A masked unit is refused, because a person masked it.
author: azvm.backup contributors (@azvm)
options:
  configuration_in_use:
    description:
      - Whether the agent shall have started after O(configuration) was put there, because it reads that only then. An agent that started before is restarted.
    type: bool
    default: false
  configuration_pending:
    description:
      - Whether a change of O(configuration) is planned and not made yet. Check mode then predicts the restart that it will need.
    type: bool
    default: false
  configuration:
    description: The file that the agent reads.
    type: path
    default: /etc/waagent.conf
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - azvm.backup.setter
notes:
  - "Evidence level E2: services by a double of systemctl, processes of a made-up host."
"""

EXAMPLES = r"""
- name: Have the agent enabled and running
  azvm.backup.guest_agent_service_linux:
  become: true

- name: Restart it if its configuration was changed since it started
  azvm.backup.guest_agent_service_linux:
    configuration_in_use: true
  become: true
"""

RETURN = r"""
target:
  description: The unit that is changed.
  returned: always
  type: str
  sample: walinuxagent.service
before:
  description: The state before.
  returned: success
  type: dict
  sample: {unit: walinuxagent.service, enabled: disabled, active: false, configuration_in_use: null}
  contains:
    unit: {description: Name of the unit., type: str, returned: always}
    enabled: {description: "State of its unit file, as systemd has it.", type: str, returned: always}
    active: {description: Whether it runs., type: bool, returned: always}
    configuration_in_use: {description: "Whether it started after its configuration was put there; null where that is not asked.", type: bool, returned: always}
after:
  description: The state afterwards or, in check mode, as it would be. Has the same keys as RV(before).
  returned: success
  type: dict
  sample: {unit: walinuxagent.service, enabled: enabled, active: true, configuration_in_use: null}
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
  sample: {before_header: walinuxagent.service, after_header: walinuxagent.service, before: {}, after: {}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.azvm.backup.plugins.module_utils._agent_service import AgentService
from ansible_collections.azvm.backup.plugins.module_utils._change import CHANGE_SPEC, run_change


def main():
    spec = {
        "configuration_in_use": {"type": "bool", "default": False},
        "configuration_pending": {"type": "bool", "default": False},
        "configuration": {"type": "path", "default": "/etc/waagent.conf"},
        "change": CHANGE_SPEC,
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    run_change(module, AgentService(module.params, module.check_mode))


if __name__ == "__main__":
    main()

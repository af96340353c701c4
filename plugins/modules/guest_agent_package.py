#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: guest_agent_package
short_description: Tell whether the VM agent of a Linux guest is to be upgraded, and to which version
version_added: 1.0.0
description:
  - Compares the installed package of the agent with what the repositories of the distribution offer, by apt, dnf (yum) or zypper.
  - Installs nothing itself. M(ansible.builtin.package) does, between the steps V(open) and V(commit) of O(change.step), as the role
    P(azvm.backup.fix_guest_agent_upgrade_linux#role) has it done.
  - Never refreshes the lists of packages, so what is offered is what the host last heard of.
author: azvm.backup contributors (@azvm)
options:
  package:
    description: Name of the package. When left out, the agent's package that is installed, else the first that a repository offers.
    type: str
  minimum:
    description: The oldest version that is good enough; only the numbers of the version proper count, not the release of the package.
    type: str
  latest:
    description: Whether to take what the repositories offer also when the installed version is good enough.
    type: bool
    default: false
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - azvm.backup.setter
notes:
  - "Evidence level E2: tools by doubles that answer as apt, dnf and zypper do."
  - An upgrade cannot be undone.
"""

EXAMPLES = r"""
- name: Which version would be installed
  azvm.backup.guest_agent_package:
    minimum: 2.2.53.1
  check_mode: true
  become: true
"""

RETURN = r"""
target:
  description: The package.
  returned: always
  type: str
  sample: the package of the VM agent
before:
  description: Name of the package, the installed version (null where it is not installed) and what the repositories offer.
  returned: success
  type: dict
  sample: {package: walinuxagent, installed: 2.2.45-0ubuntu1, candidate: 2.11.1.4-0ubuntu1}
after:
  description: The same after the upgrade.
  returned: success
  type: dict
  sample: {package: walinuxagent, installed: 2.11.1.4-0ubuntu1, candidate: 2.11.1.4-0ubuntu1}
stock:
  description: The module that installs it, and its options; null where nothing is to be installed.
  returned: success
  type: dict
  sample: {module: ansible.builtin.package, options: {name: walinuxagent, state: latest}}
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
from ansible_collections.azvm.backup.plugins.module_utils._agent_package import AgentPackage
from ansible_collections.azvm.backup.plugins.module_utils._change import CHANGE_SPEC, run_change


def main():
    module = AnsibleModule(
        argument_spec={
            "package": {"type": "str"},
            "minimum": {"type": "str"},
            "latest": {"type": "bool", "default": False},
            "change": CHANGE_SPEC,
        },
        supports_check_mode=True,
    )
    options = module.params
    run_change(module, AgentPackage(options["package"], options["minimum"], options["latest"]))


if __name__ == "__main__":
    main()

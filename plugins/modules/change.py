#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of the action plugin of the same name, which does the work on the controller.

DOCUMENTATION = r"""
module: change
short_description: Make one change of a host through all gates
version_added: 1.0.0
description:
  - Runs a setter of this collection in check mode, asks every gate whether the change that it found due may be made, and only then has it act.
  - The fix roles are made of it; use those rather than this.
  - A change that a gate refuses is no failure. It is in RV(record) with the gate and its reason.
author: azvm.backup contributors (@azvm)
options:
  fix:
    description: Name of the fix, which is that of its role without the collection.
    type: str
    required: true
  module:
    description: The setter, with its collection.
    type: str
    required: true
  module_options:
    description: Options of the setter.
    type: dict
    default: {}
  policy:
    description: What is allowed; each key is an C(azvm_) variable without that prefix.
    type: dict
    default: {}
  call:
    description: The finding and the planned changes behind the change, from P(azvm.backup.fix_calls#filter). Empty where a play names a fix role.
    type: dict
    default: {}
  collect:
    description: Options of M(azvm.backup.guest_info), by which evidence is collected anew before a change of risk R2 or above.
    type: dict
    default: {}
  run:
    description: Id of the run, which holds the lease of the host. Without it, the lease is given back after the change.
    type: str
  stopped:
    description: Why the run applies nothing more, one sentence. A change that all gates let pass is skipped with it.
    type: str
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
attributes:
  action:
    support: full
  async:
    support: none
  become:
    support: full
  bypass_host_loop:
    support: none
  check_mode:
    support: full
  connection:
    support: full
  delegation:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: linux
notes:
  - "Evidence level E3: run over ssh against Debian test hosts."
"""

EXAMPLES = r"""
- name: Leave a mount out of the freeze
  azvm.backup.change:
    fix: fix_fsfreeze_mounts_skip
    module: azvm.backup.vmbackup_conf
    module_options:
      mounts_to_skip: [/data/tmp]
  become: true
"""

RETURN = r"""
record:
  description: What was found due, and what became of it.
  returned: always
  type: dict
  contains:
    role:
      description: Name of the fix.
      type: str
      returned: always
      sample: fix_fsfreeze_mounts_skip
    target:
      description: What is changed.
      type: str
      returned: always
      sample: /etc/azure/vmbackup.conf
    status:
      description:
        - V(applied), V(needs_reboot), V(unchanged) because it is so already, V(planned) because nothing may be applied or in check mode,
          V(skipped) because a gate refused, V(manual) because the setter cannot do it here, V(failed).
      type: str
      returned: always
      sample: applied
    changed:
      description: Whether the host was changed or, in check mode, would be.
      type: bool
      returned: always
      sample: true
    gate:
      description: The gate that refused.
      type: str
      returned: always
      sample: window
    reason:
      description: Why, one sentence.
      type: str
      returned: always
      sample: It is outside the maintenance window 22:00-04:00 Europe/Madrid.
    undo_id:
      description: Id of the entry in the undo journal of the host.
      type: str
      returned: always
      sample: 20261122T080000123456Z-1f2e3d4c
    edited:
      description: Whether the change of the plan was edited after the plan was made.
      type: bool
      returned: always
      sample: false
    serves:
      description: The findings that it is made for, each as code and cause.
      type: list
      elements: list
      returned: always
      sample: [[UserErrorFsFreezeFailed, busy_mount]]
    change:
      description: The change as a plan shows it; null where nothing is due.
      type: dict
      returned: always
gates:
  description: The answers of the gates in their order, with number, name, answer and reason; empty where nothing is due.
  returned: always
  type: list
  elements: dict
"""

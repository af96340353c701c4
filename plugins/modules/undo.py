#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of the action plugin of the same name, which picks M(azvm.backup.undo_linux) by the shell of the host.

DOCUMENTATION = r"""
module: undo
short_description: Undo changes that this collection made on a host
version_added: 1.0.0
description:
  - Puts back what the setters of this collection changed, from the journal that they left in C(/var/lib/azvm-backup/undo), the last change first.
  - A thing that is as before already is left alone. One that is neither as the change left it nor as it was before is refused, and so kept as it is.
author: azvm.backup contributors (@azvm)
options:
  undo:
    description:
      - C(last) for every change of the newest run that has any left to undo, the id of a run, or the id of one change.
    type: str
    default: last
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
  connection:
    support: full
  delegation:
    support: full
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: linux
notes:
  - "Evidence level E2: run over files of a test folder; services only by unit tests."
  - Needs root.
"""

EXAMPLES = r"""
- name: Undo what the newest run changed
  azvm.backup.undo:
  become: true
"""

RETURN = r"""
changes:
  description: What became of each change, in the order in which they were undone.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Id of the change.
      type: str
      returned: always
      sample: 20261122T080000123456Z-1f2e3d4c
    fix:
      description: The fix that made it.
      type: str
      returned: always
      sample: fix_fsfreeze_mounts_skip
    target:
      description: What had been changed.
      type: str
      returned: always
      sample: /etc/azure/vmbackup.conf
    status:
      description: V(undone), V(already) as before, V(refused) because another changed it since, V(none) because a change of its kind cannot be undone.
      type: str
      returned: always
      sample: undone
    reason:
      description: Why it was refused, or could not be undone.
      type: str
      returned: when not undone
"""

#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: journal_linux
short_description: Keep the undo journal of a Linux guest in order
version_added: 1.0.0
description:
  - Gives the lease of a run back, and removes old entries of the undo journal in C(/var/lib/azvm-backup). An entry whose change was never ended is kept.
author: azvm.backup contributors (@azvm)
options:
  release:
    description: Id of the run whose lease is given back. The lease of another run is left alone.
    type: str
  keep_days:
    description: Days after which an ended entry is removed. Left out, none is.
    type: int
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details: Reads only.
  diff_mode:
    support: none
  platform:
    platforms: linux
notes:
  - "Evidence level E3: run over ssh against Debian test hosts."
  - Needs root.
"""

EXAMPLES = r"""
- name: Give the lease back and tidy up
  azvm.backup.journal_linux:
    release: 20261122T080000Z-123456
    keep_days: 90
  become: true
"""

RETURN = r"""
lease:
  description: The lease of the host as it is now, with run and expires_at; null where there is none.
  returned: always
  type: dict
removed:
  description: Ids of the entries that were removed.
  returned: always
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.azvm.backup.plugins.module_utils._journal import FOLDER, Journal


def main():
    module = AnsibleModule(argument_spec={"release": {"type": "str"}, "keep_days": {"type": "int"}}, supports_check_mode=True)
    journal = Journal(FOLDER)
    released, removed = False, []
    try:
        if not module.check_mode:
            released = bool(module.params["release"]) and journal.release(module.params["release"])
            if module.params["keep_days"] is not None:
                removed = journal.purge(module.params["keep_days"])
        module.exit_json(changed=released or bool(removed), lease=journal.lease(), removed=removed)
    except (OSError, ValueError) as error:
        module.fail_json(msg="The undo journal in {0} cannot be kept in order: {1}".format(FOLDER, error))


if __name__ == "__main__":
    main()

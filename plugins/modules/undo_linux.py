#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: undo_linux
short_description: Undo changes that this collection made on a Linux guest
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
  folder:
    description: Folder of the journal and of the lease.
    type: path
    default: /var/lib/azvm-backup
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
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
  azvm.backup.undo_linux:
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

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.azvm.backup.plugins.module_utils._change import audit
from ansible_collections.azvm.backup.plugins.module_utils._journal import FOLDER, UNDONE, Journal, LeaseHeldError
from ansible_collections.azvm.backup.plugins.module_utils._undo_items import DriftError, undo


def choose(entries, which):
    """The entries to undo, newest first; ValueError with one sentence where there are none."""
    broken = [entry["id"] for entry in entries if entry["status"] == "unreadable"]
    usable = [entry for entry in entries if entry["status"] not in (UNDONE, "unreadable")]
    if which == "last":
        if broken:
            raise ValueError(
                "The journal holds entries that cannot be read ({0}), so the newest run is not known; name a run or a change.".format(", ".join(broken))
            )
        which = usable[-1]["run"] if usable else which
        if not usable:
            return []
    known = [entry for entry in entries if which in (entry["run"], entry["id"])]
    if not known:
        raise ValueError("The journal of this host knows no run and no change {0}; see the names of the files in its folder undo.".format(which))
    return [entry for entry in reversed(usable) if which in (entry["run"], entry["id"])]


def undo_entry(entry, journal, act):
    """Undo one change; what became of it."""
    outcome = {"id": entry["id"], "fix": entry["fix"], "target": entry["target"], "status": "already", "reason": None}
    if entry["undo"] == "none":
        return dict(outcome, status="none", reason="A change of this kind cannot be undone; before it: {0}".format(entry["before"]))
    try:
        # First look at all, so that a refusal leaves the rest of the change as it is.
        pending = [item for item in reversed(entry["items"]) if undo(item, act=False)]
        if act:
            for item in pending:
                undo(item)
    except (DriftError, KeyError, OSError, RuntimeError) as error:
        return dict(outcome, status="refused", reason=str(error))
    if act:
        journal.close(entry, UNDONE, entry["error"])
        audit(entry)
    return dict(outcome, status="undone" if pending else "already")


def main():
    module = AnsibleModule(
        argument_spec={"undo": {"type": "str", "default": "last"}, "folder": {"type": "path", "default": FOLDER}},
        supports_check_mode=True,
    )
    journal = Journal(module.params["folder"])
    try:
        entries = choose(journal.entries(), module.params["undo"])
        if module.check_mode or not entries:
            changes = [undo_entry(entry, journal, act=False) for entry in entries]
        else:
            with journal.leased("undo", 10):
                changes = [undo_entry(entry, journal, act=True) for entry in entries]
            journal.release("undo")
    except (LeaseHeldError, OSError, ValueError) as error:
        module.fail_json(msg=str(error))
    refused = [change for change in changes if change["status"] == "refused"]
    done = [entry for entry, change in zip(entries, changes) if change["status"] == "undone"]
    diff = [{"header": entry["target"], "before": entry["after"], "after": entry["before"]} for entry in done]
    result = {"changed": bool(done), "changes": changes, "diff": [dict(item, before_header=item["header"], after_header=item["header"]) for item in diff]}
    if refused:
        module.fail_json(msg="Not undone: {0}".format(" ".join(change["reason"] for change in refused)), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of every setter of a Linux host says."""

from __future__ import annotations


class ModuleDocFragment:
    """The option `change`, and how setters keep to check mode and diff."""

    DOCUMENTATION = r"""
options:
  change:
    description:
      - What the caller says of the change, for the journal and for the log of the host. Roles of this collection fill it; it can be left out.
    type: dict
    suboptions:
      run:
        description: Id of the run, which holds the lease of the host. Without it, the lease is given back when the module ends.
        type: str
      fix:
        description: The fix that makes the change; the name of the module when left out.
        type: str
      code:
        description: The error code for which it is made.
        type: str
      reason:
        description: Why it is made, one sentence.
        type: str
      actor:
        description: Who makes it.
        type: str
      fingerprint:
        description: Fingerprint of the evidence on which it is made; a failed change is not repeated while the evidence is the same.
        type: str
      expected_before:
        description: What RV(before) has to be; if it is not, nothing is changed and the module fails with both.
        type: raw
      lease_minutes:
        description: How long the run may hold the lease of the host.
        type: int
        default: 30
      step:
        description:
          - V(all) makes the whole change. Where a stock module acts, V(open) writes the journal entry ahead of it, and V(commit) reads back and ends the entry.
        type: str
        choices: [all, open, commit]
        default: all
      entry:
        description: Id of the journal entry to commit.
        type: str
      error:
        description: Why the stock module failed, to be kept in the entry that is committed.
        type: str
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: linux
notes:
  - Needs root. Keeps a journal in C(/var/lib/azvm-backup), from which M(azvm.backup.undo_linux) puts the change back.
"""

#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of the action plugin of the same name, which does the work on the controller.

DOCUMENTATION = r"""
module: guest_info
short_description: Collect the evidence of a host whose Azure VM Backup fails
version_added: 1.0.0
description:
  - Collects in one round trip what the guest shows about failing backups, and returns it as one evidence document.
  - Picks the collector by the shell of the host, M(azvm.backup.guest_info_linux) or M(azvm.backup.guest_info_windows).
  - Reads only. A source that cannot be read is C(denied), C(timeout) or C(failed) in the document; it does not fail the task.
  - A host that cannot be reached gives a document that says so, so that a report can name it. Only wrong options fail the task.
author: azvm.backup contributors (@azvm)
options:
  codes:
    description:
      - Error codes that the vault showed for this host, as a list, as one name or integer, or as text with commas.
      - They are stored in the document and judged later. A code that the catalogue does not know fails the task, before the host is asked.
    type: raw
    default: []
  job:
    description:
      - The backup job of this host, as a dictionary or JSON text in any shape that the P(azvm.backup.azure_job#filter) filter reads,
        or an error pasted from the portal.
    type: raw
  jobs:
    description:
      - Backup jobs of many VMs, or the path of a JSON file on the controller that holds them, for example what C(az backup job list) prints.
      - The newest one whose VM has the name of this host is taken. Ignored when O(job) is given.
    type: raw
  evidence_dir:
    description:
      - Folder on the controller in which the document is saved as C(<inventory name>.json), readable by its owner only. Made when it is missing.
    type: path
  lookback_hours:
    description: How many hours of logs and events are read when no job with a start time is known.
    type: int
    default: 48
  timeout:
    description: Limit for each source in seconds.
    type: int
    default: 20
  max_bytes:
    description: Limit for each source in bytes; the newest part is kept.
    type: int
    default: 65536
  wireserver:
    description:
      - Address of the Azure wire server. Its ports are only tried on hosts that show that they are Azure VMs.
    type: str
    default: 168.63.129.16
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: Changes nothing.
  platform:
    platforms: posix, windows
  action:
    support: full
  async:
    support: none
  bypass_host_loop:
    support: none
  connection:
    support: full
  become:
    support: full
  delegation:
    support: full
notes:
  - "Evidence level: Linux E3, over ssh against test hosts with the real agent.
    Windows E3: Run over WinRM against simulated hosts (Wine, PowerShell 7); not yet run on real Windows."
  - The shape of the document is described in docs/evidence.md of the collection.
seealso:
  - plugin: azvm.backup.judge
    plugin_type: filter
  - module: azvm.backup.fleet_report
"""

EXAMPLES = r"""
- name: Collect evidence and keep it
  azvm.backup.guest_info:
    codes: [ExtensionFailedVssWriterInBadState]
    evidence_dir: /var/tmp/evidence
  register: guest

- name: Show what was found
  ansible.builtin.debug:
    msg: "{{ (guest.evidence | azvm.backup.judge).findings | map(attribute='title') | list }}"
"""

RETURN = r"""
evidence:
  description: The evidence document.
  returned: always
  type: dict
  contains:
    schema:
      description: Version of the shape.
      type: int
      returned: always
      sample: 1
    collected_at:
      description: When collection began, UTC, by the clock of the host; null when nothing was collected.
      type: str
      returned: always
      sample: "2026-11-22T08:00:00Z"
    host:
      description: Who the host is.
      type: dict
      returned: always
    collector:
      description: Version of the collector, whether it ran elevated, and seconds it took.
      type: dict
      returned: always
    sources:
      description: What each source gave.
      type: dict
      returned: always
    requested_codes:
      description: The value of O(codes).
      type: list
      elements: str
      returned: always
    job:
      description: The backup job of the host, or null.
      type: dict
      returned: always
    not_checked:
      description: Why there is no evidence.
      type: dict
      returned: when the host was unreachable or the collector failed
evidence_file:
  description: Path of the saved document, or null.
  returned: always
  type: str
"""

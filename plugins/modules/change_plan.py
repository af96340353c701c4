#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of the action plugin of the same name, which does the work on the controller.

DOCUMENTATION = r"""
module: change_plan
short_description: Write the plan of one host
version_added: 1.0.0
description:
  - Writes the changes that M(azvm.backup.change) found due, and what stays for people, as a file on the controller that people read, trim and edit.
  - Writes in check mode too; a file on the controller is no change of a host.
author: azvm.backup contributors (@azvm)
options:
  dest:
    description: Folder on the controller. The file is C(<inventory name>.yml), readable by its owner only.
    type: path
    required: true
  records:
    description: The RV(azvm.backup.change#module:record) of each change.
    type: list
    elements: dict
    required: true
  run:
    description: Id of the run.
    type: str
    required: true
  verdict:
    description: The verdict of the P(azvm.backup.judge#filter) filter on the host.
    type: dict
    required: true
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
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
  connection:
    support: none
  delegation:
    support: none
  diff_mode:
    support: none
  platform:
    platforms: posix, windows
notes:
  - "Evidence level E3: run for the Linux test hosts."
"""

EXAMPLES = r"""
- name: Write the plan
  azvm.backup.change_plan:
    dest: plan
    records: "{{ common_records }}"
    run: "{{ remediate_run }}"
    verdict: "{{ diagnose_verdict }}"
"""

RETURN = r"""
path:
  description: The file.
  returned: always
  type: str
  sample: plan/web01.yml
plan:
  description: Its content, described in docs/guide_remediate.md of the collection.
  returned: always
  type: dict
"""

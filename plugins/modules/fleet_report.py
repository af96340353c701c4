#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of the action plugin of the same name, which does the work on the controller.

DOCUMENTATION = r"""
module: fleet_report
short_description: Judge evidence documents and write the report of a fleet
version_added: 1.0.0
description:
  - Judges evidence documents against the catalogue and writes one report for all hosts. Runs on the controller and connects to no host.
  - Documents come from O(evidence), from O(evidence_files) or from all C(*.json) files of O(evidence_dir).
  - A file that is not understood is a host "not understood" in the report, with the position; the others go on.
  - The files that it writes never count as changed, and are written in check mode too.
author: azvm.backup contributors (@azvm)
options:
  dest:
    description: Folder for the report, made when it is missing.
    type: path
    required: true
  evidence:
    description: Evidence documents, as M(azvm.backup.guest_info) returns them.
    type: list
    elements: dict
    default: []
  evidence_files:
    description: Saved evidence documents.
    type: list
    elements: path
    default: []
  evidence_dir:
    description: Folder with saved evidence documents; each C(*.json) file in it is one host.
    type: path
  hosts:
    description: Names of hosts that must be in the report; one without a document is reported as "not checked".
    type: list
    elements: str
    default: []
  outcomes:
    description:
      - What became of the findings of each host after a remediation, by inventory name, as P(azvm.backup.change_outcomes#filter) returns it.
      - A host that has outcomes and no document is reported as "not checked". Without any outcome the report does not speak of changes.
    type: dict
    default: {}
  formats:
    description: Which files to write.
    type: list
    elements: str
    choices: [html, json, markdown, junit]
    default: [html, json, markdown, junit]
  title:
    description: Heading of the report.
    type: str
    default: Azure VM Backup diagnosis
  codes:
    description: Error codes to judge by, in place of those that each document holds. Leave it empty to use the documents as they are.
    type: list
    elements: str
    default: []
  fail_on:
    description:
      - What makes the task fail after the report is written, so that the exit status of C(ansible-playbook) can be watched.
      - V(not_checked) covers hosts that gave no evidence or evidence that is not understood; V(partly_checked) hosts where some source could not be read;
        the others are findings of that confidence.
    type: list
    elements: str
    choices: [not_checked, partly_checked, confirmed, likely, possible]
    default: []
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: Changes nothing on a host.
  platform:
    platforms: all
  action:
    support: full
  async:
    support: none
  bypass_host_loop:
    support: none
  connection:
    support: none
  become:
    support: none
  delegation:
    support: none
seealso:
  - module: azvm.backup.guest_info
"""

EXAMPLES = r"""
- name: Judge what was saved last night
  azvm.backup.fleet_report:
    evidence_dir: /var/tmp/evidence
    dest: /var/tmp/report
    fail_on: [not_checked, confirmed]
"""

RETURN = r"""
summary:
  description: One line for a mail or a log.
  returned: always
  type: str
summary_text:
  description: The summary as lines for a terminal.
  returned: always
  type: list
  elements: str
files:
  description: Path of each file that was written, by format.
  returned: always
  type: dict
failing:
  description: Why the task fails, one entry for each value of O(fail_on) that holds for a host; empty when none does.
  returned: always
  type: list
  elements: str
counts:
  description: Number of hosts by status, and of hosts with findings by their surest confidence.
  returned: always
  type: dict
"""

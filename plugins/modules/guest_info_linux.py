#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: guest_info_linux
short_description: Collect the evidence of a Linux guest whose Azure VM Backup fails
version_added: 1.0.0
description:
  - Reads what a Linux guest shows about failing backups, in one round trip, and changes nothing. M(azvm.backup.guest_info) calls it and completes the document.
  - Every source is read in a process of its own. One that hangs becomes C(timeout), one that may not be read C(denied), one that breaks C(failed),
    and the others go on.
author: azvm.backup contributors (@azvm)
options:
  plan:
    description: Paths, unit names and log markers to look at, from C(plugin_utils/_collect_linux.yml) of this collection.
    type: dict
    required: true
  timeout:
    description: Limit for each source in seconds.
    type: int
    default: 20
  total_timeout:
    description: Limit for all sources together in seconds; a source that has not begun by then is C(timeout).
    type: int
    default: 120
  max_bytes:
    description: Limit for each source in bytes; the newest part is kept.
    type: int
    default: 65536
  lookback_hours:
    description: How many hours of logs are read.
    type: int
    default: 48
  window_start:
    description: Read logs from this time (UTC ISO 8601) instead of O(lookback_hours).
    type: str
  wireserver:
    description: Address of the Azure wire server. Its ports are only tried on a host that shows that it is an Azure VM, and nothing is sent.
    type: str
    default: 168.63.129.16
  root:
    description: Read files below this folder, for example a mounted disk of another VM. No command is run and no port tried then.
    type: path
    default: /
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: Changes nothing.
  platform:
    platforms: linux
notes:
  - "Evidence level E3: run against Linux test hosts; not yet run on a real Azure VM."
  - Run it as root; as another user everything that only root may read is C(denied).
  - C(waagent --show-configuration) creates the folder of the extension logs where that is missing, so it is only asked where that folder exists.
    Where reading its own configuration fails, the agent itself writes a line to its log.
seealso:
  - module: azvm.backup.guest_info
"""

EXAMPLES = r"""
- name: Read the evidence of this guest, logs of the last day
  azvm.backup.guest_info_linux:
    plan: "{{ lookup('ansible.builtin.file', collection_folder ~ '/plugins/plugin_utils/_collect_linux.yml') | from_yaml }}"
    lookback_hours: 24
  become: true
  register: guest
"""

RETURN = r"""
evidence:
  description: What was read; docs/evidence.md of the collection describes it.
  returned: always
  type: dict
  contains:
    collected_at:
      description: When collection began, UTC, by the clock of the host.
      type: str
      returned: always
      sample: "2026-11-22T08:00:00Z"
    host:
      description: Who the host is.
      type: dict
      returned: always
      sample: {computer_name: web01, os: linux, os_name: Debian GNU/Linux 12 (bookworm), os_version: "12", vm_id: null}
    collector:
      description: Whether it ran as root, and the seconds it took.
      type: dict
      returned: always
      sample: {elevated: true, seconds: 0.7}
    sources:
      description: What each source gave.
      type: dict
      returned: always
"""

import datetime

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.azvm.backup.plugins.module_utils._linux_host import Host
from ansible_collections.azvm.backup.plugins.module_utils._linux_sources import collect
from ansible_collections.azvm.backup.plugins.module_utils._linux_text import parse_iso


def main():
    module = AnsibleModule(
        argument_spec={
            "plan": {"type": "dict", "required": True},
            "timeout": {"type": "int", "default": 20},
            "total_timeout": {"type": "int", "default": 120},
            "max_bytes": {"type": "int", "default": 65536},
            "lookback_hours": {"type": "int", "default": 48},
            "window_start": {"type": "str"},
            "wireserver": {"type": "str", "default": "168.63.129.16"},
            "root": {"type": "path", "default": "/"},
        },
        supports_check_mode=True,
    )
    options = module.params
    for name in ("timeout", "total_timeout", "max_bytes", "lookback_hours"):
        if options[name] < 1:
            module.fail_json(msg="{0} is {1}; it must be at least 1.".format(name, options[name]))
    now = datetime.datetime.now(datetime.timezone.utc)
    since = now - datetime.timedelta(hours=options["lookback_hours"])
    if options["window_start"]:
        try:
            since = parse_iso(options["window_start"])
        except ValueError as error:
            module.fail_json(msg="The logs cannot be read from window_start on: {0}.".format(error))
    host = Host(options["plan"], since, now, options["root"], options["timeout"], options["max_bytes"], options["wireserver"])
    module.exit_json(changed=False, evidence=collect(host, options["total_timeout"]))


if __name__ == "__main__":
    main()

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""change_plan: write the plan of one host on the controller."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.azvm.backup.plugins.plugin_utils._files import write_atomically
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._context import iso
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.changes import plain
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.plan import make_plan

SPEC: dict[str, dict[str, Any]] = {
    "dest": {"type": "path", "required": True},
    "records": {"type": "list", "elements": "dict", "required": True},
    "run": {"type": "str", "required": True},
    "verdict": {"type": "dict", "required": True},
}


class ActionModule(ActionBase):
    """Writes in check mode too: a file on the controller is no change of a host."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _unused, options = self.validate_argument_spec(argument_spec=SPEC)
        host = str((task_vars or {}).get("inventory_hostname", "localhost"))
        plan = plain(make_plan(host, options["run"], options["verdict"], options["records"], iso(datetime.now(timezone.utc))))
        path = Path(options["dest"]) / f"{host}.yml"
        try:
            write_atomically(path, yaml.safe_dump(plan, sort_keys=False, width=160, allow_unicode=True))
        except OSError as error:
            raise AnsibleActionFail(f"The plan of {host} cannot be written to {path}: {error.strerror}; choose another azvm_plan_dir.") from error
        result.update(changed=False, plan=plan, path=str(path))
        return result

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Having the agent install a stuck backup extension anew. Private to this collection.

An agent that finds no HandlerState takes the extension for not installed, unpacks its archive over the folder (which brings back files that are missing),
installs and enables it. `mrseq` stays: without it the extension would take the last backup order for a new one and freeze the host outside of any backup.
Source: https://github.com/Azure/WALinuxAgent, azurelinuxagent/ga/exthandlers.py (get_handler_state, download).
"""

import json
import os

from ansible_collections.azvm.backup.plugins.module_utils._agent_plan import PLAN
from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError, Setter
from ansible_collections.azvm.backup.plugins.module_utils._extension_work import refuse_working
from ansible_collections.azvm.backup.plugins.module_utils._journal import sync_folder
from ansible_collections.azvm.backup.plugins.module_utils._linux_extension import folders
from ansible_collections.azvm.backup.plugins.module_utils._linux_host import Host
from ansible_collections.azvm.backup.plugins.module_utils._linux_run import AbsentError
from ansible_collections.azvm.backup.plugins.module_utils._undo_items import state, systemctl

ENABLED, NOT_READY = "Enabled", "NotReady"


class Reload(Setter):
    """The newest version of the extension that is on the host."""

    undo_level = "settings"

    def __init__(self, plan=None, root="/"):
        self.plan = plan or PLAN
        super().__init__(os.path.join(self.plan["agent"]["lib_dir"], self.plan["extension"]["handler"]))
        self.host = Host(self.plan, None, None, root, live=True)
        self.taken = None

    def read(self):
        found = folders(self.host)
        if not found:
            raise ChangeError("The backup extension is not installed below {0}; an on-demand backup installs it.".format(self.plan["agent"]["lib_dir"]))
        version, path = found[0]
        self.folder = path
        return {"version": version, "folder": path, "stuck": self._stuck(path)}

    def _stuck(self, path):
        """Why the extension is stuck; nothing where the agent is to install it anew anyway."""
        plan = self.plan["extension"]
        text = self.host.read_or_none(os.path.join(path, plan["handler_state"]))
        if text is None or (self.taken and self._identity(path) != self.taken):
            return []  # without it, or once the agent has written it anew, the rest is the agent's
        binary = "safefreeze_arm64" if os.uname().machine in ("aarch64", "arm64") else "safefreeze"
        reasons = ["HandlerState {0}".format(text.strip()[:40])] if text.strip() != ENABLED else []
        reasons += ["HandlerStatus {0}".format(word) for word in [self._status(path)] if word]
        missing = [name for name in (plan["manifest"], plan[binary]) if not self.host.exists(os.path.join(path, name))]
        return reasons + ["{0} is missing".format(name) for name in missing]

    def _status(self, path):
        text = self.host.read_or_none(os.path.join(path, self.plan["extension"]["handler_status"]))
        if text is None:
            return None
        try:
            found = json.loads(text)
            found = found[0] if isinstance(found, list) else found
            return NOT_READY if found["status"] == NOT_READY else None
        except (IndexError, KeyError, TypeError, ValueError):
            return "is not understood"

    def wanted(self):
        if not self.before["stuck"]:
            return self.before
        refuse_working(self.host, "it is not reloaded")
        self.unit = self._unit()
        return dict(self.before, stuck=[])

    def _unit(self):
        try:
            units = self.host.units(self.plan["agent"]["units"], ("ActiveState",))
        except AbsentError as error:
            raise ChangeError("The agent cannot be restarted: {0}; restart it by hand.".format(error))
        active = [unit["Id"] for unit in units if unit.get("ActiveState") == "active"]
        if not active:
            raise ChangeError("The VM agent does not run, and only it can install the extension anew; start it first (fix_guest_agent_service_linux).")
        return active[0]

    def _paths(self):
        plan = self.plan["extension"]
        paths = [self.host.path(os.path.join(self.folder, plan[name])) for name in ("handler_state", "handler_status")]
        return [path for path in paths if os.path.lexists(path)]

    def undo_items(self):
        """The journal keeps both files, bytes and owner, and undo brings them back where the agent has written none since."""
        items = [{"kind": "file", "path": path, "after": {"exists": False}} for path in self._paths()]
        return [dict(item, before=state(item)) for item in items]

    def act(self):
        self.taken = self._identity(self.folder)
        for path in self._paths():
            os.unlink(path)
            sync_folder(os.path.dirname(path))
        systemctl("restart", "--", self.unit)

    def _identity(self, path):
        found = self.host.stat(os.path.join(path, self.plan["extension"]["handler_state"]))
        return (found.st_ino, found.st_mtime_ns) if found else None

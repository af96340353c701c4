# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version of the VM agent the distribution's repository shall install. Private to this collection."""

from ansible_collections.azvm.backup.plugins.module_utils._agent_plan import PLAN
from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError, Setter
from ansible_collections.azvm.backup.plugins.module_utils._package_manager import manager
from ansible_collections.azvm.backup.plugins.module_utils._versions import upstream


class AgentPackage(Setter):
    """The package of the agent; ansible.builtin.package installs it."""

    undo_level = "none"

    def __init__(self, package, minimum, latest, root="/"):
        super().__init__(package or "the package of the VM agent")
        self.package, self.minimum, self.latest, self.root = package, minimum, latest, root

    def read(self):
        if self.minimum and not upstream(self.minimum):
            raise ChangeError("minimum is {0!r}, which is no version; give numbers with dots, as 2.2.53.1.".format(self.minimum))
        self.manager = manager(self.root)
        names = [self.package] if self.package else PLAN["agent"]["packages"]
        installed = self.manager.installed(names)
        if installed:
            name, version = installed[0]
            return {"package": name, "installed": version, "candidate": self.manager.offered(name) or version}
        for name in names:
            offered = self.manager.offered(name)
            if offered:
                return {"package": name, "installed": None, "candidate": offered}
        raise ChangeError(
            "No repository of this host offers {0}; look at its repositories, refresh its lists (`{1}`), then run again.".format(
                " or ".join(names), self.manager.refresh
            )
        )

    def wanted(self):
        installed, candidate = self.before["installed"], self.before["candidate"]
        newer = installed is None or self.manager.newer(candidate, installed)
        if installed is not None and not self._too_old(installed) and not (self.latest and newer):
            return self.before
        if not newer or self._too_old(candidate):
            raise ChangeError(
                "{0} {1} is older than {2}, and the repositories of this host offer only {3}; refresh its lists (`{4}`) and run again, let the agent update "
                "itself (AutoUpdate.Enabled=y, fix_waagent_conf), or move the host to a release that is still supported.".format(
                    self.before["package"], installed or "(not installed)", self.minimum, candidate, self.manager.refresh
                )
            )
        return dict(self.before, installed=candidate)

    def _too_old(self, version):
        return bool(self.minimum) and upstream(version) < upstream(self.minimum)

    def undo_items(self):
        return []

    def stock(self):
        return {"module": "ansible.builtin.package", "options": {"name": self.before["package"], "state": "latest"}}

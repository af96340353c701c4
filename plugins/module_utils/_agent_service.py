# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The systemd unit of the VM agent, under whichever name the distribution gives it. Private to this collection."""

import contextlib
import os
import time

from ansible_collections.azvm.backup.plugins.module_utils._agent_plan import PLAN
from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError, Setter
from ansible_collections.azvm.backup.plugins.module_utils._extension_work import refuse_working
from ansible_collections.azvm.backup.plugins.module_utils._linux_host import Host
from ansible_collections.azvm.backup.plugins.module_utils._tools import run
from ansible_collections.azvm.backup.plugins.module_utils._undo_items import Service, systemctl

PROPERTIES = "Id,LoadState,UnitFileState,ActiveState,ConditionResult,MainPID"
SHOW_SECONDS = 30
# An agent that cannot work ends at once; one that still runs after the first look is taken for started.
SETTLE_SECONDS = 1.0
SETTLE_LOOKS = 10
# The kernel counts the start of a process in hundredths of a second, and the agent reads its configuration only after its interpreter has started.
SLACK_SECONDS = 0.1


class AgentService(Setter):
    """The unit enabled and running and, where that is asked, started after its configuration was last changed."""

    undo_level = "settings"

    def __init__(self, options, check_mode, root="/", plan=None):
        super().__init__("the service of the VM agent")
        self.options, self.check_mode = options, check_mode
        self.host = Host(plan or PLAN, None, None, root, live=True)
        self.unit = {}

    def read(self):
        self.unit = self._choose(self._units())
        self.target = self.unit["Id"]
        return {
            "unit": self.target,
            "enabled": self.unit.get("UnitFileState", ""),
            "active": self._active(),
            "configuration_in_use": self._in_use() if self.options["configuration_in_use"] else None,
        }

    def _active(self):
        return self.unit.get("ActiveState") == "active"

    def _units(self):
        """The units of the agent that exist, as systemd shows them; two names of one unit are one."""
        names = self.host.plan["agent"]["units"]
        if not self.host.exists("/run/systemd/system"):
            raise ChangeError(
                "systemd does not run on this host, so the service of the VM agent was not changed; start the agent as this host starts services."
            )
        code, output, errors = run(["systemctl", "show", "--no-pager", "--property=" + PROPERTIES, "--"] + names, SHOW_SECONDS)
        units = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in output.split("\n\n")]
        units = [unit for unit in units if unit.get("LoadState")]
        if not units:
            raise ChangeError("systemctl cannot show the service of the VM agent (exit code {0}: {1}), so nothing was changed.".format(code, errors.strip()))
        found = {unit["Id"]: unit for unit in units if unit["LoadState"] != "not-found"}
        if not found:
            raise ChangeError(
                "This host has neither {0}, so there is no VM agent to start; install it (fix_guest_agent_upgrade_linux).".format(" nor ".join(names))
            )
        return found

    def _choose(self, units):
        """Where both names exist, the unit that runs, then one that nobody masked; once chosen, it stays."""
        if self.unit.get("Id") in units:
            return units[self.unit["Id"]]
        return sorted(units.values(), key=lambda unit: (unit.get("ActiveState") != "active", self._masked(unit)))[0]

    @staticmethod
    def _masked(unit):
        return unit["LoadState"] == "masked" or unit.get("UnitFileState", "").startswith("masked")

    def _in_use(self):
        """Whether the main process of the agent started after its configuration was put there; it reads the file only then."""
        path = self.options["configuration"]
        changed = self.host.stat(path)
        if changed is None:
            raise ChangeError("{0} does not exist, so whether the VM agent uses it cannot be told; name the file that the agent reads.".format(path))
        if not self._active() or (self.check_mode and self.options["configuration_pending"]):
            return False
        # The time of the inode: a file that a package or a person moves into place keeps its older time of modification.
        return self._started() + SLACK_SECONDS >= changed.st_ctime

    def _started(self):
        """When the main process started, on the clock of today: the wall clock may have been set since, the uptime not."""
        pid = self.unit.get("MainPID", "0")
        try:
            # The name in parentheses may hold anything; the start time is the twentieth field behind it.
            ticks = float(self.host.read("/proc/{0}/stat".format(pid)).rpartition(")")[2].split()[19])
            uptime = float(self.host.read("/proc/uptime").split()[0])
        except (OSError, IndexError, ValueError):
            raise ChangeError("When {0} started (process {1}) cannot be told, so nothing was changed; restart it by hand.".format(self.target, pid))
        return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")

    def wanted(self):
        before = self.before
        if self._masked(self.unit):
            raise ChangeError(
                "{0} is masked, which a person did, so it was left alone; ask why, then `systemctl unmask {0}` and run this again.".format(self.target)
            )
        if self.unit["LoadState"] != "loaded":
            raise ChangeError("systemd cannot load {0} ({1}), so it was left alone; see `systemctl status {0}`.".format(self.target, self.unit["LoadState"]))
        if before["enabled"] not in ("enabled", "disabled"):
            self.warnings.append(
                "{0} is {1}, which is left so; check that it starts with the host.".format(self.target, before["enabled"] or "no unit with an install section")
            )
        if self._restarts():
            refuse_working(self.host, "{0} is not restarted".format(self.target))
        enabled = "enabled" if before["enabled"] == "disabled" else before["enabled"]
        return dict(before, enabled=enabled, active=True, configuration_in_use=None if before["configuration_in_use"] is None else True)

    def _restarts(self):
        return self.before["active"] and self.before["configuration_in_use"] is False

    def undo_items(self):
        return [{"kind": "service", "unit": self.target, "before": self._service(self.before), "after": self._service(self.after)}]

    @staticmethod
    def _service(state):
        return {key: state[key] for key in ("enabled", "active")}

    def act(self):
        try:
            self._act()
        except Exception:
            # Of a unit that was enabled and did not start, the journal would say that another had changed it.
            with contextlib.suppress(OSError, RuntimeError):
                Service.set(self.target, Service.state({"unit": self.target}), self._service(self.before))
            raise

    def _act(self):
        Service.set(self.target, self._service(self.before), self._service(self.after))
        if self._restarts():
            systemctl("restart", "--", self.target)
        if self._restarts() or not self.before["active"]:
            self._settle()

    def _settle(self):
        for _look in range(SETTLE_LOOKS):
            time.sleep(SETTLE_SECONDS)
            self.unit = self._choose(self._units())
            if self._active():
                return
            if self.unit.get("ConditionResult") == "no":
                raise ChangeError(
                    "systemd does not start {0}, because a condition of the unit does not hold on this host; see `systemctl status {0}`.".format(self.target)
                )
        raise ChangeError(
            "{0} was started and does not run ({1}); see `journalctl -u {0} -n 50`.".format(self.target, self.unit.get("ActiveState", "state unknown"))
        )

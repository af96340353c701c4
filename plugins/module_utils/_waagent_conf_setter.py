# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What waagent.conf says, what it shall say, and how it gets there. Private to this collection."""

import base64
import os

from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError, Setter
from ansible_collections.azvm.backup.plugins.module_utils._linux_text import mask
from ansible_collections.azvm.backup.plugins.module_utils._undo_items import DriftError, File, attributes, replace
from ansible_collections.azvm.backup.plugins.module_utils._waagent_conf import EditError, checked, count, decode, edit, is_known, read, same


class AgentConf(Setter):
    """Sets keys of waagent.conf. The agent reads it when it starts, so the side effects of an undone change stay until then."""

    undo_level = "settings"

    def __init__(self, options):
        super().__init__(os.path.abspath(options["path"]))
        self._state = self._new = None
        if not options["settings"]:
            raise ChangeError("No keys were named for {0}, so there is nothing to do; give them in settings.".format(self.target))
        try:
            self._settings = checked(options["settings"])
        except EditError as error:
            raise ChangeError(str(error))
        for name, value in self._settings.items():
            if mask("{0}={1}".format(name, value)) != "{0}={1}".format(name, value):
                raise ChangeError("The value for {0} holds a password, which a plan would show, so nothing was changed; set it by hand.".format(name))

    def read(self):
        self._state = self._file()
        return self._describe(self._text())

    def _file(self):
        if os.path.islink(self.target):
            raise ChangeError("{0} is a symbolic link, which is not followed, so nothing was changed; name the file itself.".format(self.target))
        try:
            state = File.state({"path": self.target})
        except DriftError as error:
            raise ChangeError("{0} Nothing was changed; put a regular file in its place.".format(error))
        except OSError as error:
            raise ChangeError("{0} cannot be read ({1}), so nothing was changed; name a regular file, and run as root.".format(self.target, error.strerror))
        if not state["exists"]:
            raise ChangeError("{0} does not exist, so nothing was changed; install the VM agent (fix_guest_agent_upgrade_linux).".format(self.target))
        return state

    def _text(self):
        try:
            return decode(base64.b64decode(self._state["base64"]))
        except EditError as error:
            raise ChangeError("{0} was not changed: {1}.".format(self.target, error))

    def _describe(self, text):
        found = read(text)
        # A value that only differs in case is the same to the agent, and must not look like a change.
        return {"settings": {name: self._shown(name, found.get(name)) for name in self._settings}}

    def _shown(self, name, value):
        if value is None or same(name, value, self._settings[name]):
            return self._settings[name] if value is not None else None
        return mask("{0}={1}".format(name, value)).partition("=")[2]

    def wanted(self):
        text = self._text()
        try:
            self._new = edit(text, self._settings)
        except EditError as error:
            raise ChangeError("{0} was not changed: {1}.".format(self.target, error))
        self._warn(text)
        return self._describe(self._new)

    def _warn(self, text):
        for name in self._settings:
            if not is_known(name):
                self.warnings.append("No version of the agent that this collection knows reads {0}.".format(name))
            if count(text, name) > 1:
                self.warnings.append("{0} stands {1} times in {2}; the last one counts, and only that is set.".format(name, count(text, name), self.target))
        if text.startswith("\ufeff"):
            self.warnings.append("{0} begins with a byte order mark, so the agent does not find the key of its first line.".format(self.target))
        found = read(self._new)
        if self._settings.get("AutoUpdate.Enabled") == "y" and (found.get("AutoUpdate.UpdateToLatestVersion") or "").lower() == "n":
            self.warnings.append("AutoUpdate.UpdateToLatestVersion is n, so newer agents do not update themselves whatever AutoUpdate.Enabled is.")
        if self._settings.get("Extensions.Enabled") == "n":
            self.warnings.append("With Extensions.Enabled=n the agent runs no extension, so the backup of this host can only be crash-consistent or fail.")

    def undo_items(self):
        data = base64.b64encode(self._new.encode("utf-8")).decode("ascii")
        return [{"kind": "file", "path": self.target, "before": self._state, "after": dict(self._state, base64=data)}]

    def act(self):
        if self._file() != self._state:
            raise ChangeError("{0} was changed by another at this moment, and was left alone; run again.".format(self.target))
        replace(self.target, self._new.encode("utf-8"), attributes(self.target))

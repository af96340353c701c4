# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What vmbackup.conf says, what it shall say, and how it gets there. Private to this collection."""

import base64
import os

from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError, Setter
from ansible_collections.azvm.backup.plugins.module_utils._mount_table import read_mounts
from ansible_collections.azvm.backup.plugins.module_utils._undo_items import DriftError, File, attributes, replace
from ansible_collections.azvm.backup.plugins.module_utils._vmbackup_conf import DEAD, SECTION, SPELLING, EditError, classify, edit, read, split
from ansible_collections.azvm.backup.plugins.module_utils._vmbackup_conf_mounts import SKIP_LIST, merge_mounts, mount_warnings, repaired_list, skip_list
from ansible_collections.azvm.backup.plugins.module_utils._vmbackup_conf_repair import repair
from ansible_collections.azvm.backup.plugins.module_utils._vmbackup_conf_settings import BOUNDS, DEFAULTS, checked, raised, seconds

# Each version of the extension brings this file along, and none opens it.
TEMPLATE = "main/tempPlugin/vmbackup.conf"


class ConfSetter(Setter):
    """Sets the skip list and keys of [SnapshotThread], and repairs the file where that is asked."""

    def __init__(self, options):
        super().__init__(os.path.abspath(options["path"]))
        self.options = options
        self._lists = bool(options["mounts_to_skip"]) or (options["mounts_to_skip"] is not None and options["state"] == "exact")
        self._data = self._new = None  # bytes of the file; None where there is none
        self._settings, self._mounts = None, []

    def read(self):
        if self._settings is None:
            self._prepare()
        self._data = self._bytes()
        return self._describe(self._data)

    def _prepare(self):
        """What the options say, and what is mounted."""
        try:
            self._settings = checked(self.options["settings"])
            self._mounts = read_mounts() if self._lists or self.options["repair"] else []
        except EditError as error:
            raise ChangeError(str(error))
        except OSError as error:
            self.warnings.append("The mount table cannot be read ({0}), so nobody checked that MountsToSkip has mount points only.".format(error))

    def _bytes(self):
        if os.path.islink(self.target) or (os.path.exists(self.target) and not os.path.isfile(self.target)):
            what = "a symbolic link, which is not followed" if os.path.islink(self.target) else "no regular file"
            raise ChangeError("{0} is {1}, so nothing was changed; put a regular file in its place.".format(self.target, what))
        try:
            state = File.state({"path": self.target})
        except (DriftError, OSError) as error:
            raise ChangeError("{0} cannot be read, so nothing was changed; run as root. ({1})".format(self.target, error))
        return base64.b64decode(state["base64"]) if state["exists"] else None

    def _describe(self, data):
        readable, reason, options = read(data or b"")
        concerned = self._lists or self.options["repair"]
        # Not whether there is a file: a plan can hold several changes of it, and the first one makes it.
        return {
            "readable": readable,
            "reason": reason,
            "mounts_to_skip": skip_list(options) if concerned else None,
            "settings": {name: options.get(name.lower()) for name in self._settings},
            "to_repair": self._repaired(data or b"")[1] if self.options["repair"] else [],
        }

    def _repaired(self, data):
        """(bytes, sentences of what was done)"""
        try:
            data, done = repair(data)
            options = read(data)[2]
            entries = repaired_list(options, [mount["path"] for mount in self._mounts])
            if entries != skip_list(options):
                data = edit(data, {"MountsToSkip": ",".join(entries) or None}, keep=True)
                done = done + ["MountsToSkip was '{0}', which the extension takes to the letter.".format(options[SKIP_LIST].replace("\n", "\\n"))]
        except EditError as error:
            raise ChangeError(str(error))
        return data, done

    def wanted(self):
        try:
            self._new = self._computed()
        except EditError as error:
            raise ChangeError(str(error))
        self._warn()
        return self._describe(self._new)

    def _computed(self):
        data = self._data or b""
        if self.options["repair"]:
            data = self._repaired(data)[0]
        options = read(data)[2]
        settings = raised(self._settings, options) if self.options["only_raise"] else dict(self._settings)
        if self._lists:
            entries = skip_list(options)
            merged = merge_mounts(entries, self.options["mounts_to_skip"], self.options["state"])
            if merged != entries:
                settings["MountsToSkip"] = ",".join(merged) or None
        if settings:
            data = edit(data, settings)
        return data if data or self._data is not None else None

    def _warn(self):
        data = self._new or b""
        readable, reason, options = read(data)
        if not readable:
            self.warnings.append("The extension cannot read {0} ({1}) and ignores all of it: ask for repair.".format(self.target, reason))
        if self.target.endswith("/" + TEMPLATE):
            self.warnings.append("{0} is a template that nothing reads, and goes with the next version; use /etc/azure/vmbackup.conf.".format(self.target))
        if self._lists or self.options["repair"]:
            self.warnings.extend(mount_warnings(skip_list(options), self._mounts) if self._mounts else [])
            if readable and SKIP_LIST not in options and self._has(data, SKIP_LIST):
                self.warnings.append("MountsToSkip of {0} has a '%', so the extension ignores the whole list; take that entry out by hand.".format(self.target))
        unread = sorted(key for key in options if key not in SPELLING)
        if unread:
            old = " Old documents name {0}.".format(", ".join(key for key in unread if key in DEAD)) if set(unread) & set(DEAD) else ""
            self.warnings.append("{0} has keys that no code of the extension reads: {1}.{2}".format(self.target, ", ".join(unread), old))
        if any(byte > 127 for byte in bytearray(data)):
            self.warnings.append("{0} has characters beyond ASCII; under Python 3.6 in the C locale the extension ignores the whole file.".format(self.target))
        self._warn_of_values(options)

    @staticmethod
    def _has(data, key):
        return any(line.key == key and line.section == SECTION for line in classify(split(data.decode("utf-8"))))

    def _warn_of_values(self, options):
        for name in self._settings:
            if name.lower() in BOUNDS and seconds(options, name) > DEFAULTS[name.lower()]:
                self.warnings.append(
                    "{0} = {1}: a freeze that hangs now holds up whatever writes on this host for up to {1} s, {2} s by default.".format(
                        name, seconds(options, name), DEFAULTS[name.lower()]
                    )
                )
        if self._settings.get("seqsnapshot") == "0" and read(self._data or b"")[2].get("seqsnapshot") == "1":
            self.warnings.append("seqsnapshot was 1, which the extension writes itself when snapshots in parallel take too long; it may do so again.")

    def undo_items(self):
        old, new = read(self._data or b""), read(self._new)
        keys = [] if self.options["repair"] or not old[0] else sorted(key for key in set(old[2]) | set(new[2]) if old[2].get(key) != new[2].get(key))
        item = {"kind": "vmbackup_conf", "path": self.target, "keys": keys, "made_folder": not os.path.isdir(os.path.dirname(self.target))}
        return [dict(item, before=_content(self._data), after=_content(self._new))]

    def act(self):
        if self._bytes() != self._data:
            raise ChangeError("{0} was changed by another at this moment, so nothing was changed; run again.".format(self.target))
        folder = os.path.dirname(self.target)
        made = not os.path.isdir(folder)
        if made:
            os.mkdir(folder)
            os.chmod(folder, 0o755)  # whatever the umask
        # As the extension makes it; a file that is there keeps its own.
        new = {"mode": "0644", "uid": os.geteuid(), "gid": os.getegid(), "label": None}
        try:
            replace(self.target, self._new, new if self._data is None else attributes(self.target))
        except BaseException:
            if made:
                os.rmdir(folder)
            raise


def _content(data):
    return {"exists": False} if data is None else {"exists": True, "base64": base64.b64encode(data).decode("ascii")}

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owner and mode of the snapshot scripts and of what configures them. Private to this collection.

The extension runs the scripts as root, and so refuses what another may have written. To give such a file to root makes it run: that takes a person who has
read it, so it is refused unless the caller says so.
"""

import errno
import os
import stat

from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError, Setter
from ansible_collections.azvm.backup.plugins.module_utils._script_config import LOCATIONS, LONGEST_SECONDS, load, longest_seconds, problems
from ansible_collections.azvm.backup.plugins.module_utils._undo_items import attributes

MOST_BYTES = 1024 * 1024
# What the distribution owns: a mode of 0700 on /bin/true would keep everybody else from it.
SYSTEM_FOLDERS = tuple("/{0}/".format(name) for name in "bin sbin lib lib64 usr/bin usr/sbin usr/lib usr/lib64 usr/libexec boot dev proc sys".split())
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


def _config_mode(mode):
    return mode if not mode & 0o177 else 0o600


def _host_config_mode(mode):
    return mode if (mode >> 3) & 7 in (0, 4) and mode & 7 in (0, 4) else 0o600


def _script_mode(mode):
    return mode if not mode & 0o077 else 0o700


class ScriptPermissions(Setter):
    """Root as the owner and a mode that the extension accepts, of files that root alone could write so far."""

    def __init__(self, options):
        super().__init__(os.path.abspath(options["path"]))
        self.host_config = os.path.abspath(options["host_config"])
        self.trust = options["trust_content"]
        self._rules = {}  # {path: function from the present mode to one that is accepted}
        self._texts = {}  # {path: bytes} of both configurations
        self._told = []

    def read(self):
        self._told = []
        found = {}
        for path, rule in ((self.target, _config_mode), (self.host_config, _host_config_mode)):
            self._look(found, path, rule, content=True)
        if self.target in found:
            for location in self._locations():
                self._look(found, location, _script_mode)
                if location not in found:
                    self._told.append("{0!r}, which {1} names, does not exist.".format(location, self.target))
        return {"files": found}

    def _locations(self):
        try:
            config = load(self._texts[self.target])
        except ValueError as error:
            raise ChangeError("{0} is {1}, so its scripts are not known and nothing was changed; correct it by hand.".format(self.target, error))
        longest = LONGEST_SECONDS
        try:
            longest = longest_seconds(self._texts[self.host_config]) if self.host_config in self._texts else longest
        except ValueError as error:
            self._told.append("The extension cannot use {0} ({1}).".format(self.host_config, error))
        self._told += ["{0}: {1}".format(self.target, text) for text in problems(config, longest)]
        named = [config[key] for key in LOCATIONS if config.get(key) and isinstance(config[key], str)]
        usable = [path for path in named if os.path.isabs(path) and "\0" not in path and path.isprintable()]
        self._told += ["{0!r} in {1} is no absolute path that could be looked at.".format(path, self.target) for path in named if path not in usable]
        return [os.path.normpath(path) for path in usable]

    def _look(self, found, path, rule, content=False):
        if path in found:
            return
        try:
            handle, folders = open_file(path)
        except FileNotFoundError:
            return
        try:
            status = os.fstat(handle)
            if content:
                self._texts[path] = os.read(handle, MOST_BYTES)
        finally:
            os.close(handle)
        found[path] = {"mode": "{0:04o}".format(stat.S_IMODE(status.st_mode)), "uid": status.st_uid, "gid": status.st_gid}
        self._rules[path] = rule
        self._told += ["{0} may be replaced by others than root, because they may write in {1}.".format(path, folder) for folder in folders]
        if status.st_nlink > 1 and self._corrected(path, found[path]) != found[path]:
            raise ChangeError("{0} has {1} names, so what else its mode governs is not known, and nothing was changed.".format(path, status.st_nlink))

    def _corrected(self, path, present):
        mode = int(present["mode"], 8)
        if present["uid"] != 0:
            return {"mode": "{0:04o}".format(self._rules[path](mode & 0o777)), "uid": 0, "gid": 0}
        return dict(present, mode="{0:04o}".format(self._rules[path](mode)))

    def wanted(self):
        self.warnings.extend(self._told)
        after = {path: self._corrected(path, present) for path, present in self.before["files"].items()}
        for path in self._changed(after):
            self._refuse_system(path)
            self._refuse_untrusted(path, self.before["files"][path], after[path])
        return {"files": after}

    def _changed(self, after):
        return [path for path, present in sorted(self.before["files"].items()) if after[path] != present]

    @staticmethod
    def _refuse_system(path):
        if path.startswith(SYSTEM_FOLDERS):
            raise ChangeError("{0} is a program of the system, so its mode was not changed; name a script of your own in the configuration.".format(path))

    def _refuse_untrusted(self, path, present, wanted):
        mode = int(present["mode"], 8)
        others = mode & 0o002 or (mode & 0o020 and present["gid"] != 0)
        if self.trust or (present["uid"] == 0 and not others):
            return
        raise ChangeError(
            "{0} could be written by others than root (uid {1[uid]}, gid {1[gid]}, mode {1[mode]}), and decides what runs as root once it is accepted, so "
            "nothing was changed; read it, then allow it by trust_content, or run `chown root:root` and `chmod {2[mode]}` on it.".format(path, present, wanted)
        )

    def undo_items(self):
        items = []
        for path in self._changed(self.after["files"]):
            before = attributes(path)
            items.append({"kind": "attributes", "path": path, "before": before, "after": dict(before, **self.after["files"][path])})
        return items

    def act(self):
        for path in self._changed(self.after["files"]):
            handle, _folders = open_file(path)
            try:
                self._set(handle, path)
            finally:
                os.close(handle)

    def _set(self, handle, path):
        before, after = self.before["files"][path], self.after["files"][path]
        status = os.fstat(handle)
        present = {"mode": "{0:04o}".format(stat.S_IMODE(status.st_mode)), "uid": status.st_uid, "gid": status.st_gid}
        if present != before:
            raise ChangeError("{0} was changed by another at this moment, and was left alone; run again.".format(path))
        if (before["uid"], before["gid"]) != (after["uid"], after["gid"]):
            os.fchown(handle, after["uid"], after["gid"])
        os.fchmod(handle, int(after["mode"], 8))


def open_file(path):
    """(handle, folders on the way in which others than root may write) of a regular file. No link is followed, neither on the way nor at the end."""
    folders, parts = [], [part for part in path.split("/") if part]
    handle, reached = os.open("/", _OPEN | os.O_DIRECTORY), ""
    try:
        for part in parts[:-1]:
            below = os.open(part, _OPEN | os.O_DIRECTORY, dir_fd=handle)
            os.close(handle)
            handle, reached = below, "{0}/{1}".format(reached, part)
            status = os.fstat(handle)
            if status.st_uid != 0 or (status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX):
                folders.append(reached)
        if stat.S_ISREG(os.stat(parts[-1], dir_fd=handle, follow_symlinks=False).st_mode):
            # O_NONBLOCK: it could have become a FIFO since.
            return _regular(os.open(parts[-1], _OPEN | os.O_NONBLOCK, dir_fd=handle), path), folders
    except FileNotFoundError:
        raise
    except (IndexError, OSError) as error:
        if getattr(error, "errno", None) in (errno.EACCES, errno.EPERM):
            raise ChangeError("{0!r} cannot be looked at ({1}), so nothing was changed; run as root.".format(path, error.strerror))
    finally:
        os.close(handle)
    raise ChangeError("{0!r} is no regular file, or a symbolic link leads there, which is not followed; name the file itself.".format(path))


def _regular(handle, path):
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ChangeError("{0!r} was replaced at this moment, and was left alone; run again.".format(path))
    return handle

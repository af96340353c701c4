# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reporting one mount point and taking the upper mount off it. Private to this collection."""

import os

from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError, Setter
from ansible_collections.azvm.backup.plugins.module_utils._mount_table import below, fstab_paths, namespaces, read_mounts, read_other, stack
from ansible_collections.azvm.backup.plugins.module_utils._mount_users import users
from ansible_collections.azvm.backup.plugins.module_utils._tools import TimedOutError, bounded, run
from ansible_collections.azvm.backup.plugins.module_utils._undo_mount import describe

# Never taken off, whatever lies there: without them the system does not run.
NEVER = ("/", "/bin", "/boot", "/boot/efi", "/efi", "/etc", "/lib", "/lib64", "/root", "/sbin", "/usr", "/var/lib/waagent")
NEVER_BELOW = ("/dev", "/proc", "/run", "/sys")
# Where desktops mount what is plugged in.
NOT_BELOW = ("/run/media/",)
# Belong to the system unless something is mounted on top of them a second time.
SYSTEM = ("/home", "/mnt", "/opt", "/srv", "/tmp", "/usr/local", "/var", "/var/lib", "/var/log", "/var/log/audit", "/var/tmp")
IN_MEMORY = ("tmpfs", "ramfs")


class StaleMount(Setter):
    """One mount point; `unmount` takes its upper mount off."""

    undo_level = "settings"

    def __init__(self, path, unmount, seconds):
        super().__init__(path)
        self.unmount, self.seconds = unmount, seconds
        self.extra["used_by"] = None

    def read(self):
        if self.seconds < 1:
            raise ChangeError("timeout is {0} for {1}; it must be at least 1 second.".format(self.seconds, self.target))
        if not os.path.isabs(self.target) or os.path.normpath(self.target) != self.target or self.target.startswith("//"):
            raise ChangeError("{0!r} is no mount point by its exact name; give the absolute path as `findmnt` shows it.".format(self.target))
        self.entries = read_mounts()
        self.stacked = stack(self.entries, self.target)
        return describe(self.stacked)

    def wanted(self):
        if not self.stacked:
            self._refuse_hidden()
            return self.before
        top = self.stacked[-1]
        looked = bounded(lambda: users(top, len(self.stacked) > 1), self.seconds)
        self.extra["used_by"] = looked.get("data")
        if not self.unmount:
            return self.before
        self._refuse_system(top)
        self._refuse_used(top, looked)
        self._warn_elsewhere(top)
        return describe(self.stacked[:-1])

    def _refuse_hidden(self):
        if self.unmount and any(entry["path"] == self.target for entry in self.entries):
            raise ChangeError("{0} is mounted, but hidden below a mount further up, so it is not touched; look with `findmnt -R`.".format(self.target))

    def _refuse_system(self, top):
        path = self.target
        if path in NEVER or any(path == folder or path.startswith(folder + "/") for folder in NEVER_BELOW) and not path.startswith(NOT_BELOW):
            raise ChangeError("{0} is a mount point of the system, which is never unmounted; look at it by hand with `findmnt {0}`.".format(path))
        if len(self.stacked) < 2 and path in SYSTEM:
            raise ChangeError("{0} is a mount point of the system and is mounted once, so it is not unmounted; look at it with `findmnt {0}`.".format(path))
        if len(self.stacked) < 2 and path in fstab_paths():
            raise ChangeError(
                "{0} stands in /etc/fstab and is mounted once, so it is meant to be there; take its line off first if it is a leftover.".format(path)
            )
        if top["fstype"] in IN_MEMORY:
            raise ChangeError("{0} is {1}, whose files would be lost, so it is not unmounted; copy them first, then `umount {0}`.".format(path, top["fstype"]))
        if top["fstype"] == "autofs":
            raise ChangeError("{0} is kept by autofs, which would mount it again; take it out of the maps of autofs.".format(path))

    def _refuse_used(self, top, looked):
        inside = below(self.entries, top)
        if inside:
            raise ChangeError("{0} has other mounts inside ({1}); unmount those first, each by its name.".format(self.target, ", ".join(inside[:5])))
        if looked["status"] != "ok":
            raise ChangeError(
                "Whether {0} is in use cannot be found out ({1}), so it is not unmounted; look with `fuser -vm` in a second session.".format(
                    self.target, looked["error"]
                )
            )
        if looked["data"]:
            names = ", ".join("{0} ({1}, {2})".format(user["name"], user["pid"] or "kernel", user["use"]) for user in looked["data"][:5])
            raise ChangeError("{0} is in use by {1}, so it is not unmounted; end that first.".format(self.target, names))

    def _warn_elsewhere(self, top):
        for pid in namespaces().values():
            for other in read_other(pid):
                if all(other[key] == top[key] for key in ("number", "root", "device")):
                    self.warnings.append("{0} is also mounted for process {1}, in a mount namespace of its own, and may stay there.".format(self.target, pid))
                    return

    def undo_items(self):
        top = self.stacked[-1]
        item = {"kind": "mount", "path": self.target, "before": self.before, "after": self.after}
        return [dict(item, super_options=top["super_options"], number=top["number"])]

    def act(self):
        """Without -c, umount would look at the path first, and hang with the server."""
        try:
            code, _output, errors = run(["umount", "--no-canonicalize", "--", self.target], self.seconds)
        except TimedOutError:
            raise ChangeError(
                "`umount {0}` did not end within {1} s and may end later; what it waits for does not answer. Bring its server or disk back; "
                "otherwise, knowing that what was not written is lost, by hand: `umount -l {0}`.".format(self.target, self.seconds)
            )
        if code:
            raise ChangeError("`umount {0}` ended with {1} and nothing was forced: {2}".format(self.target, code, errors.strip()[-500:]))

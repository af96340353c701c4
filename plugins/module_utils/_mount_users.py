# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who uses a mount, told by what the kernel shows of processes and never by a look at the mount itself. Private to this collection.

umount(2) has the last word: without force it refuses what is in use. This look says who it is, before anything is tried.
"""

import os
import re

from ansible_collections.azvm.backup.plugins.module_utils._mount_table import namespaces, read_other, unescape

MOST = 20


def users(entry, stacked, proc="/proc", sys="/sys"):
    """Up to MOST of [{pid, name, use, path}] for a mount. `stacked` where another lies below it at the same place, whose users have the same paths.

    May hang on a dead server: to be called in a process of its own.
    """
    found = _kernel_users(entry["path"], proc, sys)
    ids = _ids_elsewhere(entry, proc) | {entry["id"]}
    for pid in sorted((name for name in os.listdir(proc) if name.isdigit() and int(name) != os.getpid()), key=int):
        use = _use("{0}/{1}".format(proc, pid), entry, stacked, ids)
        if use:
            found.append({"pid": int(pid), "name": _name(proc, pid), "use": use[0], "path": use[1]})
    return found[:MOST]


def _ids_elsewhere(entry, proc):
    """The ids that the same mount has in other namespaces."""
    others = [other for pid in namespaces(proc).values() for other in read_other(pid, proc)]
    return {other["id"] for other in others if all(other[key] == entry[key] for key in ("number", "root", "fstype", "device"))}


def _use(folder, entry, stacked, ids):
    """(what, path) by which a process uses the mount, or None."""
    try:
        for name in ("cwd", "root", "exe"):
            path = _link("{0}/{1}".format(folder, name))
            if path and _inside(path, entry["path"]) and (not stacked or _mount_id_of("{0}/{1}".format(folder, name)) in ids | {None}):
                return name, path
        for number in os.listdir(folder + "/fd"):
            if _mount_id("{0}/fdinfo/{1}".format(folder, number)) in ids:
                return "fd", _link("{0}/fd/{1}".format(folder, number)) or ""
        with open(folder + "/maps", "rb") as stream:
            for line in stream.read().decode("utf-8", "surrogateescape").splitlines():
                fields = line.split(None, 5)
                if len(fields) == 6 and _number(fields[3]) == entry["number"] and _inside(unescape(fields[5]), entry["path"]):
                    return "map", fields[5]
    except OSError:
        pass  # it ended meanwhile, or is a thread of the kernel
    return None


def _link(path):
    try:
        return os.readlink(path)
    except OSError:
        return None


def _inside(path, mount):
    return path == mount or path.startswith(mount.rstrip("/") + "/")


def _number(text):
    """major:minor of maps is hexadecimal, that of mountinfo decimal."""
    return ":".join(str(int(part, 16)) for part in text.split(":"))


def _mount_id(path):
    try:
        with open(path, "rb") as stream:
            found = re.search(r"(?m)^mnt_id:\s*(\d+)", stream.read().decode("ascii", "replace"))
    except OSError:
        return None
    return found.group(1) if found else None


def _mount_id_of(link):
    """The mount that a working folder is on, None where that cannot be told."""
    try:
        handle = os.open(link, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return _mount_id("/proc/self/fdinfo/{0}".format(handle))
    finally:
        os.close(handle)


def _name(proc, pid):
    try:
        with open("{0}/{1}/comm".format(proc, pid)) as stream:
            return stream.read().strip()
    except OSError:
        return ""


def _kernel_users(mount, proc, sys):
    """Loop devices and swap files that lie on the mount."""
    found = []
    folder = sys + "/block"
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        path = _first_line("{0}/{1}/loop/backing_file".format(folder, name))
        if path and _inside(path, mount):
            found.append({"pid": None, "name": name, "use": "loop", "path": path})
    for line in (_text(proc + "/swaps") or "").splitlines()[1:]:
        path = unescape(line.split()[0])
        if _inside(path, mount):
            found.append({"pid": None, "name": "swap", "use": "swap", "path": path})
    return found


def _text(path):
    try:
        with open(path, "rb") as stream:
            return stream.read().decode("utf-8", "surrogateescape")
    except OSError:
        return None


def _first_line(path):
    return (_text(path) or "").split("\n")[0]

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds a block device or an image, so that it must not be repaired. Private to this collection."""

import errno
import os
import stat

from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError
from ansible_collections.azvm.backup.plugins.module_utils._mount_table import namespaces, read_mounts, read_other, unescape

OTHERS_MAY_WRITE = 0o022


def resolve(device, sys="/sys"):
    """(real path, stat result) of a block device or image that nobody uses and nobody but root can put another file in the place of.

    Raises:
        ChangeError: it cannot be used; says why, and what next.
    """
    if not os.path.isabs(device):
        raise ChangeError("{0!r} is no absolute path of a block device or image; name it as `lsblk -p` does.".format(device))
    path = os.path.realpath(device)
    for name in (os.path.normpath(device), path):
        _trust(name)
    found = _stat(path)
    if stat.S_ISBLK(found.st_mode):
        _refuse_held(path, found, sys)
    elif not stat.S_ISREG(found.st_mode):
        raise ChangeError("{0} is neither a block device nor an image file, so it is not checked; name the device as `lsblk -p` does.".format(path))
    _refuse_backing(path, sys)
    return path, found


def _stat(path):
    try:
        return os.lstat(path)
    except OSError as error:
        raise ChangeError("{0} cannot be looked at ({1}); name a device that `lsblk -p` shows.".format(path, error.strerror))


def _trust(path):
    """Nobody but root, or who runs this, may be able to swap a part of the path while it is worked on."""
    parts = [part for part in path.split("/") if part]
    for end in range(len(parts) + 1):
        name = "/" + "/".join(parts[:end])
        found = _stat(name)
        # In a sticky folder only the owner of an entry can replace it.
        open_to_others = found.st_mode & OTHERS_MAY_WRITE and stat.S_ISDIR(found.st_mode) and not found.st_mode & stat.S_ISVTX
        if found.st_uid not in (0, os.geteuid()) or open_to_others:
            raise ChangeError("{0} can be changed by others than root, so {1} is not trusted; name the device below /dev.".format(name, path))


def _refuse_held(path, found, sys):
    number = "{0}:{1}".format(os.major(found.st_rdev), os.minor(found.st_rdev))
    _refuse_mounted(path, number)
    if _is_swap(path, found.st_rdev):
        raise ChangeError("{0} is in use as swap, so it holds no file system to check; look with `swapon --show`.".format(path))
    folder = os.path.realpath("{0}/dev/block/{1}".format(sys, number))
    holders = _names(folder + "/holders")
    if os.path.exists(folder + "/partition"):
        holders += _names(os.path.dirname(folder) + "/holders")
    elif any(os.path.exists("{0}/{1}/partition".format(folder, name)) for name in _names(folder)):
        raise ChangeError("{0} is a disk with partitions; name the partition that holds the file system, as `lsblk -p` shows it.".format(path))
    if holders:
        raise ChangeError("{0} is a part of {1} (LVM, RAID, encryption or multipath); name the device on top, as `lsblk -p` shows it.".format(path, holders[0]))
    _refuse_claimed(path)


def _refuse_mounted(path, number):
    for pid, entries in [("self", read_mounts())] + [(pid, read_other(pid)) for pid in namespaces().values()]:
        for entry in entries:
            if entry["number"] != number:
                continue
            if entry["path"] == "/" and pid == "self":
                raise ChangeError("{0} is the root file system, which cannot be repaired while it runs; use a rescue VM (`az vm repair create`).".format(path))
            where = "" if pid == "self" else " in the mount namespace of process {0}".format(pid)
            raise ChangeError(
                "{0} is mounted at {1}{2}, and a mounted file system is never repaired; stop what uses it, `umount {1}`, then run again, "
                "or boot a rescue VM (`az vm repair create`) when it cannot be unmounted.".format(path, entry["path"], where)
            )


def _is_swap(path, number):
    with open("/proc/swaps") as stream:
        names = [unescape(line.split()[0]) for line in stream.read().splitlines()[1:]]
    return any(name == path or (os.path.exists(name) and os.stat(name).st_rdev == number) for name in names)


def _refuse_claimed(path):
    """The kernel's own word, which knows of what no table shows: an exclusive open fails where anybody has claimed the device."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_EXCL | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise ChangeError("{0} is claimed by the kernel (a mount, RAID, swap or another tool), so it is not checked; look with `lsblk -p`.".format(path))
        raise ChangeError("{0} cannot be opened: {1}.".format(path, error.strerror))


def _refuse_backing(path, sys):
    for name in _names(sys + "/block"):
        try:
            with open("{0}/block/{1}/loop/backing_file".format(sys, name)) as stream:
                backing = stream.read().rstrip("\n")
        except OSError:
            continue  # no loop device, or none in use
        if backing == path:
            raise ChangeError("{0} is attached as /dev/{1}; name that device, or detach it with `losetup -d /dev/{1}`.".format(path, name))


def _names(folder):
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []

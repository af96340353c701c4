# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the journal remembers of a thing that is changed, and how the thing is put back. Private to this collection.

An item is ``{kind, path or unit, before, after}``; before and after are states as `state` gives them. Undo is decided by comparing the present
state with both, so it can be done twice, and refuses where somebody else has changed the thing since.
"""

import base64
import contextlib
import os
import stat

from ansible_collections.azvm.backup.plugins.module_utils import _vmbackup_conf
from ansible_collections.azvm.backup.plugins.module_utils._journal import sync_folder, write_durably
from ansible_collections.azvm.backup.plugins.module_utils._tools import run
from ansible_collections.azvm.backup.plugins.module_utils._undo_mount import Mount

LABEL = "security.selinux"
TIMEOUT_SECONDS = 90


class DriftError(Exception):
    """The thing is neither as the change left it nor as it was before; says what, and both."""


def attributes(path):
    """Mode, owner and SELinux label of what a path names, without following a link."""
    found = os.lstat(path)
    try:
        label = os.getxattr(path, LABEL, follow_symlinks=False).rstrip(b"\0").decode()
    except OSError:  # no SELinux, or a file system without labels
        label = None
    return {"mode": "{0:04o}".format(stat.S_IMODE(found.st_mode)), "uid": found.st_uid, "gid": found.st_gid, "label": label}


def set_attributes(path, wanted):
    """Give a path these attributes; what is already so is left alone. A link in its place is never followed, also when it comes in between."""
    present = attributes(path)
    if (present["uid"], present["gid"]) != (wanted["uid"], wanted["gid"]):
        os.chown(path, wanted["uid"], wanted["gid"], follow_symlinks=False)
    if wanted["label"] and present["label"] != wanted["label"]:
        os.setxattr(path, LABEL, wanted["label"].encode() + b"\0", follow_symlinks=False)
    if stat.S_ISLNK(os.lstat(path).st_mode):
        return  # a link has no mode of its own
    if attributes(path)["mode"] != wanted["mode"]:  # chown takes away setuid bits
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.fchmod(handle, int(wanted["mode"], 8))
        finally:
            os.close(handle)


class File:
    """A regular file with its bytes and attributes."""

    name = "path"

    @staticmethod
    def state(item):
        path = item["path"]
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return {"exists": False}
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise DriftError("{0} is no regular file.".format(path))
            data = stream.read()
        return dict(attributes(path), exists=True, base64=base64.b64encode(data).decode("ascii"))

    @classmethod
    def restore(cls, item):
        path, wanted = item["path"], item["before"]
        if not wanted["exists"]:
            os.unlink(path)
            sync_folder(os.path.dirname(path))
            return
        replace(path, base64.b64decode(wanted["base64"]), wanted)


class Attributes:
    """Mode, owner and label of a file or folder whose content does not change."""

    name = "path"

    @staticmethod
    def state(item):
        try:
            return attributes(item["path"])
        except FileNotFoundError:
            return {"exists": False}

    @staticmethod
    def restore(item):
        set_attributes(item["path"], item["before"])


class Service:
    """A systemd unit: whether it is enabled, and whether it runs."""

    name = "unit"

    @staticmethod
    def state(item):
        output = systemctl("show", "--property=UnitFileState,ActiveState", "--", item["unit"])
        found = dict(line.split("=", 1) for line in output.splitlines() if "=" in line)
        return {"enabled": found.get("UnitFileState", ""), "active": found.get("ActiveState") == "active"}

    @staticmethod
    def drifted(item, present):
        """A change that stopped half-way is no drift: each of the two is as before or as after."""
        return any(present[key] not in (item["before"][key], item["after"][key]) for key in present)

    @classmethod
    def restore(cls, item):
        cls.set(item["unit"], cls.state(item), item["before"])

    @staticmethod
    def set(unit, present, wanted):
        """Bring a unit from one state to another: the file first, so that a masked unit can be started."""
        if present["enabled"] != wanted["enabled"]:
            if present["enabled"] == "masked":
                systemctl("unmask", "--", unit)
            verb = {"enabled": "enable", "disabled": "disable", "masked": "mask"}.get(wanted["enabled"])
            if verb:  # static and generated units are what they are
                systemctl(verb, "--", unit)
        if present["active"] != wanted["active"]:
            systemctl("start" if wanted["active"] else "stop", "--", unit)


class VmbackupConf:
    """vmbackup.conf, which the extension writes anew in lower case. Where its bytes are others than ours, only our keys are compared and undone.

    The item has `keys`, those that the change set, too: none where it repaired the file, which is put back byte for byte or not at all.
    """

    name = "path"

    @classmethod
    def state(cls, item):
        present = cls._content(item)
        for side in (item["after"], item["before"]):
            # Without the file our keys are not there, as they may have been before; to put back one that we removed would make a new file.
            comparable = item["keys"] and (present["exists"] or side is item["before"])
            if present == side or (comparable and cls._values(present, item) == cls._values(side, item)):
                return side
        return present

    @staticmethod
    def _content(item):
        found = File.state(item)
        return {key: found[key] for key in ("exists", "base64") if key in found}

    @staticmethod
    def _values(content, item):
        """What the extension gets for our keys; the content itself where it gets nothing."""
        readable, _reason, options = _vmbackup_conf.read(base64.b64decode(content.get("base64", "")))
        return {key: options.get(key) for key in item["keys"]} if readable else content

    @classmethod
    def restore(cls, item):
        path, before, present = item["path"], item["before"], cls._content(item)
        if present == item["after"] and not before["exists"]:
            File.restore(item)
            if item["made_folder"]:
                with contextlib.suppress(OSError):  # others have put something there
                    os.rmdir(os.path.dirname(path))
            return
        data = base64.b64decode(before.get("base64", ""))
        if present != item["after"]:
            try:
                data = _vmbackup_conf.edit(base64.b64decode(present["base64"]), cls._values(before, item))
            except ValueError as error:
                raise DriftError("{0} was written anew by another since, and the keys in it cannot be put back: {1}".format(path, error))
        replace(path, data, attributes(path))


KINDS = {"file": File, "attributes": Attributes, "service": Service, "vmbackup_conf": VmbackupConf, "mount": Mount}


def systemctl(*arguments):
    """The output of systemctl; RuntimeError with its own words where it fails."""
    command = ["systemctl", "--no-ask-password"] + list(arguments)
    code, output, errors = run(command, TIMEOUT_SECONDS)
    if code:
        raise RuntimeError("`{0}` ended with {1}: {2}".format(" ".join(command), code, errors.strip()))
    return output


def replace(path, data, wanted):
    """Write a file as a whole, with these attributes, at once."""
    folder, name = os.path.split(path)
    staged = os.path.join(folder, ".{0}.azvm-backup".format(name))
    try:
        write_durably(staged, data)
        set_attributes(staged, wanted)
        os.rename(staged, path)
    except BaseException:
        if os.path.lexists(staged):
            os.unlink(staged)
        raise
    sync_folder(folder)


def state(item):
    """The present state of the thing that an item names."""
    return KINDS[item["kind"]].state(item)


def undo(item, act=True):
    """Put a thing back; False where it already is as before.

    Raises:
        DriftError: somebody else changed it since.
    """
    kind = KINDS[item["kind"]]
    present = kind.state(item)
    if present == item["before"]:
        return False
    drifted = kind.drifted(item, present) if hasattr(kind, "drifted") else present != item["after"]
    if drifted:
        raise DriftError("{0} is neither as the change left it nor as it was before; what another made of it is kept.".format(item[kind.name]))
    if act:
        kind.restore(item)
        if kind.state(item) != item["before"]:
            raise RuntimeError("{0} was put back and is still not as before.".format(item[kind.name]))
    return True

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mount in the undo journal: what is mounted at a path, and how it is mounted again. Private to this collection.

An item is ``{kind: mount, path, before, after, super_options, number}``. The options of the file system itself are kept beside the state and not compared,
because the kernel shows some of them (addresses, sizes) otherwise after the next mount.
"""

import os

from ansible_collections.azvm.backup.plugins.module_utils._mount_table import STATES, read_mounts, stack
from ansible_collections.azvm.backup.plugins.module_utils._tools import bounded, run

SECONDS = 60
SHOWN = ("device", "fstype", "options", "root")


def describe(stacked):
    """The state of a mount point, from what is mounted there; `count` is more than one where mounts lie on top of each other."""
    state = {"mounted": bool(stacked), "count": len(stacked)}
    state.update((name, stacked[-1][name] if stacked else None) for name in SHOWN)
    return state


class Mount:
    """What is mounted at a path. Its content is no part of it."""

    name = "path"

    @staticmethod
    def state(item):
        return describe(stack(read_mounts(), item["path"]))

    @classmethod
    def restore(cls, item):
        path, before = item["path"], item["before"]
        if not before["mounted"]:
            raise RuntimeError("{0} had no mount before, and this never takes one off; look at it with `findmnt {0}`.".format(path))
        place = bounded(lambda: os.path.realpath(path), SECONDS)
        if place.get("data") != path:
            raise RuntimeError("{0} is reached over a link or does not answer, so nothing is mounted there; mount it by hand.".format(path))
        for command in _commands(item):
            code, _output, errors = run(command, SECONDS)
            if code:
                raise RuntimeError("`{0}` ended with {1}: {2}".format(" ".join(command), code, errors.strip()[-500:]))


def _commands(item):
    path, before = item["path"], item["before"]
    own = before["options"].split(",")
    super_options = [word for word in (item.get("super_options") or "").split(",") if word and word not in ("rw", "ro") + STATES]
    if not {"relatime", "noatime"} & set(own):
        own = own + ["strictatime"]  # which the kernel does not show
    if before["root"] == "/" or any(word.startswith("subvol=") for word in super_options):
        options = ",".join(own + super_options)
        return [["mount", "-t", before["fstype"], "-o", options, "--", before["device"], path]]
    return [["mount", "--bind", "--", _bind_source(item), path], ["mount", "-o", "remount,bind," + ",".join(own), "--", path]]


def _bind_source(item):
    """Where the part of a file system that was bound can be seen now."""
    entries, root = read_mounts(), item["before"]["root"]
    for entry in entries:
        if entry["number"] != item["number"] or stack(entries, entry["path"])[-1:] != [entry]:
            continue
        if entry["root"] == "/" or root == entry["root"] or root.startswith(entry["root"] + "/"):
            rest = root if entry["root"] == "/" else root[len(entry["root"]) :]
            return (entry["path"].rstrip("/") + rest) or "/"
    raise RuntimeError("{0} was a part ({1}) of {2}, which is mounted nowhere now; mount that first.".format(item["path"], root, item["before"]["device"]))

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of mounts, read without touching what is mounted: a dead server would hang whoever looks. Private to this collection.

Source: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
"""

import os
import re

# What the kernel shows in a mount that failed; mount(8) takes none of them.
STATES = ("shutdown", "emergency_ro")


def unescape(text):
    """A field of mountinfo, fstab or swaps, which has \\040 for a blank."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), text)


def read_mounts(path="/proc/self/mountinfo"):
    """[{id, parent, number, root, path, options, fstype, device, super_options}] in the order of the table; `number` is major:minor."""
    with open(path, "rb") as stream:
        lines = stream.read().decode("utf-8", "surrogateescape").splitlines()
    return [_entry(line.split(" ")) for line in lines]


def _entry(fields):
    dash = fields.index("-", 6)
    names = ("id", "parent", "number", "root", "path", "options")
    entry = dict(zip(names, [unescape(field) for field in fields[:6]]))
    entry.update(zip(("fstype", "device", "super_options"), [unescape(field) for field in fields[dash + 1 : dash + 4]]))
    return entry


def stack(entries, path):
    """The mounts at a path that can be seen, the upper one last; [] where none is, also when it lies hidden below a mount further up."""
    ids = {entry["id"] for entry in entries}
    steps = ["/"] + [path[:end] for end in range(2, len(path) + 1) if end == len(path) or path[end] == "/"] if path != "/" else ["/"]
    top, found = None, []
    for step in steps:
        found = []
        while True:
            above = [entry for entry in entries if entry["path"] == step and (entry["parent"] == top["id"] if top else entry["parent"] not in ids)]
            if not above:
                break
            top = above[-1]
            found.append(top)
    return found


def below(entries, entry):
    """The paths of what is mounted inside a mount."""
    return sorted(other["path"] for other in entries if other["parent"] == entry["id"])


def fstab_paths(path="/etc/fstab"):
    """The mount points that fstab names."""
    try:
        with open(path, "rb") as stream:
            lines = stream.read().decode("utf-8", "surrogateescape").splitlines()
    except FileNotFoundError:
        return []
    fields = [line.split() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return [unescape(field[1]).rstrip("/") or "/" for field in fields if len(field) > 1]


def namespaces(proc="/proc"):
    """{mount namespace: process id} of the others that can be seen; a mount lives on in each that has it."""
    own = _namespace(proc, "self")
    found = {}
    for pid in sorted((name for name in os.listdir(proc) if name.isdigit()), key=int):
        name = _namespace(proc, pid)
        if name and name != own:
            found.setdefault(name, pid)
    return found


def _namespace(proc, pid):
    try:
        return os.readlink("{0}/{1}/ns/mnt".format(proc, pid))
    except OSError:
        return None  # it ended, or is a thread of the kernel


def read_other(pid, proc="/proc"):
    """The mounts of another process; [] where it ended meanwhile."""
    try:
        return read_mounts("{0}/{1}/mountinfo".format(proc, pid))
    except OSError:
        return []

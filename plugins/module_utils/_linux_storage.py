# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mounted file systems, block devices, iSCSI sessions. Private to this collection."""

import errno
import os
import re
from collections import OrderedDict

from ansible_collections.azvm.backup.plugins.module_utils._linux_run import AbsentError, run_all


def mounts(host):
    """mountinfo and a look at each real file system, each look in a process of its own: a dead server hangs only that one."""
    plan = host.plan["mounts"]
    text = host.read("/proc/self/mountinfo")
    entries = [entry for entry in (_entry(line) for line in text.splitlines()) if entry and entry[2] not in plan["pseudo"]]
    source = host.text(text)
    if source["truncated"]:
        # Container hosts have thousands of them; the real file systems matter.
        source = dict(host.text("".join(line + "\n" for line in text.splitlines() if (_entry(line) or ("", "", ""))[2] not in plan["pseudo"])), truncated=True)
    if not host.live:
        return dict(source, data=[])
    looks = OrderedDict()
    for device, path, _filesystem in entries:
        if len(looks) < plan["most"]:
            looks.setdefault((device, _visible(entries, path)), path)
    functions = OrderedDict((path, lambda path=path: _look(path)) for path in looks.values())
    seconds = min(plan["probe_timeout"], host.timeout / 2)
    # All at once: hung ones must not take the places of others.
    results = run_all(functions, seconds, seconds + 1, host.max_bytes, slots=plan["most"])
    data = []
    for device, path, _filesystem in entries:
        first = looks.get((device, _visible(entries, path)))
        if first:
            data.append(_probe(path, results[first]))
    return dict(source, data=data)


def _entry(line):
    """(device number, path, file system) of a line of mountinfo, whose paths have \\040 for a space."""
    fields = line.split(" ")
    if len(fields) < 10 or "-" not in fields[6:]:
        return None
    return fields[2], re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), fields[4]), fields[fields.index("-", 6) + 1]


def _visible(entries, path):
    """Whether more than one thing is mounted at the path: then only the last one can be seen there."""
    return path if sum(1 for entry in entries if entry[1] == path) > 1 else None


def _look(path):
    """Open it, because a shut down XFS still answers statvfs(); a folder that may not be opened, and a file or device
    that something is mounted on and that is better left closed, can still be asked."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (PermissionError, NotADirectoryError):
        handle = None
    try:
        return {"data": _sizes(os.statvfs(path) if handle is None else os.fstatvfs(handle))}
    finally:
        if handle is not None:
            os.close(handle)


def _sizes(status):
    return {
        "total_bytes": status.f_frsize * status.f_blocks,
        "available_bytes": status.f_frsize * status.f_bavail,
        "inodes_total": status.f_files,
        "inodes_available": status.f_favail,
    }


def _probe(path, result):
    """The entry of `data` for a path."""
    entry = {"path": path, "status": "ok" if result["status"] == "ok" else "timeout" if result["status"] == "timeout" else "failed", "errno": None}
    entry.update(result.get("data") or {"total_bytes": None, "available_bytes": None, "inodes_total": None, "inodes_available": None})
    if entry["status"] == "failed":
        found = re.search(r"\((E[A-Z0-9]+)\)", result["error"])
        entry["errno"] = getattr(errno, found.group(1), None) if found else None
    return entry


def block_devices(host):
    """lsblk as JSON with sizes in bytes."""
    code, output, errors = host.run("lsblk", "-J", "-b", "-o", "NAME,TYPE,SIZE,FSTYPE,MOUNTPOINT,TRAN")
    source = dict(host.text(output), exit_code=code)
    if code and not output:
        source.update(status="failed", error="lsblk ended with {0}: {1}".format(code, errors.strip()))
    return source


def iscsi_sessions(host):
    """Sessions that the kernel knows."""
    folder = "/sys/class/iscsi_session"
    sessions = host.names(folder)
    if not sessions:
        raise AbsentError("there are no iSCSI sessions")
    data = []
    for name in sessions:
        target, state = (host.read_or_none(os.path.join(folder, name, entry)) for entry in ("targetname", "state"))
        data.append({"name": name, "target": (target or "").strip(), "state": (state or "").strip().lower()})
    return {"data": data}

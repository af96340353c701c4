# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers of Linux mounts, disks and their errors. Private to this collection."""

from __future__ import annotations

import json
import re
from typing import Any

from ._context import Context, iso, parse_time
from ._mountinfo import parse_mountinfo

Source = dict[str, Any]
Rows = list[dict[str, Any]]
# What the extension freezes: https://github.com/Azure/azure-linux-extensions, VMBackup/main/fsfreezer.py (should_skip) and mounts.py.
FROZEN = frozenset({"ext3", "ext4", "xfs", "btrfs"})
NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "lustre", "gfs2", "ocfs2", "9p", "afs"})
RESOURCE_PATHS = frozenset({"/mnt", "/mnt/resource"})
_LOOP = re.compile(r"^/dev/loop\d+$")
_KERNEL_LINE = re.compile(r"^(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,]\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)?\s+(?P<line>.*)$")
_FILESYSTEM = re.compile(r"(EXT[234]|XFS|BTRFS)\b", re.IGNORECASE)
_DEVICE = re.compile(r"\(?device (\w[\w-]*)|XFS \((\w[\w-]*)\)|dev (\w[\w-]*)")


def block_devices(source: Source, _context: Context) -> Rows:
    """lsblk's tree as a list; a partition has the transport of its disk."""
    rows: Rows = []

    def walk(node: dict[str, Any], transport: str | None) -> None:
        transport = node.get("tran") or transport
        points = node.get("mountpoints") or [node.get("mountpoint")]
        rows.append(
            {
                "name": node.get("name"),
                "type": node.get("type"),
                "size_bytes": int(node["size"]) if str(node.get("size", "")).isdigit() else None,
                "filesystem": node.get("fstype"),
                "mountpoints": [point for point in points if point],
                "transport": transport,
            }
        )
        for child in node.get("children") or []:
            walk(child, transport)

    for top in json.loads(source["text"])["blockdevices"]:
        walk(top, None)
    return rows


def _resource_disk(path: str, device: str, context: Context) -> bool:
    """The temporary disk of the VM: where the agent is told to mount it, else the agent's and cloud-init's usual places on a plain disk.

    The extension knows it by its place on the VM bus, which is not collected; logical volumes and RAID are never the temporary disk.
    """
    settings = (context.parsed.get("agent_config") or {}).get("settings") or {}
    told = settings.get("ResourceDisk.MountPoint")
    return device.startswith("/dev/") and not device.startswith(("/dev/mapper/", "/dev/md")) and path in (RESOURCE_PATHS | {told})


def mounts(source: Source, context: Context) -> Rows:
    """Every mount with what matters for a freeze; `in_skip_list` is set when vmbackup.conf is read. The kernel's own (proc, cgroup ...) are left out."""
    probes = {probe["path"]: probe for probe in source.get("data") or []}
    entries = [
        entry
        for entry in parse_mountinfo(source["text"])
        if entry["path"] in probes or entry["filesystem"] in FROZEN | NETWORK or entry["device"].startswith("/")
    ]
    devices = {row["name"]: row for row in context.parsed.get("block_devices") or [] if isinstance(row, dict)}
    rows = []
    for entry in entries:
        path, device, filesystem = entry["path"], entry["device"], entry["filesystem"]
        probe = probes.get(path, {})
        row = devices.get(device.rpartition("/")[2], {})
        loop = row.get("type") == "loop" if row else bool(_LOOP.match(device))
        resource = _resource_disk(path, device, context)
        flags = set(entry["options"]) | set(entry["super_options"])
        total, available = probe.get("total_bytes"), probe.get("available_bytes")
        same = [other for other in entries if other["device_number"] == entry["device_number"] and other["root"] == entry["root"] and other["path"] != path]
        rows.append(
            {
                "path": path,
                "filesystem": filesystem,
                "device": device,
                "options": list(dict.fromkeys(entry["options"] + entry["super_options"])),
                "read_only": "ro" in flags,
                "emergency_ro": "emergency_ro" in flags,
                "shut_down": "shutdown" in flags,
                "noexec": "noexec" in entry["options"],
                "freezable": filesystem in FROZEN and not loop and not resource,
                "resource_disk": resource,
                "network": filesystem in NETWORK,
                "loop": loop,
                "iscsi": row.get("transport") == "iscsi",
                "mounts_at_path": sum(other["path"] == path for other in entries),
                "other_paths": sorted({other["path"] for other in same}) if filesystem in FROZEN else [],
                "in_skip_list": False,
                "probe": probe.get("status"),
                "errno": probe.get("errno"),
                "total_bytes": total,
                "available_bytes": available,
                "available_percent": round(100 * available / total, 1) if total and available is not None else None,
            }
        )
    return rows


def filesystem_log(source: Source, context: Context) -> Rows:
    """Kernel lines about damaged file systems; a line without a time of its own has none."""
    rows = []
    for line in filter(str.strip, source["text"].splitlines()):
        match = _KERNEL_LINE.match(line)
        moment = parse_time(match["at"] + _zone(match["zone"])) if match else None
        at = iso(moment) if moment else None
        text = match["line"] if match else line
        kind, device = _FILESYSTEM.search(text), _DEVICE.search(text)
        rows.append(
            {
                "at": at,
                "in_window": context.in_window(at),
                "filesystem": kind[1].lower() if kind else None,
                "device": next((group for group in device.groups() if group), None) if device else None,
                "line": text.strip(),
            }
        )
    return rows


def _zone(text: str | None) -> str:
    """`+0200` as Python 3.10 reads it."""
    return f"{text[:3]}:{text[3:]}" if text and len(text) == 5 else text or "Z"

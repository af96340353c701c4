# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory, load, SELinux, clock, processes, other backup products. Private to this collection."""

import os
import re

from ansible_collections.azvm.backup.plugins.module_utils._linux_run import AbsentError, DeniedError


def memory(host):
    """/proc/meminfo."""
    return host.text(host.read("/proc/meminfo"))


def load(host):
    """Load averages, processors and pressure as the kernel writes them; null where it has no pressure accounting."""
    pressure = {}
    for name in ("cpu", "memory", "io"):
        try:
            pressure[name] = host.read_or_none("/proc/pressure/" + name)
        except OSError:
            pressure[name] = None  # psi=0 answers EOPNOTSUPP
    cpus = len(re.findall(r"(?m)^cpu\d+ ", host.read("/proc/stat")))
    return {"data": {"loadavg": host.read("/proc/loadavg"), "cpus": cpus, "pressure": pressure}}


def selinux(host):
    """Mode, policy and the labels of what the agent needs."""
    plan = host.plan["selinux"]
    enforce, config = host.read_or_none(plan["enforce"]), host.read_or_none(plan["config"])
    if enforce is None and config is None:
        raise AbsentError("this system has no SELinux")
    mode = {"1": "enforcing", "0": "permissive"}.get((enforce or "").strip(), "disabled")
    policy = re.search(r"(?m)^SELINUXTYPE\s*=\s*(\S+)", config or "")
    data = {"mode": mode, "policy": policy.group(1) if policy else None, "labels": []}
    for path in plan["labels"]:
        if host.exists(path):
            data["labels"].append({"path": path, "context": _label(host.path(path))})
    return {"data": data}


def _label(path):
    try:
        return os.getxattr(path, "security.selinux").rstrip(b"\0").decode("ascii", "backslashreplace")
    except PermissionError:
        raise
    except OSError:
        return None  # no label (ENODATA), or none possible here (ENOTSUP)


def time_sync(host):
    """Whether the kernel's clock is disciplined, by whom, and how far chrony says it is off. timedatectl would start a service."""
    plan = host.plan["time_sync"]
    try:
        services = [{"name": unit["Id"], "active": unit.get("ActiveState") == "active"} for unit in host.units(plan["units"], ("ActiveState",))]
    except AbsentError:
        services = []
    offset = None
    if any(service["active"] and service["name"] in plan["chrony_units"] for service in services):
        offset = _chrony_offset(host)
    return {"data": {"synchronized": _synchronized() if host.live else None, "services": services, "offset_seconds": offset}}


def _synchronized():
    """adjtimex() with nothing to set; 5 is TIME_ERROR, the clock is not synchronized. Null where it cannot be asked."""
    try:
        import ctypes

        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(512))
    except (ImportError, OSError, AttributeError):
        return None
    return None if state < 0 else state != 5


def _chrony_offset(host):
    try:
        code, output, _errors = host.run("chronyc", "-c", "tracking")
        return float(output.split(",")[4]) if code == 0 else None
    except (AbsentError, DeniedError, IndexError, ValueError):
        return None


def running(host):
    """(pid, argv) of all processes, as far as they may be seen."""
    for name in host.names("/proc", "[0-9]*"):
        try:
            line = host.read("/proc/{0}/cmdline".format(name))
        except OSError:
            continue  # it ended meanwhile
        if line:
            yield name, line.rstrip("\0").split("\0")


def _check_all_visible(host):
    """With /proc mounted hidepid a user sees only the processes of his own."""
    if not host.elevated and not host.exists("/proc/1/cmdline"):
        raise DeniedError("/proc does not show the processes of other users")


def processes(host):
    """Processes of the snapshot extension, by what they execute; its folder is on the command line or is the working directory."""
    plan = host.plan["extension"]
    _check_all_visible(host)
    folder = os.path.join(host.plan["agent"]["lib_dir"], plan["handler"] + "-")
    scripts = tuple(plan["scripts"]) + (plan["safefreeze"], plan["safefreeze_arm64"])
    uptime = float(host.read("/proc/uptime").split()[0])
    data, unsure = [], []
    for pid, argv in running(host):
        script = next((word for word in argv[:3] if word.endswith(scripts)), None)
        if not script:
            continue
        if not script.startswith(folder):
            try:
                working = os.readlink(host.path("/proc/{0}/cwd".format(pid)))
            except PermissionError:
                unsure.append(pid)  # other extensions have a main/handle.py too
                continue
            except OSError:
                continue
            if not (working + "/").startswith(folder):
                continue
        data.append({"pid": int(pid), "name": os.path.basename(script), "age_seconds": _age(host, pid, uptime)})
    if unsure and not data:
        raise DeniedError("process {0} may be the extension, but its working directory is not readable".format(unsure[0]))
    return {"data": data}


def _age(host, pid, uptime):
    try:
        # The name in parentheses may hold anything; the start time is the twentieth field behind it.
        started = float(host.read("/proc/{0}/stat".format(pid)).rpartition(")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return None
    return int(max(uptime - started / os.sysconf("SC_CLK_TCK"), 0))


def freeze_lock(host):
    """Who holds the extension's lock, looked up by inode in /proc/locks: never taken, never created."""
    path = host.plan["extension"]["lock"]
    status = host.stat(path)
    if status is None:
        raise AbsentError("{0} does not exist".format(path))
    data = {"path": path, "exists": True, "held": False, "pid": None}
    for line in host.read("/proc/locks").splitlines():
        found = re.match(r"\d+: +(?:POSIX|OFDLCK|FLOCK) +\S+ +\S+ +(-?\d+) +([0-9a-f]+):([0-9a-f]+):(\d+) ", line)
        if not found or int(found.group(4)) != status.st_ino:
            continue
        device = os.makedev(int(found.group(2), 16), int(found.group(3), 16))
        # btrfs and overlay show another device to stat() than to the kernel's list.
        if device == status.st_dev or os.major(device) == os.major(status.st_dev) == 0:
            data.update(held=True, pid=int(found.group(1)) if int(found.group(1)) > 0 else None)
    return {"data": data}


def backup_products(host):
    """Signs of other products: unit files, running processes, folders."""
    _check_all_visible(host)
    commands = {os.path.basename(argv[0]) for _pid, argv in running(host)}
    units = {name for folder in host.plan["unit_dirs"] for name in host.names(folder, "*.service")}
    data = []
    for product in host.plan["backup_products"]:
        signs = ["unit " + name for name in product["units"] if name in units]
        signs += ["process " + name for name in product["processes"] if name in commands]
        signs += ["path " + path for path in product["paths"] if host.exists(path)]
        data += [{"name": product["name"], "sign": sign} for sign in signs]
    return {"data": data}

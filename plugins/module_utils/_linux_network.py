# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure or not, the wire server, proxies, addresses. Private to this collection."""

import errno
import fcntl
import os
import re
import select
import socket
import struct
import time

from ansible_collections.azvm.backup.plugins.module_utils._linux_extension import folders
from ansible_collections.azvm.backup.plugins.module_utils._linux_run import AbsentError, describe

SIOCGIFCONF = 0x8912


def _azure(host):
    """(asset tag, signs, error): how the host shows that it is an Azure VM, and what kept us from looking."""
    plan = host.plan["azure"]
    tag = (host.read_or_none(plan["asset_tag_file"]) or "").strip() or None
    signs = ["asset_tag"] if tag == plan["asset_tag"] else []
    if (host.read_or_none(plan["cloud_id_file"]) or "").strip() == plan["cloud_id"]:
        signs.append("cloud_id")
    try:
        if any(host.exists(os.path.join(host.plan["agent"]["lib_dir"], name)) for name in plan["agent_state"]):
            signs.append("agent_state")
        if folders(host):
            signs.append("extension")
    except PermissionError as error:
        return tag, signs, error
    return tag, signs, None


def azure(host):
    """Signs of Azure and the VM's id as the firmware shows it (first generation VMs show its first three groups in another byte order)."""
    tag, signs, problem = _azure(host)
    source = {"data": {"asset_tag": tag, "vm_id": None, "signs": signs}}
    try:
        source["data"]["vm_id"] = (host.read_or_none(host.plan["azure"]["vm_id_file"]) or "").strip().lower() or None
    except PermissionError as error:
        source["error"] = "vm_id: " + describe(error)
    if problem and not signs:
        source.update(status="denied", error=describe(problem))
    return source


def wireserver(host):
    """TCP connections to the two ports, nothing sent; only from a host that looks like an Azure VM."""
    _tag, signs, problem = _azure(host)
    if not host.live or not signs:
        if problem:
            raise problem
        raise AbsentError("this host does not look like a running Azure VM")
    plan = host.plan["wireserver"]
    probes = _connect(host.wireserver, plan["ports"], min(plan["connect_timeout"], host.timeout / 2))
    source = {"data": {"address": host.wireserver, "probes": probes}}
    if not host.elevated and any(probe["state"] != "open" for probe in probes):
        # The agent's firewall lets only root reach the wire server (OS.EnableFirewall), so this says nothing.
        source.update(status="denied", error="only root may be able to reach the wire server")
    return source


def _connect(address, ports, seconds):
    """[{port, state, errno, seconds}], all ports at the same time."""
    start = time.monotonic()
    poll, pending, results = select.poll(), {}, {}
    for port in ports:
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.setblocking(False)
        code = connection.connect_ex((address, port))
        if code == errno.EINPROGRESS:
            pending[connection.fileno()] = (port, connection)
            poll.register(connection, select.POLLOUT)
        else:
            results[port] = (code, time.monotonic() - start)
            connection.close()
    while pending and time.monotonic() - start < seconds:
        for number, _event in poll.poll(max(int((start + seconds - time.monotonic()) * 1000), 1)):
            port, connection = pending.pop(number)
            results[port] = (connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), time.monotonic() - start)
            poll.unregister(number)
            connection.close()
    for port, connection in pending.values():
        results[port] = (errno.ETIMEDOUT, time.monotonic() - start)
        connection.close()
    return [{"port": port, "state": _state(results[port][0]), "errno": results[port][0] or None, "seconds": round(results[port][1], 3)} for port in ports]


def _state(code):
    return {0: "open", errno.ECONNREFUSED: "refused", errno.ETIMEDOUT: "timeout"}.get(code, "unreachable")


def proxy(host):
    """Proxy settings that the agent could come to see. Credentials are masked."""
    plan = host.plan["proxy"]
    wanted = re.compile(r"(?i)(?:^|[\s\"';])({0})\s*=\s*[\"']?([^\s\"';]+)".format("|".join(plan["names"])))
    keys = re.compile(r"({0})\s*=\s*[\"']?([^\s\"'#]+)".format("|".join(re.escape(name) for name in plan["agent_keys"])))
    data, problem = [], None
    try:
        paths = plan["files"] + [os.path.join(folder, name) for folder, pattern in plan["folders"] for name in host.names(folder, pattern)]
        for path, pattern in [(path, wanted) for path in paths] + [(path, keys) for path in host.plan["agent"]["configs"]]:
            for line in (host.read_or_none(path) or "").splitlines():
                if not line.lstrip().startswith("#"):
                    data += [{"origin": path, "name": name, "setting": _without_user(setting)} for name, setting in pattern.findall(line)]
    except OSError as error:
        problem = error
    source = {"data": data}
    if problem:
        source.update(status="denied" if isinstance(problem, PermissionError) else "failed", error=describe(problem))
    return source


def _without_user(setting):
    return re.sub(r"^((?:\w+://)?)[^/]*@", r"\1***@", setting)


def network(host):
    """The interfaces that carry a default route or addresses, and how IPv4 is configured there."""
    routes = [line.split() for line in host.read("/proc/net/route").splitlines()[1:]]
    default = {fields[0] for fields in routes if len(fields) > 7 and fields[1] == fields[7] == "00000000"}
    counts = _address_counts() if host.live else {}
    data = []
    for interface in sorted(default | set(counts) - {"lo"}):
        method, origin, option = _method(host, interface)
        data.append(
            {
                "interface": interface,
                "default_route": interface in default,
                "ipv4_addresses": counts.get(interface, 0),
                "method": method,
                "origin": origin,
                "option_245": option,
            }
        )
    return {"data": data}


def _address_counts():
    """{interface: number of IPv4 addresses} from the kernel."""
    import array

    room = array.array("B", b"\0" * 64 * 1024)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        answer = fcntl.ioctl(connection.fileno(), SIOCGIFCONF, struct.pack("iL", len(room), room.buffer_info()[0]))
    size, entry, counts = struct.unpack("iL", answer)[0], 40 if struct.calcsize("P") == 8 else 32, {}
    for start in range(0, size, entry):
        # A label like eth0:1 is a second address of eth0.
        name = room[start : start + 16].tobytes().partition(b"\0")[0].decode("ascii", "backslashreplace").partition(":")[0]
        counts[name] = counts.get(name, 0) + 1
    return counts


def _method(host, interface):
    """(dhcp|static|unknown, path, option 245 or null) of the first file that says it; what cannot be read leaves unknown."""
    index = (host.read_or_none("/sys/class/net/{0}/ifindex".format(interface)) or "").strip()
    for place in host.plan["network"]["origins"]:
        known = {key: _for(place[key], interface, index) for key in ("name", "about", "dhcp", "static", "option_245") if key in place}
        try:
            names = host.names(place["folder"], known["name"])
            texts = [(os.path.join(place["folder"], name), host.read_or_none(os.path.join(place["folder"], name)) or "") for name in names]
        except OSError:
            continue
        for path, text in texts:
            if not re.search(known.get("about", ""), text):
                continue
            for method in ("dhcp", "static"):
                if method in known and re.search(known[method], text):
                    return method, path, bool(re.search(known["option_245"], text)) if "option_245" in known else None
    return "unknown", None, None


def _for(pattern, interface, index):
    return pattern.replace("{interface}", interface).replace("{index}", index or "-")

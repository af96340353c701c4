# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""linuxhost: Linux test hosts by systemd-nspawn, reached by ssh, for machines without virtualisation. Needs root and Debian.

    linuxhost.py setup [SUITE ...]        build the base trees once (default: bookworm)
    linuxhost.py up NAME[:SUITE[:DISK]] ...
                                          start hosts; DISK is the size of a data disk such as 100M, which the host sees as /dev/data1
    linuxhost.py inventory                print an Ansible inventory of the running hosts (group linux)
    linuxhost.py down                     stop and remove every host

A host has systemd, sshd and Debian's real Azure agent, and no network at all: ssh enters by its namespaces. Its root is an overlay on a tmpfs, where
FIFREEZE is refused, so that no freeze can reach the machine; data disks are partitions of loop devices, which freeze for real.
The agent's unit runs a stand-in (`sleep`), so that nothing ever looks for a wire server.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

HOME = Path(os.environ.get("LINUXHOST_HOME", Path.home() / ".cache" / "azvm-linuxhost"))
BASE, RUN = HOME / "base", HOME / "run"
KEY = HOME / "id"
TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "mkfs.xfs": "xfsprogs",
    "mkfs.ext4": "e2fsprogs",
    "sfdisk": "fdisk",
    "ssh": "openssh-client",
    "nsenter": "util-linux",
}
PACKAGES = "systemd,systemd-sysv,dbus,openssh-server,python3,waagent,e2fsprogs,xfsprogs,iproute2,procps,util-linux,bindfs"
# The real unit waits for Azure's hypervisor and then talks to the wire server; what diagnosis reads is the state of the unit.
STAND_IN = "[Unit]\nConditionVirtualization=\n[Service]\nType=simple\nExecStart=\nExecStart=/bin/sleep infinity\n"
BOOT_SECONDS = 30


def say(text: str) -> None:
    print(f"linuxhost: {text}", file=sys.stderr, flush=True)


def run(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], check=options.pop("check", True), text=True, **options)  # type: ignore[call-overload,no-any-return]


def output(*command: object) -> str:
    return run(*command, capture_output=True).stdout.strip()


def install_tools() -> None:
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin")})
    if missing:
        say("installing " + " ".join(missing))
        run("apt-get", "update", "-q", stdout=subprocess.DEVNULL)
        run("apt-get", "install", "-y", "-q", "--no-install-recommends", *missing, stdout=subprocess.DEVNULL)


def build(suite: str) -> None:
    """A base tree of one suite; on a tmpfs first, because package installation is mostly fsync."""
    if (BASE / suite / "etc" / "waagent.conf").exists():
        return
    say(f"building a Debian {suite} tree")
    BASE.mkdir(parents=True, exist_ok=True)
    archive = HOME / f"{suite}.tar"
    with (HOME / f"{suite}.log").open("w") as log:
        done = run(
            "mmdebstrap",
            "--variant=minbase",
            f"--include={PACKAGES}",
            "--dpkgopt=force-unsafe-io",
            "--dpkgopt=path-exclude=/usr/share/doc/*",
            "--dpkgopt=path-exclude=/usr/share/locale/*",
            "--aptopt=Acquire::Check-Valid-Until false",
            suite,
            archive,
            stdout=log,
            stderr=log,
            check=False,
        )
    if done.returncode:
        sys.exit(f"linuxhost: mmdebstrap failed, see {HOME / suite}.log")
    tree = BASE / f".{suite}"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    run("tar", "-xpf", archive, "-C", tree)
    archive.unlink()
    dropin = tree / "etc/systemd/system/walinuxagent.service.d"
    dropin.mkdir(parents=True)
    (dropin / "stand-in.conf").write_text(STAND_IN)
    wants = tree / "etc/systemd/system/multi-user.target.wants"
    (wants / "walinuxagent.service").unlink(missing_ok=True)
    (wants / "walinuxagent.service").symlink_to("/lib/systemd/system/walinuxagent.service")
    tree.rename(BASE / suite)


def setup(suites: list[str]) -> None:
    if os.geteuid() != 0:
        sys.exit("linuxhost: needs root (mount, namespaces)")
    install_tools()
    if not KEY.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "linuxhost", "-f", KEY)
    for suite in suites:
        build(suite)


def make_disk(folder: Path, size: str) -> str:
    """A partition of a loop device; the extension skips lsblk's type `loop`, a partition is a disk to it (the kernel needs partx to see it)."""
    image = folder / "disk.img"
    run("truncate", "-s", size, image)
    device = output("losetup", "-f", "--show", image)
    run("sfdisk", "-q", device, input=",,L\n", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run("partx", "-a", device, check=False, stderr=subprocess.DEVNULL)
    (folder / "loop").write_text(device)
    return f"{device}p1"


def start(name: str, suite: str, size: str | None) -> None:
    folder = RUN / name
    folder.mkdir(parents=True)
    run("mount", "-t", "tmpfs", "-o", "size=2G", "tmpfs", folder)
    upper, work, root = (folder / part for part in ("upper", "work", "root"))
    for path in (upper / "root/.ssh", upper / "etc", work, root):
        path.mkdir(parents=True)
    shutil.copy(KEY.with_suffix(".pub"), upper / "root/.ssh/authorized_keys")
    (upper / "root").chmod(0o700)
    (upper / "root/.ssh").chmod(0o700)
    (upper / "etc/hosts").write_text(f"127.0.0.1 localhost {name}\n")  # without it every look-up of the own name waits
    (upper / "etc/hostname").write_text(name + "\n")
    (upper / "etc/resolv.conf").write_text("")
    (upper / "etc/machine-id").write_text(os.urandom(16).hex() + "\n")
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={BASE / suite},upperdir={upper},workdir={work}", root)
    options = [f"--bind={make_disk(folder, size)}:/dev/data1"] if size else []
    group = Path("/sys/fs/cgroup/unified" if Path("/sys/fs/cgroup/unified").is_dir() else "/sys/fs/cgroup") / f"azvm-linuxhost-{name}"
    group.mkdir(exist_ok=True)  # hosts that share a cgroup disturb each other's services
    (folder / "cgroup").write_text(str(group))
    command = [
        "systemd-nspawn",
        "-q",
        "--register=no",
        "--keep-unit",
        "--resolv-conf=off",
        "--private-network",
        "--capability=all",
        "-D",
        str(root),
        "-M",
        name,
        f"--hostname={name}",
        *options,
        "-b",
        "--console=pipe",
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            preexec_fn=lambda: (group / "cgroup.procs").write_text(str(os.getpid())),
        )
    (folder / "host.json").write_text(json.dumps({"pid": process.pid, "suite": suite}))


def leader(name: str) -> int | None:
    """PID 1 of a host, seen from the machine."""
    pid = json.loads((RUN / name / "host.json").read_text())["pid"]
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        first = children.read_text().split()
    except OSError:
        return None
    return int(first[0]) if first else None


def enter(name: str) -> list[str]:
    return ["nsenter", "-t", str(leader(name)), "-m", "-u", "-i", "-n", "-p"]


def names() -> list[str]:
    return sorted(path.name for path in RUN.iterdir() if (path / "host.json").exists()) if RUN.is_dir() else []


def wait(name: str) -> None:
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline:
        if leader(name) and run(*enter(name), "systemctl", "is-active", "--quiet", "multi-user.target", check=False, stderr=subprocess.DEVNULL).returncode == 0:
            # nspawn binds these from the machine's file system: in the host they would look like disks that can be frozen
            run(*enter(name), "umount", "/run/host/os-release", "/run/host/incoming", check=False, stderr=subprocess.DEVNULL)
            run(*enter(name), "mkdir", "-p", "/run/sshd")
            return
        time.sleep(0.1)
    sys.exit(f"linuxhost: {name} did not boot in {BOOT_SECONDS} s, see {RUN / name}/log")


def up(wanted: list[str]) -> None:
    parsed = [[*part.split(":"), "", ""][:3] for part in wanted]
    setup(sorted({suite or "bookworm" for _name, suite, _size in parsed}))
    for name, suite, size in parsed:
        if name not in names():
            start(name, suite or "bookworm", size or None)
    for name, _suite, _size in parsed:
        wait(name)
    inventory()


def inventory() -> None:
    hosts = {}
    options = "-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
    for name in names():
        entry = " ".join(enter(name))
        hosts[name] = {"ansible_ssh_common_args": f"{options} -o ProxyCommand='{entry} /usr/sbin/sshd -i'"}
    shared = {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(KEY),
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_ssh_pipelining": True,
    }
    print(json.dumps({"linux": {"hosts": hosts, "vars": shared}}, indent=1))


def stop(name: str) -> None:
    """Thawed, killed, unmounted, devices given back, in this order: a frozen file system outlives its mount."""
    folder = RUN / name
    if leader(name):
        run(
            *enter(name),
            "sh",
            "-c",
            "for m in $(awk '$3 ~ /^(ext.|xfs|btrfs)$/ {print $2}' /proc/mounts); do fsfreeze -u $m; done",
            check=False,
            stderr=subprocess.DEVNULL,
            timeout=20,
        )
        os.kill(leader(name) or 0, signal.SIGKILL)
    pid = json.loads((folder / "host.json").read_text())["pid"]
    for _try in range(100):
        if not Path(f"/proc/{pid}").exists() or "Z" in (Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[-1].split()[:1]):
            break
        time.sleep(0.05)
    group = Path((folder / "cgroup").read_text())
    for top in (group, Path("/sys/fs/cgroup/systemd") / group.name):
        for path in sorted(top.rglob("*/"), reverse=True) if top.is_dir() else []:
            if path.is_dir():
                _remove(path)
        _remove(top)
    device = (folder / "loop").read_text() if (folder / "loop").exists() else None
    run("umount", "-l", folder / "root", check=False)
    if device:
        run("partx", "-d", device, check=False, stderr=subprocess.DEVNULL)
        run("losetup", "-d", device, check=False, stderr=subprocess.DEVNULL)
    run("umount", "-l", folder, check=False)
    shutil.rmtree(folder, ignore_errors=True)


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def down() -> None:
    for name in names():
        stop(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, dest="command")
    commands.add_parser("setup").add_argument("names", nargs="*", default=["bookworm"])
    commands.add_parser("up").add_argument("names", nargs="+")
    commands.add_parser("inventory")
    commands.add_parser("down")
    arguments = parser.parse_args()
    calls = {"setup": lambda: setup(arguments.names), "up": lambda: up(arguments.names), "inventory": inventory, "down": down}
    calls[arguments.command]()


if __name__ == "__main__":
    main()

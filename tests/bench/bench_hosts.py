# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seconds per host of a diagnosis against `ansible.builtin.setup` and against a playbook of one task per fact: bench_hosts.py [HOSTS] (default 20).

Needs root and systemd-nspawn (tests/hosts/linuxhost.py): real ssh, forks 10, no facts gathered otherwise. All figures come from one run, in turns.
Nothing here passes or fails; it prints what the run measured.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LINUXHOST = ROOT / "tests" / "hosts" / "linuxhost.py"
BIN = Path(sys.executable).parent
ROUNDS = 3
# What somebody would write who reads the article and makes a task of every step.
FACTS = [
    "systemctl is-active walinuxagent.service", "systemctl is-enabled walinuxagent.service", "waagent --version", "waagent --show-configuration",
    "cat /etc/azure/vmbackup.conf", "cat /proc/self/mountinfo", "df -P", "df -iP", "lsblk", "cat /proc/meminfo", "cat /proc/loadavg", "getenforce",
    "ls -lZ /var/lib/waagent", "ls -l /var/lib/waagent", "tail -n 200 /var/log/waagent.log",
    "tail -n 200 /var/log/azure/Microsoft.Azure.RecoveryServices.VMSnapshotLinux/extension.log", "dmesg", "timedatectl show", "ip addr", "env",
    "ls -l /etc/azure", "cat /etc/azure/VMSnapshotScriptPluginConfig.json", "ls /sys/class/iscsi_session", "cat /etc/os-release", "ps -ef", "cat /proc/locks",
]  # fmt: skip
PLAYS = {
    "setup": [{"hosts": "linux", "gather_facts": False, "tasks": [{"ansible.builtin.setup": {}}]}],
    "guest_info": [{"hosts": "linux", "gather_facts": False, "tasks": [{"azvm.backup.guest_info": {"wireserver": "127.0.0.1"}}]}],
    "diagnose": [{"ansible.builtin.import_playbook": "azvm.backup.diagnose", "vars": {"azvm_hosts": "linux", "azvm_wireserver": "127.0.0.1"}}],
    "task per fact": [
        {"hosts": "linux", "gather_facts": False, "tasks": [{"ansible.builtin.command": fact, "changed_when": False, "failed_when": False} for fact in FACTS]}
    ],
}


def seconds(play: Path, inventory: Path, folder: str) -> float:
    begin = time.perf_counter()
    command = [str(BIN / "ansible-playbook"), "-i", str(inventory), "-f", "10", str(play), "-e", f"azvm_report_dir={folder}/report"]
    done = subprocess.run(
        command, env={**os.environ, "ANSIBLE_PIPELINING": "1", "ANSIBLE_HOST_KEY_CHECKING": "0"}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stdout[-3000:] + done.stderr[-3000:])
    return time.perf_counter() - begin


def main(count: int) -> None:
    names = [f"b{number}" for number in range(count)]
    listing = subprocess.run([sys.executable, LINUXHOST, "up", *names], check=True, stdout=subprocess.PIPE, text=True).stdout
    try:
        with tempfile.TemporaryDirectory() as folder:
            inventory = Path(folder) / "hosts.json"
            inventory.write_text(listing)
            measured: dict[str, list[float]] = {name: [] for name in PLAYS}
            for name, play in PLAYS.items():
                (Path(folder) / f"{name}.yml").write_text(json.dumps(play))
            seconds(Path(folder) / "setup.yml", inventory, folder)  # warm
            for _round in range(ROUNDS):
                for name, figures in measured.items():
                    figures.append(seconds(Path(folder) / f"{name}.yml", inventory, folder))
            sizes = [path.stat().st_size for path in (Path(folder) / "report" / "evidence").glob("*.json")]
    finally:
        subprocess.run([sys.executable, LINUXHOST, "down"], check=True)
    base = statistics.median(measured["setup"])
    print(f"{count} hosts over ssh, forks 10, {ROUNDS} rounds; whole run of ansible-playbook")
    print(f"{'what':<14} {'median s':>9} {'min s':>7} {'max s':>7} {'s/host':>7} {'x setup':>8}")
    for name, figures in measured.items():
        median = statistics.median(figures)
        print(f"{name:<14} {median:>9.2f} {min(figures):>7.2f} {max(figures):>7.2f} {median / count:>7.3f} {median / base:>8.2f}")
    diagnosis = statistics.median(measured["diagnose"])
    print(f"task per fact ({len(FACTS)} tasks) / diagnose: {statistics.median(measured['task per fact']) / diagnosis:.1f} x")
    print(f"evidence document: median {statistics.median(sizes) / 1e3:.1f} kB, largest {max(sizes) / 1e3:.1f} kB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)

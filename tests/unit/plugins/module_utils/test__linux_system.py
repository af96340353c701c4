# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.azvm.backup.plugins.module_utils import _linux_system as system


def test_load_and_memory(fake):
    fake.put("/proc/loadavg", "0.10 0.20 0.30 1/200 999\n")
    fake.put("/proc/stat", "cpu  1 2\ncpu0 1 2\ncpu1 1 2\nintr 5\n")
    fake.put("/proc/pressure/cpu", "some avg10=1.00 avg60=2.00 avg300=3.00 total=4\n")
    fake.put("/proc/meminfo", "MemTotal: 1 kB\n")
    data = fake.collect(system.load)["data"]
    assert data == {
        "loadavg": "0.10 0.20 0.30 1/200 999\n",
        "cpus": 2,
        "pressure": {"cpu": "some avg10=1.00 avg60=2.00 avg300=3.00 total=4\n", "memory": None, "io": None},
    }
    assert fake.collect(system.memory)["text"] == "MemTotal: 1 kB\n"


@pytest.mark.parametrize(("enforce", "mode"), [("1", "enforcing"), ("0", "permissive"), (None, "disabled")])
def test_selinux_mode_is_that_of_the_kernel(fake, enforce, mode):
    fake.put("/etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n")
    fake.put("/etc/waagent.conf", "")
    if enforce:
        fake.put("/sys/fs/selinux/enforce", enforce)
    data = fake.collect(system.selinux)["data"]
    assert (data["mode"], data["policy"]) == (mode, "targeted")
    assert [label["path"] for label in data["labels"]] == ["/etc/waagent.conf"]


def test_no_selinux_is_absent(fake):
    assert fake.collect(system.selinux)["status"] == "absent"


def test_time_is_asked_without_starting_a_service(fake):
    fake.put("/run/systemd/system/.keep")
    fake.command(
        "systemctl", "printf 'Id=chrony.service\\nLoadState=loaded\\nActiveState=active\\n\\nId=ntpd.service\\nLoadState=not-found\\nActiveState=inactive\\n'"
    )
    fake.command("chronyc", "echo 'A,B,2,1,-0.000123,0,0'")
    fake.command("timedatectl", f"touch {fake.folder}/was-run")
    data = fake.collect(system.time_sync)["data"]
    assert data["services"] == [{"name": "chrony.service", "active": True}]
    assert data["offset_seconds"] == -0.000123
    assert data["synchronized"] in (True, False)
    assert not (fake.folder / "was-run").exists()


def test_a_clock_without_chrony_has_no_offset(fake):
    data = fake.collect(system.time_sync)["data"]
    assert (data["services"], data["offset_seconds"]) == ([], None)


def test_signs_of_other_products(fake):
    fake.put("/proc/1/cmdline", "/sbin/init\0")
    fake.put("/proc/2/cmdline", "/usr/local/ASR/Vx/bin/svagents\0-x\0")
    fake.put("/usr/local/ASR/x", "")
    fake.put("/usr/lib/systemd/system/bareos-fd.service", "")
    signs = fake.collect(system.backup_products)["data"]
    assert {"name": "Azure Site Recovery Mobility", "sign": "process svagents"} in signs
    assert {"name": "Azure Site Recovery Mobility", "sign": "path /usr/local/ASR"} in signs
    assert {"name": "Bareos or Bacula", "sign": "unit bareos-fd.service"} in signs
    assert len(signs) == 3


def test_hidden_processes_are_denied_not_missing(fake):
    fake.put("/proc/uptime", "1 1\n")
    for source in (system.processes, system.backup_products):
        assert fake.collect(source)["data"] == []
        assert fake.collect_as_nobody(source)["status"] == "denied"


def test_a_process_that_may_be_the_extension_is_denied_not_missing(fake):
    fake.put("/proc/uptime", "1000 1\n")
    fake.put("/proc/1/cmdline", "init\0")
    fake.put("/proc/9/cmdline", "python3\0main/handle.py\0-daemon\0")
    (fake.root / "proc/9/cwd").symlink_to("/closed")
    assert fake.collect(system.processes)["data"] == []

    def closed(host):
        import os

        real = os.readlink

        def readlink(path, **options):
            if path.endswith("/9/cwd"):
                raise PermissionError(13, "no", path)
            return real(path, **options)

        os.readlink = readlink
        return system.processes(host)

    assert fake.collect(closed)["status"] == "denied"

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno
import json
import os
import time

import pytest
from ansible_collections.azvm.backup.plugins.module_utils import _linux_storage as storage


def _mountinfo(*rows):
    return "".join(
        f"{20 + number} 1 {device} / {path} rw,relatime shared:1 - {filesystem} {source} rw\n" for number, (device, path, filesystem, source) in enumerate(rows)
    )


def test_a_hung_mount_is_a_timeout_and_the_others_are_probed(fake, monkeypatch):
    good = fake.put("/good/x").parent
    fake.put(
        "/proc/self/mountinfo",
        _mountinfo(("0:50", "/mnt/dead", "nfs4", "server:/x"), ("0:51", "/mnt/dead2", "nfs4", "server:/y"), ("8:1", str(good), "ext4", "/dev/sda1")),
    )
    fake.plan["mounts"]["probe_timeout"] = 1
    real = storage._look
    monkeypatch.setattr(storage, "_look", lambda path: time.sleep(60) if "dead" in path else real(path))
    start = time.monotonic()
    source = fake.collect(storage.mounts)
    assert time.monotonic() - start < 4
    assert source["status"] == "ok"
    assert [(probe["path"], probe["status"]) for probe in source["data"]] == [("/mnt/dead", "timeout"), ("/mnt/dead2", "timeout"), (str(good), "ok")]
    assert source["data"][0]["total_bytes"] is None
    assert source["data"][2]["total_bytes"] > source["data"][2]["available_bytes"] > 0
    assert source["data"][2]["inodes_total"] > 0


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE, errno.ENOENT, errno.EACCES])
def test_a_broken_mount_is_failed_with_its_errno(fake, monkeypatch, code):
    fake.put("/proc/self/mountinfo", _mountinfo(("8:1", "/mnt/broken", "xfs", "/dev/sdb1")))

    def broken(path):
        raise OSError(code, "broken", path)

    monkeypatch.setattr(storage, "_look", broken)
    probe = fake.collect(storage.mounts)["data"][0]
    assert (probe["status"], probe["errno"]) == ("failed", code)


def test_a_mount_point_that_is_closed_to_the_user_is_still_measured(fake):
    folder = fake.put("/closed/x").parent
    folder.chmod(0o700)
    fake.put("/proc/self/mountinfo", _mountinfo(("8:1", str(folder), "ext4", "/dev/sda1")))
    assert fake.collect_as_nobody(storage.mounts)["data"][0]["status"] == "ok"


def test_a_file_that_something_is_mounted_on_is_measured_without_opening_it(fake):
    fifo = fake.put("/mounted/x").parent / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    fake.put("/proc/self/mountinfo", _mountinfo(("8:1", str(fifo), "ext4", "/dev/sda1")))
    assert fake.collect(storage.mounts)["data"][0]["status"] == "ok"
    os.close(reader)


def test_the_same_device_is_looked_at_once_and_told_for_each_path(fake, monkeypatch):
    one, two = fake.put("/one/x").parent, fake.put("/two/x").parent
    fake.put("/proc/self/mountinfo", _mountinfo(("8:1", str(one), "ext4", "/dev/sda1"), ("8:1", str(two), "ext4", "/dev/sda1")))
    monkeypatch.setattr(storage, "_look", lambda path: {"data": {"total_bytes": 1 if path == str(one) else 2}})
    assert [(probe["path"], probe["total_bytes"]) for probe in fake.collect(storage.mounts)["data"]] == [(str(one), 1), (str(two), 1)]


def test_automounts_and_pseudo_file_systems_are_left_alone(fake, monkeypatch):
    fake.put("/proc/self/mountinfo", _mountinfo(("0:1", "/net", "autofs", "x"), ("0:2", "/proc", "proc", "proc")))
    monkeypatch.setattr(storage, "_look", pytest.fail)
    source = fake.collect(storage.mounts)
    assert source["data"] == []
    assert "/net" in source["text"]


def test_a_path_with_a_space(fake):
    folder = fake.put("/with space/x").parent
    fake.put("/proc/self/mountinfo", _mountinfo(("8:1", str(folder).replace(" ", "\\040"), "ext4", "/dev/sda1")))
    assert fake.collect(storage.mounts)["data"][0]["path"] == str(folder)
    assert fake.collect(storage.mounts)["data"][0]["status"] == "ok"


def test_a_host_full_of_containers_keeps_the_real_file_systems(fake):
    rows = [("0:99", f"/run/netns/{number}", "nsfs", "nsfs") for number in range(500)] + [("8:1", "/", "ext4", "/dev/sda1")]
    fake.put("/proc/self/mountinfo", _mountinfo(*rows))
    source = fake.collect(storage.mounts, max_bytes=2000)
    assert source["truncated"] is True
    assert source["text"].count("\n") == 1
    assert " - ext4 " in source["text"]


def test_nothing_is_probed_on_a_disk_of_another_system(fake, monkeypatch):
    fake.put("/proc/self/mountinfo", _mountinfo(("8:1", "/", "ext4", "/dev/sda1")))
    monkeypatch.setattr(storage, "_look", pytest.fail)
    assert fake.collect(storage.mounts, live=None)["data"] == []


def test_block_devices(fake):
    fake.command("lsblk", 'echo "{\\"asked\\": \\"$*\\"}"')
    source = fake.collect(storage.block_devices)
    assert json.loads(source["text"])["asked"] == "-J -b -o NAME,TYPE,SIZE,FSTYPE,MOUNTPOINT,TRAN"
    fake.command("lsblk", "echo no >&2; exit 1")
    assert fake.collect(storage.block_devices)["status"] == "failed"


def test_iscsi_sessions(fake):
    assert fake.collect(storage.iscsi_sessions)["status"] == "absent"
    fake.put("/sys/class/iscsi_session/session1/targetname", "iqn.2026-11.example:disk\n")
    fake.put("/sys/class/iscsi_session/session1/state", "LOGGED_IN\n")
    assert fake.collect(storage.iscsi_sessions)["data"] == [{"name": "session1", "target": "iqn.2026-11.example:disk", "state": "logged_in"}]

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who uses a mount, over made-up folders of /proc and /sys; real processes are in test__stale_mount."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.module_utils._mount_users import MOST, users

ENTRY = {
    "id": "33",
    "parent": "25",
    "number": "8:33",
    "root": "/",
    "path": "/data",
    "options": "rw",
    "fstype": "ext4",
    "device": "/dev/sdc1",
    "super_options": "rw",
}
LINE = "{id} 25 8:33 / {path} rw - ext4 /dev/sdc1 rw\n"


class Proc:
    """Processes with a name, links, open files and maps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "proc"
        self.sys = folder / "sys"
        (self.sys / "block").mkdir(parents=True)
        self.process("self")

    def process(self, pid: str, namespace: str = "mnt:[1]", maps: str = "", table: str = "", **links: str) -> Path:
        folder = self.folder / pid
        for name in ("fd", "fdinfo", "ns"):
            (folder / name).mkdir(parents=True)
        (folder / "ns" / "mnt").symlink_to(namespace)
        (folder / "comm").write_text("worker\n")
        (folder / "maps").write_text(maps)
        (folder / "mountinfo").write_text(table)
        for name, target in {"cwd": "/", "root": "/", "exe": "/usr/bin/worker", **links}.items():
            (folder / name).symlink_to(target)
        return folder

    def open(self, pid: str, number: int, path: str, mount: int) -> None:
        (self.folder / pid / "fd" / str(number)).symlink_to(path)
        (self.folder / pid / "fdinfo" / str(number)).write_text(f"pos:\t0\nflags:\t0100000\nmnt_id:\t{mount}\n")

    def users(self, stacked: bool = False) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = users(ENTRY, stacked, str(self.folder), str(self.sys))
        return found


@pytest.fixture
def proc(tmp_path: Path) -> Proc:
    return Proc(tmp_path)


def test_nobody(proc: Proc) -> None:
    proc.process("7", cwd="/database", maps="7f00-7f01 r-xp 00000000 08:21 12 /lib/x.so\n7f02-7f03 rw-p 00000000 00:00 0 \n")
    proc.open("7", 3, "/data/other", 40)
    assert proc.users() == []


@pytest.mark.parametrize("name", ["cwd", "root", "exe"])
def test_a_folder_or_program_on_it(proc: Proc, name: str) -> None:
    proc.process("7", **{name: "/data/in"})
    assert proc.users() == [{"pid": 7, "name": "worker", "use": name, "path": "/data/in"}]


def test_an_open_file_is_told_by_its_mount_and_not_by_its_name(proc: Proc) -> None:
    proc.process("7")
    proc.open("7", 3, "/renamed (deleted)", 33)
    assert [(user["use"], user["path"]) for user in proc.users()] == [("fd", "/renamed (deleted)")]


def test_a_mapped_file_whose_device_is_written_in_hexadecimal(proc: Proc) -> None:
    proc.process("7", maps="7f00-7f01 r-xp 00000000 08:21 12                 /data/a b.so\n")
    assert [(user["use"], user["path"]) for user in proc.users()] == [("map", "/data/a b.so")]


def test_a_file_open_in_another_namespace(proc: Proc) -> None:
    proc.process("7", namespace="mnt:[2]", table=LINE.format(id=91, path="/var/data"))
    proc.open("7", 3, "/var/data/x", 91)
    assert [(user["pid"], user["use"]) for user in proc.users()] == [(7, "fd")]


def test_loop_devices_and_swap_on_it(proc: Proc) -> None:
    (proc.sys / "block" / "loop3" / "loop").mkdir(parents=True)
    (proc.sys / "block" / "loop3" / "loop" / "backing_file").write_text("/data/image\n")
    (proc.sys / "block" / "sda").mkdir()
    (proc.folder / "swaps").write_text("Filename Type Size Used Priority\n/data/swap\\040file file 1 0 -2\n/dev/sdz partition 1 0 -3\n")
    assert [(user["name"], user["use"], user["path"]) for user in proc.users()] == [("loop3", "loop", "/data/image"), ("swap", "swap", "/data/swap file")]


def test_a_process_that_ends_or_has_no_folders_is_passed_over(proc: Proc) -> None:
    (proc.folder / "8").mkdir()
    proc.process("9", cwd="/data")
    assert [user["pid"] for user in proc.users()] == [9]


def test_the_list_is_bounded(proc: Proc) -> None:
    for pid in range(100, 100 + MOST + 5):
        proc.process(str(pid), cwd="/data")
    assert len(proc.users()) == MOST

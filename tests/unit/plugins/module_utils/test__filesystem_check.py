# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real e2fsck and xfs_repair on images that are really damaged."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.module_utils import _device_use, _fsck
from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError
from ansible_collections.azvm.backup.plugins.module_utils._filesystem_check import FilesystemCheck
from ansible_collections.azvm.backup.plugins.module_utils._journal import Journal
from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.changing import change
from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.real_mounts import double, in_namespace

os.environ["PATH"] += ":/usr/sbin:/sbin"
MISSING = [name for name in ("mkfs.ext4", "debugfs", "e2fsck", "mkfs.xfs", "xfs_db", "xfs_repair") if not shutil.which(name)]
tools = pytest.mark.skipif(bool(MISSING), reason=f"NOT CHECKED: no real repair, because {MISSING} are missing; install e2fsprogs and xfsprogs")


def sh(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def ext4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound ext4 image with files in a folder."""
    folder = tmp_path_factory.mktemp("ext4")
    (folder / "files" / "d").mkdir(parents=True)
    for number in range(5):
        (folder / "files" / "d" / f"f{number}").write_text("content" * 1000)
    with (folder / "image").open("wb") as stream:
        stream.truncate(20 * 1024 * 1024)
    sh("mkfs.ext4", "-q", "-d", folder / "files", folder / "image")
    return folder / "image"


@pytest.fixture(scope="module")
def xfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    image = tmp_path_factory.mktemp("xfs") / "image"
    with image.open("wb") as stream:
        stream.truncate(310 * 1024 * 1024)
    sh("mkfs.xfs", "-q", image)
    return image


@pytest.fixture
def ext(ext4: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(ext4, tmp_path / "ext.img"))


def debugfs(image: Path, *requests: str) -> None:
    for request in requests:
        sh("debugfs", "-w", "-R", request, image)


def digest(image: Path) -> str:
    return hashlib.sha256(image.read_bytes()).hexdigest()


def run(image: Path | str, tmp_path: Path, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    given = {"repairs": True, "assume_yes": False, "seconds": 120, **options}
    setter = FilesystemCheck(str(image), folder=str(tmp_path / "journal"), **given)
    ended = change(tmp_path / "journal", setter, check_mode=check_mode, run="r1")
    return {"failed": ended.failed, **ended.result}


DAMAGE = ("clri d/f2", "ssv state 2")
DEEP_DAMAGE = ("sif d mode 0100644", "ssv state 0")


@tools
def test_a_sound_file_system_is_left_alone(ext: Path, tmp_path: Path) -> None:
    before = digest(ext)
    ended = run(ext, tmp_path)
    assert (ended["failed"], ended["changed"], ended["log"]) == (False, False, None)
    assert ended["before"] == {"filesystem": "ext", "clean": True, "exit_code": 0}
    assert digest(ext) == before and not (tmp_path / "journal").exists()


@tools
def test_damage_is_repaired_as_predicted_and_only_once(ext: Path, tmp_path: Path) -> None:
    debugfs(ext, *DAMAGE)
    damaged = digest(ext)
    predicted = run(ext, tmp_path, check_mode=True)
    assert digest(ext) == damaged and not (tmp_path / "journal").exists()
    done = run(ext, tmp_path)
    assert not done["failed"], done
    for key in ("changed", "before", "after", "diff", "undo"):
        assert predicted[key] == done[key], key
    assert done["before"] == {"filesystem": "ext", "clean": False, "exit_code": 4} and done["undo"] == "none"
    assert subprocess.run(["e2fsck", "-n", "-f", ext], capture_output=True, check=False).returncode == 0
    assert run(ext, tmp_path)["changed"] is False
    assert [entry["status"] for entry in Journal(str(tmp_path / "journal")).entries()] == ["done"]


@tools
def test_everything_the_tools_said_is_kept(ext: Path, tmp_path: Path) -> None:
    debugfs(ext, *DAMAGE)
    log = Path(run(ext, tmp_path)["log"])
    assert log.parent == tmp_path / "journal" / "logs"
    assert log.stat().st_mode & 0o777 == 0o600 and log.parent.stat().st_mode & 0o777 == 0o700
    commands = [line.split(" ", 2)[2] for line in log.read_text().splitlines() if line.startswith("# ")]
    assert commands == [f"e2fsck -n -f -- {ext}", f"e2fsck -f -p -- {ext}", f"e2fsck -n -f -- {ext}"]
    assert "f2" in log.read_text() and log.read_text().count("Pass 5") == 2


@tools
def test_damage_that_needs_a_decision_is_left_until_yes_is_said(ext: Path, tmp_path: Path) -> None:
    debugfs(ext, *DEEP_DAMAGE)
    refused = run(ext, tmp_path)
    assert refused["failed"] and "assume_yes" in refused["msg"] and Path(refused["log"]).is_file()
    assert [entry["status"] for entry in Journal(str(tmp_path / "journal")).entries()] == ["failed"]
    done = run(ext, tmp_path, assume_yes=True)
    assert not done["failed"] and done["changed"], done
    assert run(ext, tmp_path)["changed"] is False


@tools
def test_errors_that_the_kernel_noted_are_cleared(ext: Path, tmp_path: Path) -> None:
    debugfs(ext, "ssv state 3")
    assert subprocess.run(["e2fsck", "-n", "-f", ext], capture_output=True, check=False).returncode == 0, "the reason for errors_recorded is gone"
    done = run(ext, tmp_path)
    assert done["before"] == {"filesystem": "ext", "clean": False, "exit_code": 0} and done["changed"] and not done["failed"], done
    assert not _fsck.errors_recorded(str(ext))


@tools
def test_without_repair_it_only_reports(ext: Path, tmp_path: Path) -> None:
    debugfs(ext, *DAMAGE)
    damaged = digest(ext)
    ended = run(ext, tmp_path, repairs=False)
    assert (ended["changed"], ended["before"]["clean"], digest(ext)) == (False, False, damaged)


@tools
def test_xfs_is_repaired_as_predicted_and_only_once(xfs: Path, tmp_path: Path) -> None:
    image = tmp_path / "xfs.img"
    sh("cp", "--sparse=always", xfs, image)
    assert run(image, tmp_path)["changed"] is False
    sh("xfs_db", "-x", "-c", "sb 0", "-c", "write -d fdblocks 7", image)
    predicted = run(image, tmp_path, check_mode=True)
    done = run(image, tmp_path)
    assert not done["failed"], done
    assert done["before"] == predicted["before"] == {"filesystem": "xfs", "clean": False, "exit_code": 1}
    assert done["after"] == predicted["after"] == {"filesystem": "xfs", "clean": True, "exit_code": 0}
    assert run(image, tmp_path)["changed"] is False


@tools
def test_an_xfs_log_that_was_not_replayed_is_never_thrown_away(xfs: Path, tmp_path: Path) -> None:
    image = tmp_path / "xfs.img"
    sh("cp", "--sparse=always", xfs, image)
    _shut_down(image, tmp_path / "mounted")
    dirty = digest(image)
    for check_mode in (True, False):
        ended = run(image, tmp_path, check_mode=check_mode)
        assert ended["failed"] and "mount it once and unmount it" in ended["msg"], ended
    assert digest(image) == dirty


def _shut_down(image: Path, place: Path) -> None:
    """Files in the log only, as a crash leaves them."""
    place.mkdir()

    def crash() -> bool:
        if subprocess.run(["mount", "-o", "loop", image, place], capture_output=True, check=False).returncode:
            return False
        for number in range(50):
            (place / f"f{number}").write_text("x")
        subprocess.run(["xfs_io", "-x", "-c", "shutdown -f", place], check=True)
        subprocess.run(["umount", place], check=True)
        return True

    if not in_namespace(crash):
        pytest.skip("NOT CHECKED: no loop device can be mounted here, so there is no XFS with a dirty log")


@tools
def test_a_mounted_file_system_is_refused_with_what_is_next(ext: Path, tmp_path: Path) -> None:
    (tmp_path / "mounted").mkdir()

    def story() -> Any:
        if subprocess.run(["mount", "-o", "loop", ext, tmp_path / "mounted"], capture_output=True, check=False).returncode:
            return None
        device = subprocess.run(["findmnt", "-no", "SOURCE", tmp_path / "mounted"], capture_output=True, text=True, check=True).stdout.strip()
        found = {"image": run(ext, tmp_path), "device": run(device, tmp_path), "name": device}
        subprocess.run(["umount", tmp_path / "mounted"], check=True)
        return found

    found = in_namespace(story)
    if found is None:
        pytest.skip("NOT CHECKED: no loop device can be mounted here")
    assert found["image"]["failed"] and f"attached as {found['name']}" in found["image"]["msg"]
    assert found["device"]["failed"] and f"`umount {tmp_path}/mounted`" in found["device"]["msg"] and "az vm repair" in found["device"]["msg"]


def test_a_device_mounted_in_another_namespace_or_as_root_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"number": "8:1", "path": "/data"}
    monkeypatch.setattr(_device_use, "read_mounts", lambda: [{"number": "8:9", "path": "/"}])
    monkeypatch.setattr(_device_use, "namespaces", lambda: {"mnt:[1]": "77"})
    monkeypatch.setattr(_device_use, "read_other", lambda _pid: [entry])
    with pytest.raises(ChangeError, match="/data in the mount namespace of process 77"):
        _device_use._refuse_mounted("/dev/sda1", "8:1")
    with pytest.raises(ChangeError, match="root file system"):
        _device_use._refuse_mounted("/dev/sda9", "8:9")
    _device_use._refuse_mounted("/dev/sdb1", "8:17")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        ("holders/dm-0", "a part of dm-0"),
        ("sda1/partition", "disk with partitions"),
        ("queue/rotational", None),
    ],
)
def test_what_holds_or_divides_a_device_refuses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: str, says: str | None) -> None:
    folder = tmp_path / "dev" / "block" / "8:0"
    folder.mkdir(parents=True)
    (folder / make).parent.mkdir(parents=True, exist_ok=True)
    (folder / make).write_text("1")
    for name in ("_refuse_mounted", "_refuse_claimed", "_is_swap"):
        monkeypatch.setattr(_device_use, name, lambda *_arguments: False)
    found = type("Found", (), {"st_rdev": os.makedev(8, 0)})()
    if says is None:
        _device_use._refuse_held("/dev/sda", found, str(tmp_path))
        return
    with pytest.raises(ChangeError, match=says):
        _device_use._refuse_held("/dev/sda", found, str(tmp_path))


def test_a_partition_of_a_disk_under_multipath_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = tmp_path / "devices" / "sda"
    for name in ("sda1", "holders/dm-3"):
        (disk / name).mkdir(parents=True)
    (disk / "sda1" / "partition").write_text("1")
    (tmp_path / "dev" / "block").mkdir(parents=True)
    (tmp_path / "dev" / "block" / "8:1").symlink_to(disk / "sda1")
    for name in ("_refuse_mounted", "_refuse_claimed", "_is_swap"):
        monkeypatch.setattr(_device_use, name, lambda *_arguments: False)
    with pytest.raises(ChangeError, match="a part of dm-3"):
        _device_use._refuse_held("/dev/sda1", type("Found", (), {"st_rdev": os.makedev(8, 1)})(), str(tmp_path))


def test_the_kernels_own_word_on_a_device_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_arguments: Any) -> int:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(os, "open", busy)
    with pytest.raises(ChangeError, match="claimed by the kernel"):
        _device_use._refuse_claimed("/dev/sda")


def test_bad_input_is_refused_in_one_sentence(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b"\0" * 4096)
    cases = {
        "sdc1": "no absolute path",
        str(tmp_path / "none"): "cannot be looked at",
        "/dev/null": "neither a block device nor an image file",
        str(tmp_path): "neither a block device nor an image file",
        str(empty): "no ext2, ext3, ext4 or XFS file system",
    }
    for device, says in cases.items():
        ended = run(device, tmp_path)
        assert ended["failed"] and says in ended["msg"], ended
    assert "at least 1 second" in run(empty, tmp_path, seconds=0)["msg"]


def test_an_image_where_others_could_swap_it_is_refused(tmp_path: Path) -> None:
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    (open_folder / "image").write_bytes(b"\0" * 4096)
    open_folder.chmod(0o777)
    ended = run(open_folder / "image", tmp_path)
    assert ended["failed"] and "can be changed by others" in ended["msg"]


def _fake_ext(tmp_path: Path) -> Path:
    image = tmp_path / "fake.img"
    data = bytearray(4096)
    data[1080:1082] = b"\x53\xef"
    image.write_bytes(data)
    return image


@pytest.mark.parametrize(
    ("code", "says"), [(8, "operational error"), (12, "operational error"), (16, "usage error"), (32, "ended on request"), (128, "shared library")]
)
def test_exit_codes_that_say_nothing_of_the_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, says: str) -> None:
    double(tmp_path / "bin", "e2fsck", f"echo the disk is gone; exit {code}")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    ended = run(_fake_ext(tmp_path), tmp_path)
    assert ended["failed"] and says in ended["msg"] and "the disk is gone" in ended["msg"]


def test_a_repair_that_wants_a_restart_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    double(tmp_path / "bin", "e2fsck", 'case "$2" in -f) [ -e $STATE/repaired ] && exit 0; exit 4;; -p) touch $STATE/repaired; exit 3;; esac')
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    setter = FilesystemCheck(str(_fake_ext(tmp_path)), True, False, 10, str(tmp_path / "journal"))
    assert change(tmp_path / "journal", setter).result["changed"] is True
    assert "restarted before" in setter.warnings[0]


def test_a_missing_tool_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_fsck, "find", lambda _name: None)
    ended = run(_fake_ext(tmp_path), tmp_path)
    assert ended["failed"] and "install e2fsprogs" in ended["msg"]


def test_a_dry_run_ends_with_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    double(tmp_path / "bin", "e2fsck", "trap '' TERM; while :; do sleep 0.1; done")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(_fsck, "STOP_SECONDS", 1)
    begun = time.monotonic()
    ended = run(_fake_ext(tmp_path), tmp_path, seconds=1)
    assert ended["failed"] and "give it more time" in ended["msg"] and "still runs" not in ended["msg"]
    assert time.monotonic() - begun < 10


def test_a_repair_is_asked_to_stop_and_never_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "trap 'echo asked > $STATE/asked' TERM; [ \"$2\" = -f ] && exit 4; while [ ! -e $STATE/end ]; do sleep 0.1; done; echo whole > $STATE/whole"
    double(tmp_path / "bin", "e2fsck", script)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(_fsck, "STOP_SECONDS", 1)
    ended = run(_fake_ext(tmp_path), tmp_path, seconds=1)
    assert ended["failed"] and "asked to stop" in ended["msg"] and "still runs as process" in ended["msg"]
    (tmp_path / "bin" / "end").touch()
    for _attempt in range(50):
        if (tmp_path / "bin" / "whole").exists():
            break
        time.sleep(0.1)
    assert (tmp_path / "bin" / "asked").exists() and (tmp_path / "bin" / "whole").exists()

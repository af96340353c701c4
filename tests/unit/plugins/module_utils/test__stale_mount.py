# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.module_utils import _stale_mount, _undo_items
from ansible_collections.azvm.backup.plugins.module_utils._stale_mount import StaleMount
from ansible_collections.azvm.backup.plugins.module_utils._undo_mount import Mount
from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.changing import change, undo_all
from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.real_mounts import double, in_namespace


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_undo_items.KINDS, "mount", Mount)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder `over` to mount on, and two folders to bind there."""
    for name in ("first", "second", "over"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text(name)
    return tmp_path / "over"


def bind(place: Path, name: str) -> None:
    subprocess.run(["mount", "--bind", place.parent / name, place], check=True)


def overlay(place: Path) -> None:
    # overlay does not take a folder of overlay, as a test machine may have, for its upper one
    (place.parent / "upper").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place.parent / "upper"], check=True)
    (place.parent / "upper" / "u").mkdir()
    (place.parent / "upper" / "w").mkdir()
    options = f"lowerdir={place.parent}/first,upperdir={place.parent}/upper/u,workdir={place.parent}/upper/w"
    subprocess.run(["mount", "-t", "overlay", "-o", options, "leftover", place], check=True)


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def run(place: Path, unmount: bool = True, check_mode: bool = False) -> dict[str, Any]:
    ended = change(place.parent / "journal", StaleMount(str(place), unmount, 10), check_mode=check_mode, run="r1")
    return {"failed": ended.failed, **ended.result}


def test_check_mode_apply_second_run_and_undo_of_a_real_mount(place: Path) -> None:
    def story() -> dict[str, Any]:
        overlay(place)
        steps: dict[str, Any] = {"at_first": names(place), "predicted": run(place, check_mode=True), "still": names(place)}
        steps.update(done=run(place), then=names(place), again=run(place))
        steps.update(undone=undo_all(place.parent / "journal"), at_last=names(place), undone_again=undo_all(place.parent / "journal"))
        return steps

    steps = in_namespace(story)
    assert steps["at_first"] == steps["still"] == steps["at_last"] == ["first"]
    assert steps["predicted"]["changed"] and not steps["predicted"]["failed"] and steps["predicted"]["used_by"] == []
    for key in ("changed", "before", "after", "diff"):
        assert steps["predicted"][key] == steps["done"][key], key
    assert steps["done"]["before"]["fstype"] == "overlay" and steps["done"]["before"]["count"] == 1
    assert steps["done"]["after"] == {"mounted": False, "count": 0, "device": None, "fstype": None, "options": None, "root": None}
    assert steps["then"] == ["over"] and steps["again"]["changed"] is False
    assert [item["status"] for item in steps["undone"]] == ["undone"] and steps["undone_again"] == []


def test_only_the_upper_of_two_is_taken_off_and_a_bind_mount_comes_back(place: Path) -> None:
    def story() -> dict[str, Any]:
        bind(place, "first")
        bind(place, "second")
        done = run(place)
        then = names(place)
        undone = undo_all(place.parent / "journal")
        return {"done": done, "then": then, "undone": undone, "at_last": names(place)}

    steps = in_namespace(story)
    assert steps["done"]["changed"], steps["done"]
    assert (steps["done"]["before"]["count"], steps["done"]["after"]["count"]) == (2, 1)
    assert steps["then"] == ["first"]
    assert [item["status"] for item in steps["undone"]] == ["undone"], steps["undone"]
    assert steps["at_last"] == ["second"]


def test_undo_refuses_where_something_else_is_mounted_now(place: Path) -> None:
    def story() -> Any:
        overlay(place)
        run(place)
        bind(place, "second")
        return {"undone": undo_all(place.parent / "journal"), "names": names(place)}

    steps = in_namespace(story)
    assert [item["status"] for item in steps["undone"]] == ["refused"] and steps["names"] == ["second"]


def _sleeper(place: Path, how: str) -> subprocess.Popen[bytes]:
    scripts = {
        "cwd": f"cd {place}; exec sleep 60",
        "fd": f"exec 9<{place}/first; exec sleep 60",
    }
    child = subprocess.Popen(["/bin/sh", "-c", scripts[how]], start_new_session=True)
    time.sleep(0.3)
    return child


@pytest.mark.parametrize("how", ["cwd", "fd"])
def test_a_mount_in_use_is_refused_with_who_uses_it(place: Path, how: str) -> None:
    def story() -> Any:
        bind(place, "first")
        child = _sleeper(place, how)
        try:
            return {"pid": child.pid, "busy": run(place), "reported": run(place, unmount=False)}
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    steps = in_namespace(story)
    assert steps["busy"]["failed"] and f"in use by sleep ({steps['pid']}, {how})" in steps["busy"]["msg"]
    assert steps["reported"]["changed"] is False
    assert [(user["pid"], user["use"]) for user in steps["reported"]["used_by"]] == [(steps["pid"], how)]


def test_who_uses_the_lower_of_two_does_not_hold_the_upper(place: Path) -> None:
    def story() -> Any:
        bind(place, "first")
        children = [_sleeper(place, "fd"), _sleeper(place, "cwd")]
        bind(place, "second")
        try:
            return {"done": run(place), "names": names(place)}
        finally:
            for child in children:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()

    steps = in_namespace(story)
    assert steps["done"]["changed"] is True, steps["done"]
    assert steps["names"] == ["first"]


def test_mounts_inside_are_named_and_kept(place: Path) -> None:
    def story() -> Any:
        bind(place, "first")
        (place / "inner").mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place / "inner"], check=True)
        return {"outer": run(place), "inner": run(place / "inner")}

    steps = in_namespace(story)
    assert steps["outer"]["failed"] and f"other mounts inside ({place}/inner)" in steps["outer"]["msg"]
    assert steps["inner"]["failed"] and "tmpfs, whose files would be lost" in steps["inner"]["msg"]


def test_a_mount_hidden_below_another_is_not_touched(place: Path) -> None:
    def story() -> Any:
        bind(place, "first")
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place.parent], check=True)
        return run(place)

    ended = in_namespace(story)
    assert ended["failed"] and "hidden below a mount further up" in ended["msg"]


@pytest.mark.parametrize("state", [True, False])
def test_what_is_not_mounted_is_as_wanted(place: Path, state: bool) -> None:
    ended = run(place, unmount=state)
    assert not ended["failed"] and ended["changed"] is False and ended["before"]["mounted"] is False


def test_the_root_and_the_kernels_own_are_refused() -> None:
    for path in ("/", "/proc", "/sys", "/dev"):
        ended = change(Path("/nonexistent"), StaleMount(path, True, 10))
        assert ended.failed and "never unmounted" in ended.result["msg"], ended.result


def test_what_fstab_names_is_kept_unless_mounted_twice(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stale_mount, "fstab_paths", lambda: [str(place)])

    def story() -> Any:
        bind(place, "first")
        once = run(place)
        bind(place, "second")
        return {"once": once, "twice": run(place)}

    steps = in_namespace(story)
    assert steps["once"]["failed"] and "/etc/fstab" in steps["once"]["msg"]
    assert steps["twice"]["changed"] and steps["twice"]["after"]["count"] == 1


@pytest.mark.parametrize("path", ["data", "/data/", "/a/../data", "//data", "", "/data/."])
def test_a_path_that_is_no_exact_name_is_refused(path: str) -> None:
    ended = change(Path("/nonexistent"), StaleMount(path, True, 10))
    assert ended.failed and "exact name" in ended.result["msg"]


def test_a_time_limit_of_nothing_is_refused() -> None:
    assert "at least 1 second" in change(Path("/nonexistent"), StaleMount("/data", True, 0)).result["msg"]


def test_an_umount_that_hangs_is_left_behind_and_says_what_is_next(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    double(place.parent / "bin", "umount", 'echo $$ > $STATE/pid; echo "$@" > $STATE/arguments; exec sleep 60')
    monkeypatch.setenv("PATH", f"{place.parent}/bin:{os.environ['PATH']}")

    def story() -> Any:
        bind(place, "first")
        begun = time.monotonic()
        ended = change(place.parent / "journal", StaleMount(str(place), True, 1), run="r1")
        return {"failed": ended.failed, "msg": ended.result["msg"], "seconds": time.monotonic() - begun, "names": names(place)}

    steps = in_namespace(story)
    assert steps["failed"] and f"by hand: `umount -l {place}`" in steps["msg"]
    assert steps["seconds"] < 10 and steps["names"] == ["first"]
    assert (place.parent / "bin" / "arguments").read_text().split() == ["--no-canonicalize", "--", str(place)]


def test_a_look_that_hangs_is_no_free_mount(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stale_mount, "users", lambda *_arguments: time.sleep(60))

    def story() -> Any:
        bind(place, "first")
        ended = change(place.parent / "journal", StaleMount(str(place), True, 1), run="r1")
        return {"failed": ended.failed, **ended.result}

    ended = in_namespace(story)
    assert ended["failed"] and "cannot be found out" in ended["msg"] and ended["used_by"] is None

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ansible_collections.azvm.backup.plugins.module_utils import _linux_run as run


def _fail(error):
    def function():
        raise error

    return function


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (run.AbsentError("no such thing"), "absent"),
        (FileNotFoundError(2, "x", "/a"), "absent"),
        (NotADirectoryError(20, "x", "/a"), "absent"),
        (run.DeniedError("no"), "denied"),
        (PermissionError(13, "x", "/a"), "denied"),
        (PermissionError(1, "x"), "denied"),
        (OSError(5, "x", "/a"), "failed"),
        (OSError(116, "stale"), "failed"),
        (KeyError("plan"), "failed"),
    ],
)
def test_every_exception_has_its_status_and_the_others_go_on(error, status):
    results = run.run_all({"bad": _fail(error), "good": lambda: {"text": "here"}}, 5, 10, 1000)
    assert results["bad"]["status"] == status
    assert results["bad"]["error"]
    assert "\n" not in results["bad"]["error"]
    assert results["good"] == {"status": "ok", "text": "here"}


def test_an_error_names_errno_and_path():
    assert run.describe(OSError(5, "x", "/mnt/a")) == "Input/output error (EIO) '/mnt/a'"


def test_a_hung_source_times_out_and_its_whole_group_is_killed(tmp_path):
    def hang():
        grandchild = os.fork()
        if grandchild == 0:
            time.sleep(60)
            os._exit(0)
        (tmp_path / "pids").write_text(f"{os.getpid()} {grandchild}", encoding="ascii")
        time.sleep(60)

    start = time.monotonic()
    results = run.run_all({"hung": hang, "good": lambda: {"data": 1}}, 1, 10, 1000)
    assert time.monotonic() - start < 4
    assert results["hung"]["status"] == "timeout"
    assert results["good"]["data"] == 1
    pids = [int(pid) for pid in (tmp_path / "pids").read_text(encoding="ascii").split()]
    deadline = time.monotonic() + 3
    while any(_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in pids if _alive(pid)]


def test_a_grandchild_that_outlives_everything_does_not_hold_the_answer():
    def leave_one_behind():
        if os.fork() == 0:
            os.setsid()  # killpg() does not reach it, as SIGKILL does not reach a process in state D
            time.sleep(3)
            os._exit(0)
        return {"data": "answered"}

    start = time.monotonic()
    assert run.run_all({"it": leave_one_behind}, 10, 20, 1000)["it"]["data"] == "answered"
    assert time.monotonic() - start < 2


def test_children_hold_no_file_of_the_module():
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)

    def numbers():
        return {"data": [str(link.resolve()) for link in Path("/proc/self/fd").iterdir()]}

    names = run.run_all({"it": numbers}, 5, 10, 100000)["it"]["data"]
    os.close(reader)
    os.close(writer)
    assert len([name for name in names if "pipe:" in name]) == 1
    assert len([name for name in names if name == "/dev/null"]) >= 3


def test_what_has_not_begun_when_the_total_is_used_up_is_a_timeout():
    functions = {str(number): lambda: time.sleep(60) for number in range(4)}
    start = time.monotonic()
    results = run.run_all(functions, 30, 1, 1000, slots=2)
    assert time.monotonic() - start < 4
    assert [source["status"] for source in results.values()] == ["timeout"] * 4
    assert "not begun" in results["3"]["error"]
    assert list(results) == ["0", "1", "2", "3"]


def test_a_child_that_dies_is_failed():
    assert run.run_all({"it": lambda: os._exit(3)}, 5, 10, 1000)["it"]["status"] == "failed"


def test_an_answer_longer_than_a_pipe_arrives_whole():
    assert len(run.run_all({"it": lambda: {"text": "x" * 1_000_000}}, 5, 10, 1000)["it"]["text"]) == 1_000_000


def test_a_long_list_is_cut_and_says_so():
    source = run.run_all({"it": lambda: {"data": [{"n": number} for number in range(1000)]}}, 5, 10, 500)["it"]
    assert source["truncated"] is True
    assert 0 < len(source["data"]) < 100


def test_secrets_are_masked_wherever_they_stand():
    source = run.run_all({"it": lambda: {"data": [{"deep": "https://x/y?sig=AbC%3D&se=1"}], "error": "sig=zzz"}}, 5, 10, 1000)["it"]
    assert source["data"] == [{"deep": "https://x/y?sig=***&se=1"}]
    assert source["error"] == "sig=***"

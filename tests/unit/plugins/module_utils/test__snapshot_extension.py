# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import json
import os
import platform
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from ansible_collections.azvm.backup.plugins.module_utils._agent_plan import PLAN
from ansible_collections.azvm.backup.plugins.module_utils._snapshot_extension import Reload
from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.changing import change, tree_hash, undo_all

if TYPE_CHECKING:
    from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.conftest import FakeRoot

COLLECT = yaml.safe_load((Path(__file__).parents[4] / "plugins" / "plugin_utils" / "_collect_linux.yml").read_text(encoding="utf-8"))
HANDLER = "/var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux"
FOLDER = HANDLER + "-1.0.9190.0"
BINARY = FOLDER + ("/main/safefreezeArm64/bin/safefreeze" if platform.machine() in ("aarch64", "arm64") else "/main/safefreeze/bin/safefreeze")
# Answers `show` for the unit of its state file; a restart writes down that it was one, and lets the agent do what a test says.
SYSTEMCTL = """
case "$*" in
*show*) for unit in walinuxagent.service waagent.service; do
    if [ -e "$STATE/$unit" ]; then echo "Id=$unit"; echo LoadState=loaded; echo "ActiveState=$(cat $STATE/$unit)"
    else echo "Id=$unit"; echo LoadState=not-found; echo ActiveState=inactive; fi; echo; done;;
*restart*) echo "$*" >> $STATE/calls; [ ! -e $STATE/on_restart ] || . $STATE/on_restart;;
*) echo "unexpected: $*" >&2; exit 3;;
esac
"""


@pytest.fixture
def host(fake: FakeRoot, monkeypatch: pytest.MonkeyPatch) -> FakeRoot:
    """A host whose agent runs and whose extension is as the agent left it when an upgrade failed."""
    fake.plan = {**copy.deepcopy(PLAN), "program_dirs": [str(fake.bin), "/usr/bin", "/bin"]}
    fake.command("systemctl", f"STATE={fake.folder}\n{SYSTEMCTL}")
    monkeypatch.setenv("PATH", f"{fake.bin}:{os.environ['PATH']}")
    (fake.root / "run/systemd/system").mkdir(parents=True)
    (fake.folder / "walinuxagent.service").write_text("active")
    fake.put("/proc/uptime", "100.0 100.0")
    fake.put("/proc/locks", "")
    fake.put("/proc/1/cmdline", "init\0")
    fake.put(HANDLER + "-1.0.9000.0/config/HandlerState", "NotInstalled")
    fake.put(HANDLER + "__1.0.9190.0.zip", "archive")
    fake.put(FOLDER + "/config/HandlerState", "FailedUpgrade", 0o600)
    fake.put(FOLDER + "/config/HandlerStatus", json.dumps({"status": "NotReady", "code": 1}), 0o600)
    fake.put(FOLDER + "/config/7.settings", "{}", 0o600)
    fake.put(FOLDER + "/HandlerManifest.json", "[]")
    fake.put(FOLDER + "/mrseq", "7")
    fake.put(BINARY, "", 0o700)
    return fake


def run(host: FakeRoot, check_mode: bool = False) -> dict[str, Any]:
    ended = change(host.folder / "journal", Reload(host.plan, str(host.root)), check_mode=check_mode, run="r1")
    return {"failed": ended.failed, **ended.result}


def calls(host: FakeRoot) -> list[str]:
    path = host.folder / "calls"
    return path.read_text().splitlines() if path.exists() else []


def files(host: FakeRoot) -> set[str]:
    folder = host.root / FOLDER.lstrip("/")
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_names_are_those_of_the_collectors() -> None:
    def compare(ours: Any, theirs: Any, where: str) -> None:
        if isinstance(ours, dict):
            for key in ours:
                compare(ours[key], theirs[key], f"{where}.{key}")
        else:
            assert ours == theirs, where

    compare(PLAN, COLLECT, "")


def test_a_stuck_extension_is_reloaded_as_predicted_and_only_once(host: FakeRoot) -> None:
    at_first, before = files(host), tree_hash(host.folder)
    predicted = run(host, check_mode=True)
    assert tree_hash(host.folder) == before and calls(host) == []
    done = run(host)
    assert not done["failed"], done
    for key in ("changed", "before", "after", "diff", "undo"):
        assert predicted[key] == done[key], key
    assert done["before"] == {"version": "1.0.9190.0", "folder": FOLDER, "stuck": ["HandlerState FailedUpgrade", "HandlerStatus NotReady"]}
    assert done["after"]["stuck"] == [] and done["undo"] == "settings"
    assert at_first - files(host) == {"config/HandlerState", "config/HandlerStatus"}
    assert [line.split()[-1] for line in calls(host)] == ["walinuxagent.service"]
    again = run(host)
    assert again["changed"] is False and len(calls(host)) == 1


def test_undo_brings_both_files_back_as_they_were(host: FakeRoot) -> None:
    before = tree_hash(host.root)
    run(host)
    assert [item["status"] for item in undo_all(host.folder / "journal")] == ["undone"]
    assert tree_hash(host.root) == before and undo_all(host.folder / "journal") == []


def test_what_the_agent_wrote_since_is_kept_by_undo(host: FakeRoot) -> None:
    run(host)
    host.put(FOLDER + "/config/HandlerState", "Enabled", 0o600)
    assert [item["status"] for item in undo_all(host.folder / "journal")] == ["refused"]
    assert (host.root / FOLDER.lstrip("/") / "config/HandlerState").read_text() == "Enabled"


def test_an_agent_that_is_quick_to_install_it_is_no_failure(host: FakeRoot) -> None:
    (host.folder / "on_restart").write_text(f"printf Installed > {host.root}{FOLDER}/config/HandlerState\n")
    assert run(host)["failed"] is False


def test_a_restart_that_fails_puts_everything_back(host: FakeRoot) -> None:
    before = tree_hash(host.root)
    (host.folder / "on_restart").write_text("echo 'no such luck' >&2; exit 1\n")
    ended = run(host)
    assert ended["failed"] and "no such luck" in ended["msg"] and tree_hash(host.root) == before


@pytest.mark.parametrize(
    ("state", "status", "gone", "stuck"),
    [
        ("Enabled", '{"status": "Ready"}', None, []),
        ("Enabled\n", '[{"status": "Ready"}]', None, []),
        ("Enabled", None, None, []),
        (None, '{"status": "NotReady"}', None, []),
        ("Enabled", '{"status": "NotReady"}', None, ["HandlerStatus NotReady"]),
        ("Enabled", '{"stat', None, ["HandlerStatus is not understood"]),
        ("Enabled", "[]", None, ["HandlerStatus is not understood"]),
        ("Installed", None, None, ["HandlerState Installed"]),
        ("Enabled", None, FOLDER + "/HandlerManifest.json", ["HandlerManifest.json is missing"]),
        ("Enabled", None, BINARY, [BINARY[len(FOLDER) + 1 :] + " is missing"]),
    ],
)
def test_what_counts_as_stuck(host: FakeRoot, state: str | None, status: str | None, gone: str | None, stuck: list[str]) -> None:
    for name, text in (("HandlerState", state), ("HandlerStatus", status)):
        if text is None:
            (host.root / FOLDER.lstrip("/") / "config" / name).unlink()
        else:
            host.put(f"{FOLDER}/config/{name}", text)
    if gone:
        (host.root / gone.lstrip("/")).unlink()
    ended = run(host)
    assert not ended["failed"], ended
    assert ended["before"]["stuck"] == stuck and ended["changed"] is bool(stuck)
    assert run(host)["changed"] is False


def test_nothing_happens_while_the_extension_runs(host: FakeRoot) -> None:
    (host.root / "proc/4711").mkdir()
    host.put("/proc/4711/cmdline", f"python3\0{FOLDER}/main/handle.py\0-enable\0")
    host.put("/proc/4711/stat", "4711 (python3) S " + "0 " * 18 + "1 0")
    before = tree_hash(host.root)
    for check_mode in (True, False):
        ended = run(host, check_mode)
        assert ended["failed"] and "process 4711" in ended["msg"]
    assert tree_hash(host.root) == before and calls(host) == []


def test_nothing_happens_while_the_freeze_lock_is_held(host: FakeRoot) -> None:
    lock = host.put(COLLECT["extension"]["lock"])
    script = f"import fcntl,time; f = open({str(lock)!r}, 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen(["/usr/bin/env", "python3", "-c", script], stdout=subprocess.PIPE)
    try:
        assert holder.stdout and holder.stdout.readline()
        host.put("/proc/locks", Path("/proc/locks").read_bytes())
        ended = run(host)
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert ended["failed"] and "freeze lock" in ended["msg"] and calls(host) == []


def test_an_agent_that_does_not_run_is_told_first(host: FakeRoot) -> None:
    (host.folder / "walinuxagent.service").write_text("inactive")
    ended = run(host)
    assert ended["failed"] and "fix_guest_agent_service_linux" in ended["msg"]
    assert (host.root / FOLDER.lstrip("/") / "config/HandlerState").exists()


def test_the_unit_of_the_rpm_world(host: FakeRoot) -> None:
    (host.folder / "walinuxagent.service").rename(host.folder / "waagent.service")
    assert run(host)["changed"] and calls(host)[0].endswith("waagent.service")


def test_an_extension_that_is_not_there_cannot_be_reloaded(fake: FakeRoot) -> None:
    fake.plan = copy.deepcopy(PLAN)
    ended = run(fake)
    assert ended["failed"] and "on-demand backup installs it" in ended["msg"]
    assert not (fake.folder / "journal").exists()

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.azvm.backup.plugins.module_utils import _linux_extension as extension
from ansible_collections.azvm.backup.plugins.module_utils import _linux_system as system

HANDLER = "/var/lib/waagent/Microsoft.Azure.RecoveryServices.VMSnapshotLinux"
BINARY = "main/" + ("safefreezeArm64" if os.uname().machine in ("aarch64", "arm64") else "safefreeze") + "/bin/safefreeze"


def _install(fake, version):
    fake.put(f"{HANDLER}-{version}/HandlerManifest.json", "{}")
    fake.put(f"{HANDLER}-{version}/config/HandlerState", "Enabled\n")
    fake.put(f"{HANDLER}-{version}/config/HandlerStatus", '{"status": "Ready"}')
    fake.put(f"{HANDLER}-{version}/{BINARY}", "x", mode=0o755)
    fake.put(f"{HANDLER}-{version}/main/tempPlugin/vmbackup.conf", "[SnapshotThread]\nfsfreeze: True\n")


def test_versions_are_sorted_as_numbers(fake):
    for version in ("1.0.9190.0", "1.0.10000.0", "1.0.99.0"):
        _install(fake, version)
    fake.put(f"{HANDLER}-1.0.9190.0.zip", "an archive")
    folders = fake.collect(extension.extension)["data"]["folders"]
    assert [folder["version"] for folder in folders] == ["1.0.10000.0", "1.0.9190.0", "1.0.99.0"]
    assert folders[0] == {
        "name": "Microsoft.Azure.RecoveryServices.VMSnapshotLinux",
        "version": "1.0.10000.0",
        "path": f"{HANDLER}-1.0.10000.0",
        "handler_state": "Enabled",
        "handler_status": '{"status": "Ready"}',
        "manifest_present": True,
        "safefreeze_present": True,
        "safefreeze_executable": True,
        "template_text": "[SnapshotThread]\nfsfreeze: True\n",
    }


def test_what_is_missing_or_not_executable_is_told(fake):
    _install(fake, "1.0.1.0")
    (fake.root / f"{HANDLER}-1.0.1.0/{BINARY}".lstrip("/")).chmod(0o644)
    (fake.root / f"{HANDLER}-1.0.1.0/HandlerManifest.json".lstrip("/")).unlink()
    (fake.root / f"{HANDLER}-1.0.1.0/config/HandlerStatus".lstrip("/")).unlink()
    folder = fake.collect(extension.extension)["data"]["folders"][0]
    assert (folder["safefreeze_present"], folder["safefreeze_executable"], folder["manifest_present"], folder["handler_status"]) == (True, False, False, None)


def test_no_extension_is_absent_and_a_closed_folder_is_denied(fake):
    assert fake.collect(extension.extension)["status"] == "absent"
    assert fake.collect(extension.extension_status)["status"] == "absent"
    _install(fake, "1.0.1.0")
    (fake.root / "var/lib/waagent").chmod(0o700)
    for source in (extension.extension, extension.extension_status):
        assert fake.collect_as_nobody(source)["status"] == "denied"


def test_the_highest_number_of_the_newest_version_is_the_status(fake):
    for path in ("1.0.2.0/status/9", "1.0.10.0/status/11", "1.0.10.0/status/101"):
        fake.put(f"{HANDLER}-{path}.status", json.dumps({"from": path}))
    fake.put(f"{HANDLER}-1.0.10.0/status/200_status", "renamed: inactive")
    fake.put(f"{HANDLER}-1.0.10.0/status/notes.status", "not a number")
    fake.put(f"{HANDLER}-1.0.11.0/HandlerManifest.json", "a newer version that has not run yet")
    source = fake.collect(extension.extension_status)
    assert json.loads(source["text"]) == {"from": "1.0.10.0/status/101"}
    assert source["path"].endswith("-1.0.10.0/status/101.status")
    assert set(source["data"]) == {"sequence", "modified_at"}
    assert source["data"]["sequence"] == 101


def test_a_signature_in_the_nested_json_of_the_status_is_masked(fake):
    inner = json.dumps([{"status": {"storage": "https://a/b?sv=1&sig=SECRET%3D&se=2"}}])
    fake.put(f"{HANDLER}-1.0.1.0/status/1.status", json.dumps([{"status": {"substatus": [{"name": inner}]}}]))
    source = fake.collect(extension.extension_status)
    assert "SECRET" not in json.dumps(source)
    assert json.loads(json.loads(source["text"])[0]["status"]["substatus"][0]["name"])[0]["status"]["storage"] == "https://a/b?sv=1&sig=***&se=2"


def test_vmbackup_conf(fake):
    assert fake.collect(extension.vmbackup_conf)["status"] == "absent"
    fake.put("/etc/azure/vmbackup.conf", "[SnapshotThread]\nMountsToSkip=/a\n", mode=0o640)
    source = fake.collect(extension.vmbackup_conf)
    assert source["text"] == "[SnapshotThread]\nMountsToSkip=/a\n"
    assert {name: source["data"][name] for name in ("mode", "size")} == {"mode": "0640", "size": 33}
    assert set(source["data"]) == {"mode", "uid", "gid", "size", "modified_at"}


def test_scripts_are_looked_up_but_their_text_and_parameters_stay(fake):
    assert fake.collect(extension.snapshot_scripts)["status"] == "absent"
    config = {"preScriptLocation": "/opt/pre.sh", "postScriptLocation": "/opt/post.sh", "preScriptParams": ["-p", "SECRET"], "timeoutInSeconds": 30}
    fake.put("/etc/azure/VMSnapshotScriptPluginConfig.json", json.dumps(config), mode=0o600)
    fake.put("/opt/pre.sh", "echo SECRET", mode=0o700)
    data = fake.collect(extension.snapshot_scripts)["data"]
    assert "SECRET" not in json.dumps(data)
    assert data["plugin_config"]["mode"] == "0600"
    assert json.loads(data["plugin_config"]["text"])["timeoutInSeconds"] == 30
    assert data["host_config"] == {"path": "/etc/azure/VMSnapshotPluginHost.conf", "exists": False, "mode": None, "uid": None, "gid": None, "text": None}
    assert [(script["role"], script["exists"], script["mode"]) for script in data["scripts"]] == [("pre", True, "0700"), ("post", False, None)]


@pytest.mark.parametrize("text", ["{broken", "[]", '{"preScriptLocation": 5}', '{"preScriptLocation": ""}', ""])
def test_a_broken_plugin_configuration_is_evidence_not_a_failure(fake, text):
    fake.put("/etc/azure/VMSnapshotScriptPluginConfig.json", text, mode=0o600)
    source = fake.collect(extension.snapshot_scripts)
    assert source["status"] == "ok"
    assert source["data"]["plugin_config"]["text"] == text
    assert source["data"]["scripts"] == []


def test_a_plugin_configuration_for_root_only_is_denied_but_seen(fake):
    fake.put("/etc/azure/VMSnapshotScriptPluginConfig.json", "{}", mode=0o600)
    source = fake.collect_as_nobody(extension.snapshot_scripts)
    assert source["status"] == "denied"
    assert source["data"]["plugin_config"]["exists"] is True


def test_interpreters_in_the_order_of_handle_sh(fake):
    for name in ("python3", "python2"):
        fake.put(f"/usr/bin/{name}", f"#!/bin/sh\necho Python {name[-1]}.6.0 {'>&2' if name == 'python2' else ''}\n", mode=0o755)
    fake.put("/usr/local/bin/python3", "the first folder wins")
    fake.put("/usr/local/bin/python", "#!/bin/sh\nexit 1\n", mode=0o755)
    assert fake.collect(extension.extension_python)["data"] == [
        {"name": "python3", "path": "/usr/bin/python3", "version": "3.6.0"},
        {"name": "python2", "path": "/usr/bin/python2", "version": "2.6.0"},
        {"name": "python", "path": "/usr/local/bin/python", "version": None},
    ]


def test_the_agents_own_interpreter_comes_last(fake):
    fake.put("/proc/5/cmdline", "/usr/share/oem/python/bin/python3\0-u\0/usr/sbin/waagent\0-daemon\0")
    fake.put("/usr/share/oem/python/bin/python3", "#!/bin/sh\necho Python 3.9.1\n", mode=0o755)
    assert fake.collect(extension.extension_python)["data"] == [{"name": "waagent", "path": "/usr/share/oem/python/bin/python3", "version": "3.9.1"}]


def test_a_held_lock_is_seen_without_taking_it(fake):
    lock = fake.put(fake.plan["extension"]["lock"])
    fake.plan["extension"]["lock"] = str(lock)  # the real /proc/locks, so the real path
    fake.root = Path("/")
    before = lock.stat()
    assert fake.collect(system.freeze_lock)["data"] == {"path": str(lock), "exists": True, "held": False, "pid": None}
    with subprocess.Popen(
        [sys.executable, "-c", "import fcntl,sys; f=open(sys.argv[1],'r+'); fcntl.lockf(f, fcntl.LOCK_EX); print(1, flush=True); input()", str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        source = fake.collect(system.freeze_lock)
        holder.communicate(b"\n")
    assert source["data"] == {"path": str(lock), "exists": True, "held": True, "pid": holder.pid}
    with lock.open("r+") as stream:
        fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert (lock.stat().st_mtime_ns, lock.stat().st_atime_ns) == (before.st_mtime_ns, before.st_atime_ns)


def test_no_lock_is_absent_and_not_created(fake):
    assert fake.collect(system.freeze_lock)["status"] == "absent"
    assert not list(fake.root.rglob("SafeFreezeLockFile"))


def _process(fake, pid, argv, cwd, started=100):
    fake.put(f"/proc/{pid}/cmdline", "\0".join(argv) + "\0")
    fake.put(f"/proc/{pid}/stat", f"{pid} (a) b) S " + " ".join(["0"] * 18) + f" {started} 0 0\n")
    (fake.root / f"proc/{pid}/cwd").symlink_to(cwd)


def test_processes_are_known_by_what_they_execute_and_where(fake):
    fake.put("/proc/uptime", "1000.50 3.2\n")
    folder = HANDLER + "-1.0.9190.0"
    ticks = os.sysconf("SC_CLK_TCK")
    _process(fake, 10, ["/usr/bin/python3", "main/handle.py", "-seqNo:3", "-daemon"], folder, started=400 * ticks)
    _process(fake, 11, [folder + "/main/safefreeze/bin/safefreeze", "60", "/data"], folder, started=990 * ticks)
    _process(fake, 12, ["/usr/bin/python3", "main/handle.py", "-enable"], "/var/lib/waagent/Microsoft.Azure.Security.Other-1.0")
    _process(fake, 13, ["tail", "-f", "/var/log/azure/Microsoft.Azure.RecoveryServices.VMSnapshotLinux/extension.log"], folder)
    _process(fake, 14, [], "/")
    assert fake.collect(system.processes)["data"] == [
        {"pid": 10, "name": "handle.py", "age_seconds": 600},
        {"pid": 11, "name": "safefreeze", "age_seconds": 10},
    ]

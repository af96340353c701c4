# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._context import Context
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._linux_readers import READERS

ROOT = Path(__file__).resolve().parents[5]
FIXTURES = ROOT / "tests" / "fixtures"
MOUNTINFO = (FIXTURES / "mountinfo" / "linux-6.1-debian12-en-data_disks.txt").read_text("utf-8")
NEXT = "Microsoft.Azure.RecoveryServices.VMSnapshotLinux"


@pytest.fixture
def context() -> Context:
    return Context.of({"collected_at": "2026-11-22T08:00:00Z", "lookback_hours": 48, "job": None})


def read(name: str, context: Context, **source: Any) -> Any:
    context.parsed[name] = READERS[name]({"status": "ok", **source}, context)
    return context.parsed[name]


def test_every_linux_source_of_the_evidence_document_has_a_reader() -> None:
    text = (ROOT / "docs" / "evidence.md").read_text("utf-8")
    section = text[text.index("## Linux sources") : text.index("Log signatures (")]
    assert sorted(re.findall(r"(?m)^\| `(\w+)` \|", section)) == sorted(READERS)


def test_readers_stand_behind_what_they_need() -> None:
    names = list(READERS)
    for first, second in (("agent_config", "agent_config_file"), ("agent_config_file", "mounts"), ("block_devices", "mounts"), ("mounts", "vmbackup_conf")):
        assert names.index(first) < names.index(second)


@pytest.mark.parametrize("name", ["agent_package", "extension_python", "iscsi_sessions", "network", "backup_products", "time_sync", "freeze_lock", "processes"])
def test_what_needs_no_parsing(name: str, context: Context) -> None:
    assert read(name, context, data=[{"name": "x"}]) == [{"name": "x"}]


def unit(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "load_state": "loaded",
        "active_state": "inactive",
        "sub_state": "dead",
        "unit_file_state": "enabled",
        "condition_result": None,
        **more,
    }


def test_of_two_units_the_active_one_is_the_agent(context: Context) -> None:
    data = [unit("walinuxagent.service", unit_file_state="disabled"), unit("waagent.service", active_state="active")]
    service = read("agent_service", context, data=data)
    assert (service["name"], service["active"], service["enabled"], service["condition_failed"]) == ("waagent.service", True, True, False)


def test_a_masked_unit_and_a_condition(context: Context) -> None:
    masked = read("agent_service", context, data=[unit("waagent.service", load_state="masked", unit_file_state="masked", condition_result=False)])
    assert (masked["masked"], masked["active"], masked["enabled"], masked["condition_failed"]) == (True, False, False, True)


def test_the_configuration_in_effect_comes_before_the_file(context: Context) -> None:
    read("agent_config", context, text="AutoUpdate.Enabled = True\nExtensions.Enabled = False\nHttpProxy.Host = None\nProvisioning.Agent = auto\n")
    read("agent_config_file", context, text="Extensions.Enabled=y\n")
    config = context.parsed["agent_config"]
    assert (config["origin"], config["extensions_enabled"], config["auto_update_enabled"], config["proxy_host"]) == ("effective", False, True, None)


def test_the_file_stands_in_with_comments_quotes_and_the_last_of_two(context: Context) -> None:
    text = '# Extensions.Enabled=y\nExtensions.Enabled=y\nExtensions.Enabled=n # off\nHttpProxy.Host="proxy" \nHttpProxy.Port=8080\nAutoUpdate.Enabled=n\n'
    read("agent_config_file", context, text=text)
    config = context.parsed["agent_config"]
    assert (config["origin"], config["extensions_enabled"], config["auto_update_enabled"]) == ("file", False, False)
    assert (config["proxy_host"], config["proxy_port"]) == ("proxy", "8080")


def test_a_configuration_without_settings_is_not_understood(context: Context) -> None:
    with pytest.raises(ParseError):
        read("agent_config", context, text="usage: waagent\n")


def test_the_report_of_the_agent(context: Context) -> None:
    report = {
        "timestampUTC": "2026-11-22T06:00:00Z",
        "aggregateStatus": {
            "guestAgentStatus": {"status": "Ready", "version": "2.15.0.1"},
            "handlerAggregateStatus": [{"handlerName": "x"}, {"handlerName": NEXT, "status": "NotReady", "code": -1, "formattedMessage": {"message": "m"}}],
        },
    }
    status = read("agent_status", context, text=json.dumps(report))
    assert (status["agent_status"], status["agent_version"], status["age_hours"]) == ("Ready", "2.15.0.1", 2.0)
    assert status["extension"] == {"status": "NotReady", "code": -1, "message": "m"}
    text = json.dumps(report)
    for end in range(len(text)):
        with pytest.raises(ParseError, match=r"line \d+, column \d+"):
            read("agent_status", context, text=text[:end])


def folder(**more: Any) -> dict[str, Any]:
    known = {
        "name": NEXT,
        "version": "1.0.9225.0",
        "path": "/x",
        "handler_state": "Enabled",
        "handler_status": None,
        "template_text": "[SnapshotThread]\nfsfreeze: True\n",
    }
    return {**known, "manifest_present": True, "safefreeze_present": True, "safefreeze_executable": True, **more}


def test_the_extension_and_its_edited_template(context: Context) -> None:
    edited = folder(
        template_text="[SnapshotThread]\nfsfreeze: True\nMountsToSkip: /a\n", handler_status='{"status": "NotReady", "code": 3, "message": "m", "name": "n"}'
    )
    extension = read("extension", context, data={"folders": [edited, folder(version="1.0.9190.0")]})
    assert (extension["installed"], extension["folder_count"], extension["template_edited_keys"]) == (True, 2, ["mountstoskip"])
    assert extension["newest"]["handler_status"] == {"status": "NotReady", "code": 3, "message": "m"}
    assert read("extension", context, data={"folders": [folder()]})["template_edited_keys"] == []


def test_the_log_and_the_status_file_know_the_window(context: Context) -> None:
    name = "VMSnapshotLinux-1.0.9225.0-ubuntu22.04-en-freeze_failed"
    log = read("extension_log", context, text=(FIXTURES / "extension_log" / f"{name}.txt").read_text("utf-8"))
    status = read("extension_status", context, text=(FIXTURES / "snapshot_status" / f"{name}.json").read_text("utf-8"), data={"modified_at": "x"})
    assert log["last_run"]["in_window"] is True
    assert status["in_window"] is True
    old = Context.of({"collected_at": "2026-12-22T08:00:00Z", "lookback_hours": 48})
    assert read("extension_log", old, text=(FIXTURES / "extension_log" / f"{name}.txt").read_text("utf-8"))["last_run"]["in_window"] is False


def test_a_status_file_without_a_time_has_that_of_the_file(context: Context) -> None:
    text = json.dumps([{"status": {"status": "error", "code": 2, "operation": "Enable"}}])
    assert read("extension_status", context, text=text, data={"modified_at": "2026-11-22T05:00:00Z"})["at"] == "2026-11-22T05:00:00Z"


def test_what_the_shell_says_of_its_last_run(context: Context) -> None:
    good, bad = "x- python3 path exists\nx- 0 returned from handle.py\n", "x- python version unknown\nx- 3 returned from handle.py\n"
    assert read("extension_shell_log", context, text=good + bad) == {"no_python": True, "exit_code": 3}
    assert read("extension_shell_log", context, text=bad + good) == {"no_python": False, "exit_code": 0}
    assert read("extension_shell_log", context, text="") == {"no_python": False, "exit_code": None}


def test_entries_of_the_agent_know_the_window(context: Context) -> None:
    log = read("waagent_log", context, text=(FIXTURES / "waagent_log" / "waagent-2.15.0.1-ubuntu22.04-en-enable_fails.txt").read_text("utf-8"))
    assert {entry["in_window"] for entry in log["errors"] + log["extension_events"]} == {True}


def mounts(context: Context, **source: Any) -> dict[str, dict[str, Any]]:
    return {mount["path"]: mount for mount in read("mounts", context, text=MOUNTINFO, **source)}


def test_what_is_frozen_and_what_is_not(context: Context) -> None:
    found = mounts(context, data=[])
    assert {path for path, mount in found.items() if mount["freezable"]} == {
        "/",
        "/data",
        "/srv/in side",
        "/copy",
        "/back\\slash\ttab",
        "/gone",
        "/ro",
        "/twice",
    }
    assert found["/mnt/resource"]["resource_disk"] is True
    assert found["/image"]["loop"] is True
    assert found["/nfs"]["network"] is True


def test_states_of_mounts(context: Context) -> None:
    found = mounts(context, data=[])
    damaged = found["/back\\slash\ttab"]
    assert (damaged["emergency_ro"], damaged["read_only"], damaged["noexec"]) == (True, False, True)
    assert found["/gone"]["shut_down"] is True
    assert found["/ro"]["read_only"] is True
    assert found["/twice"]["mounts_at_path"] == 2
    assert found["/data"]["other_paths"] == ["/copy"]
    assert found["/"]["options"][:2] == ["rw", "relatime"]


def test_the_device_tells_loop_and_iscsi(context: Context) -> None:
    devices = {
        "blockdevices": [
            {"name": "sdc", "type": "disk", "size": 10, "tran": "iscsi", "children": [{"name": "sdc1", "type": "part", "size": 9, "mountpoint": "/data"}]}
        ]
    }
    rows = read("block_devices", context, text=json.dumps(devices))
    assert rows[1] == {"name": "sdc1", "type": "part", "size_bytes": 9, "filesystem": None, "mountpoints": ["/data"], "transport": "iscsi"}
    assert mounts(context, data=[])["/data"]["iscsi"] is True


def test_probes(context: Context) -> None:
    ok = {"path": "/data", "status": "ok", "errno": None, "total_bytes": 1000, "available_bytes": 15}
    hung = {"path": "/nfs", "status": "timeout", "errno": None, "total_bytes": None, "available_bytes": None}
    found = mounts(context, data=[ok, hung])
    assert (found["/data"]["probe"], found["/data"]["available_percent"]) == ("ok", 1.5)
    assert (found["/nfs"]["probe"], found["/nfs"]["available_percent"]) == ("timeout", None)
    assert found["/"]["probe"] is None


def test_the_configuration_marks_mounts_and_is_read_from_the_exact_bytes(context: Context) -> None:
    mounts(context, data=[])
    conf = read("vmbackup_conf", context, text="[SnapshotThread]\nMountsToSkip=/data,/nfs,/x\n")
    assert [mount["path"] for mount in context.parsed["mounts"] if mount["in_skip_list"]] == ["/data", "/nfs"]
    assert [warning["id"] for warning in conf["warnings"]] == ["never_frozen", "not_a_mount"]
    data = b"\xef\xbb\xbf[SnapshotThread]\n"
    assert read("vmbackup_conf", context, text="[SnapshotThread]\n", base64=base64.b64encode(data).decode())["reason"] == "byte_order_mark"


def test_a_configuration_without_known_mounts(context: Context) -> None:
    assert read("vmbackup_conf", context, text="[SnapshotThread]\nMountsToSkip=/x\n")["warnings"] == []


def test_errors_of_file_systems(context: Context) -> None:
    text = (
        "2026-11-22T07:00:00.123456+00:00 host kernel: EXT4-fs error (device sdc1): ext4_lookup:1855: deleted inode referenced\n"
        "2026-11-22T09:30:00,000000+0200 XFS (dm-0): Corruption detected\nBTRFS error (device loop0 state E): x\n"
    )
    rows = read("filesystem_log", context, text=text)
    assert [(row["at"], row["filesystem"], row["device"], row["in_window"]) for row in rows] == [
        ("2026-11-22T07:00:00Z", "ext4", "sdc1", True),
        ("2026-11-22T07:30:00Z", "xfs", "dm-0", True),
        (None, "btrfs", "loop0", None),
    ]


def test_memory_and_load(context: Context) -> None:
    text = "MemTotal:        1000 kB\nMemFree: 5 kB\nMemAvailable:    250 kB\nSwapTotal: 10 kB\nSwapFree: 4 kB\n"
    assert read("memory", context, text=text) == {
        "total_bytes": 1024000,
        "available_bytes": 256000,
        "used_percent": 75.0,
        "swap_total_bytes": 10240,
        "swap_free_bytes": 4096,
    }
    pressure = {"cpu": "some avg10=1.00 avg60=2.50 avg300=3.00 total=4\n", "memory": None, "io": ""}
    load = read("load", context, data={"loadavg": "0.50 4.00 1.00 1/100 5\n", "cpus": 2, "pressure": pressure})
    assert (load["load5"], load["load5_per_cpu"], load["pressure_cpu_avg60"], load["pressure_memory_avg60"]) == (4.0, 2.0, 2.5, None)


def test_labels_and_denials(context: Context) -> None:
    labels = [
        {"path": "/var/lib/waagent", "context": "system_u:object_r:var_lib_t:s0"},
        {"path": "/etc/azure", "context": "system_u:object_r:unlabeled_t:s0"},
        {"path": "/x", "context": None},
    ]
    selinux = read("selinux", context, data={"mode": "enforcing", "policy": "targeted", "labels": labels})
    assert (selinux["enabled"], [label["path"] for label in selinux["wrong_labels"]]) == (True, ["/etc/azure"])
    line = (
        'type=AVC msg=audit(1795330800.123:45): avc:  denied  { read open } for  pid=5 comm="waagent" path="/etc/azure/vmbackup.conf" dev="sda1" ino=9 '
        "scontext=system_u:system_r:waagent_t:s0 tcontext=system_u:object_r:unlabeled_t:s0 tclass=file permissive=0\n"
    )
    row = read("selinux_denials", context, text=line + "noise\n")[0]
    assert (row["at"], row["in_window"], row["comm"], row["path"], row["permission"]) == (
        "2026-11-22T07:00:00Z",
        True,
        "waagent",
        "/etc/azure/vmbackup.conf",
        "read open",
    )
    assert row["target_context"].endswith("unlabeled_t:s0")


def test_azure_and_the_wire_server(context: Context) -> None:
    assert read("azure", context, data={"asset_tag": None, "vm_id": None, "signs": []}) == {"is_azure": False, "signs": []}
    wire = read("wireserver", context, data={"address": "127.0.0.1", "probes": [{"port": 80, "state": "open"}, {"port": 32526, "state": "refused"}]})
    assert wire == {"address": "127.0.0.1", "closed_ports": [32526], "reachable": True}

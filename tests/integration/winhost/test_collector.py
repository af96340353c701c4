# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows collector over WinRM against a simulated host (Wine, PowerShell 7). E3 for the way it runs; not real Windows."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import faults
import pytest
from simulated import NAME, Host, changes

# What the simulated host lacks: Storage cmdlets, a processor class, logs and files of an extension that never ran.
LACKING = {"agent_log", "extension_log", "extension_status", "load", "offline_disks"}
VSS = {"vssadmin_writers", "vssadmin_providers", "vssadmin_shadows"}


def documented_sources() -> set[str]:
    """The sources of the Windows table of docs/evidence.md."""
    text = (Path(__file__).resolve().parents[3] / "docs" / "evidence.md").read_text().split("## Windows sources")[1].split("\nRegistry ids")[0]
    return {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}


def services(evidence: dict[str, Any]) -> dict[str, Any]:
    return {row["name"]: row for row in evidence["sources"]["services"]["data"]}


def registry(evidence: dict[str, Any]) -> dict[str, Any]:
    return {row["id"]: {**row, "entries": {entry["name"]: entry for entry in row["entries"]}} for row in evidence["sources"]["registry"]["data"]}


def keep(evidence: dict[str, Any], name: str) -> None:
    """Save what was collected where AZVM_CAPTURES says, for those who write parsers."""
    if os.environ.get("AZVM_CAPTURES"):
        (Path(os.environ["AZVM_CAPTURES"]) / f"windows-{name}.json").write_text(json.dumps(evidence, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


@pytest.fixture(scope="module")
def healthy(host: Host) -> dict[str, Any]:
    host.reset()
    answer = host.collect()
    keep(answer["evidence"], "healthy")
    return answer


@pytest.fixture(scope="module")
def broken(host: Host) -> dict[str, Any]:
    """Everything at once: each fault shows in its own source."""
    host.reset()
    host.registry(faults.EVERYTHING)
    for path, data in faults.FILES.items():
        host.put(path, data)  # type: ignore[arg-type] # the rows hold text or bytes
    image = host.prefix / "drive_c" / "windows" / "fakesvc.exe"
    host.put(r"C:\work\IaaSBcdrExtension.exe", image.read_bytes())
    host.registry(f'[{faults.SERVICES}\\SQLWriter\\Parameters]\n"StopMode"=dword:2\n"StopDelayMs"=dword:0\n')
    host.execute("sc stop SQLWriter")
    host.execute("net stop COMSysApp")
    evidence: dict[str, Any] = host.collect(max_bytes=16384)["evidence"]
    keep(evidence, "everything-broken")
    return evidence


def test_every_documented_source_is_there(healthy: dict[str, Any]) -> None:
    assert set(healthy["evidence"]["sources"]) == documented_sources()


def test_healthy_host(healthy: dict[str, Any]) -> None:
    evidence = healthy["evidence"]
    assert healthy["changed"] is False
    assert {name: source["status"] for name, source in evidence["sources"].items() if source["status"] != "ok"} == dict.fromkeys(LACKING, "absent")
    assert evidence["collector"]["elevated"] is True
    assert evidence["host"]["computer_name"] == NAME.upper()
    assert evidence["host"]["os_version"] == "10.0.20348"
    assert evidence["sources"]["machinekeys_acl"]["text"] == "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)"
    assert services(evidence)["MSDTC"]["account_sid"] == "S-1-5-20"
    assert evidence["sources"]["wireserver"]["data"]["address"] == "127.0.0.1"


def test_document_is_small(healthy: dict[str, Any], broken: dict[str, Any]) -> None:
    assert len(json.dumps(healthy["evidence"])) < 60_000
    assert len(json.dumps(broken)) < 60_000


def test_check_mode_collects_the_same(host: Host, healthy: dict[str, Any]) -> None:
    host.reset()
    checked = host.collect("--check")["evidence"]
    assert {name: source["status"] for name, source in checked["sources"].items()} == {
        name: source["status"] for name, source in healthy["evidence"]["sources"].items()
    }


def test_failed_writer(broken: dict[str, Any]) -> None:
    writers = broken["sources"]["vssadmin_writers"]
    assert writers["status"] == "ok"
    # Its service hangs in stopping, so the writer of it is not listed; the service says why.
    assert "SqlServerWriter" not in writers["text"]
    assert services(broken)["SQLWriter"]["state"] == "stop_pending"


def test_services(broken: dict[str, Any]) -> None:
    found = services(broken)
    assert found["MSDTC"]["account_sid"] == "S-1-5-18"
    assert found["MSDTC"]["start_mode"] == "disabled"
    assert found["COMSysApp"]["state"] == "stopped"
    assert found["msiserver"]["start_mode"] == "disabled"
    assert found["ClusSvc"] == {"name": "ClusSvc", "exists": False}


def test_registry(broken: dict[str, Any]) -> None:
    found = registry(broken)
    assert "SchUseStrongCrypto" not in found["dotnet4"]["entries"]
    assert found["dotnet2_wow64"]["exists"] is False
    assert found["schannel_tls12_client"]["entries"]["Enabled"]["data"] == 0
    assert found["bcdr_agent_persistent"]["entries"]["SnapshotMethod"]["type"] == "sz"
    assert found["bcdr_agent_persistent"]["entries"]["SnapshotWithoutThreads"] == {"name": "SnapshotWithoutThreads", "type": "dword", "data": 1}


def test_machine_keys_acl(broken: dict[str, Any]) -> None:
    assert broken["sources"]["machinekeys_acl"]["text"].endswith("(A;;FA;;;NS)")


def test_events(broken: dict[str, Any]) -> None:
    source = broken["sources"]["events"]
    text = source["text"]
    assert text.startswith("<Events>") and text.endswith("</Events>")
    assert "too old" not in text and "not ours" not in text and "idle" not in text
    assert text.index("IaaSBcdrExtension.exe") < text.index("0x800423f4") < text.index("MSDTC"), "newest first"
    assert source["truncated"] is True, "40 events of one provider are more than one query gives"
    logs = {row["log"]: row["status"] for row in source["data"]}
    assert logs["Application"] == logs["System"] == "ok"
    assert logs["Microsoft-Windows-AppLocker/EXE and DLL"] == "absent"


def test_logs_and_status(broken: dict[str, Any]) -> None:
    log = broken["sources"]["extension_log"]
    assert "0x800423F4" in log["text"] and "0x80042301" in log["text"] and "tail 11" in log["text"]
    assert "old failure" not in log["text"] and "nothing to see" not in log["text"]
    assert log["path"].endswith("IaaSBcdrExtension1.log")
    status = broken["sources"]["extension_status"]
    assert status["data"]["sequence"] == 3 and "窓" in status["text"]
    assert "0x80070005" in broken["sources"]["agent_log"]["text"]


def test_no_secret_leaves_the_host(broken: dict[str, Any]) -> None:
    text = json.dumps(broken)
    for secret in ("Geheim123", "AbC%2Fdef", "hunter2", "TOPSECRET"):
        assert secret not in text
    assert "sig=***" in text


def test_protection(broken: dict[str, Any]) -> None:
    assert broken["sources"]["defender"]["data"] == {
        "available": True,
        "tamper_protected": True,
        "mode": "Normal",
        "exclusion_paths": [],
        "exclusions_hidden": True,
    }
    assert broken["sources"]["bitlocker"]["data"] == [
        {"mount_point": "C:", "lock_status": "unlocked", "protection": "on"},
        {"mount_point": "E:", "lock_status": "locked", "protection": "unknown"},
    ]


def test_other_facts(broken: dict[str, Any]) -> None:
    sources = broken["sources"]
    assert sources["vcredist"]["data"]["products"] == []
    assert sources["backup_products"]["data"] == [{"name": "Veeam", "sign": "service VeeamVssSupport"}]
    assert sources["pending_reboot"]["data"]["reasons"] == ["cbs"]
    assert sources["load"]["data"]["cpu_percent"] == [97, 97, 97]


@pytest.mark.parametrize(("language", "word"), [("en", "Non-retryable error"), ("ja", "ライター名"), ("ru", "Имя компонента записи"), ("de", "Verfassername")])
def test_languages(host: Host, language: str, word: str) -> None:
    host.reset(language)
    host.registry(faults.WRITER + '\n[HKLM\\SOFTWARE\\FakeVss]\n"WaitText"=dword:1\n')
    source = host.collect()["evidence"]["sources"]["vssadmin_writers"]
    assert source["status"] == "ok" and source["exit_code"] == 0
    assert word in source["text"] and "[8]" in source["text"]


def test_single_faults_for_captures(host: Host) -> None:
    """The documents that the lead asked for, each with its fault alone."""
    host.reset("ja")
    host.registry(faults.WRITER)
    evidence = host.collect()["evidence"]
    keep(evidence, "failed-writer-ja")
    assert "状態: [8]" in evidence["sources"]["vssadmin_writers"]["text"]
    host.reset("en")
    host.registry(faults.MSDTC)
    evidence = host.collect()["evidence"]
    keep(evidence, "msdtc-wrong-account")
    assert services(evidence)["MSDTC"]["account_sid"] == "S-1-5-18"
    host.reset("en")
    host.registry(faults.MACHINE_KEYS + "\n" + faults.CRYPTO)
    evidence = host.collect()["evidence"]
    keep(evidence, "machinekeys-acl-crypto-missing")
    assert "NS" in evidence["sources"]["machinekeys_acl"]["text"]


def test_hung_vssadmin_is_a_timeout_and_the_rest_is_collected(host: Host) -> None:
    host.reset()
    host.registry('[HKLM\\SOFTWARE\\FakeVss]\n"Hang"=dword:3c\n')
    evidence = host.collect(timeout=4)["evidence"]
    statuses = {name: source["status"] for name, source in evidence["sources"].items()}
    assert {name for name, status in statuses.items() if status == "timeout"} == VSS
    assert {name for name, status in statuses.items() if status == "failed"} == set()
    assert evidence["collector"]["seconds"] < 15
    assert "vssadmin" not in host.execute("tasklist").stdout.lower(), "the hung program was stopped"


def test_failing_vssadmin_keeps_its_exit_code(host: Host) -> None:
    host.reset()
    host.registry('[HKLM\\SOFTWARE\\FakeVss]\n"Fail"=dword:1\n')
    source = host.collect()["evidence"]["sources"]["vssadmin_writers"]
    assert source["exit_code"] == 2 and "Error" in source["text"]


def test_stopped_wmi_is_not_started(host: Host) -> None:
    host.reset()
    host.execute("net stop iphlpsvc")
    host.execute("net stop Winmgmt")
    evidence = host.collect()["evidence"]
    found = services(evidence)
    assert found["Winmgmt"]["state"] == "stopped" and found["Winmgmt"]["last_exit_code"] is None
    assert {name for name, source in evidence["sources"].items() if source["status"] == "failed"} == {"bitlocker", "defender", "host_role", "load", "memory"}
    assert services(host.collect()["evidence"])["Winmgmt"]["state"] == "stopped"


def test_host_without_vm_id_is_not_probed(host: Host) -> None:
    host.reset()
    host.registry('[HKLM\\SOFTWARE\\Microsoft\\Windows Azure]\n"VmId"=-\n')
    evidence = host.collect()["evidence"]
    assert evidence["sources"]["wireserver"]["status"] == "absent"
    assert evidence["host"]["vm_id"] is None
    assert evidence["sources"]["azure"]["data"] == {"vm_id": None, "signs": ["guest_agent", "agent_service"]}


def test_window_start_narrows_the_logs(host: Host) -> None:
    host.reset()
    host.put(faults.STATE + r"\events\Application.xml", faults.APPLICATION)
    text = host.collect(window_start=faults.ago(hours=3.5))["evidence"]["sources"]["events"]["text"]
    assert "IaaSBcdrExtension.exe" in text and "0x800423f4" not in text


def test_wrong_options_are_refused(host: Host) -> None:
    assert "window_start is 'yesterday'" in host.collect(window_start="yesterday")["msg"]
    assert "timeout is 0" in host.collect(timeout=0)["msg"]
    answer = host.collect(plan={"os": {"path": r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"}})
    assert "azure" in answer["msg"]


def test_leaves_no_lasting_change(host: Host) -> None:
    host.reset()
    host.ping()  # the first Ansible module of any kind registers the event source of Ansible
    host.warm_up()
    before = host.state()
    host.collect()
    assert len(before) > 100 and "SERVICE_NAME" in before["services"] and "BcdrAgent" in before["HKLM\\SOFTWARE"]
    assert changes(before, host.state()) == {}

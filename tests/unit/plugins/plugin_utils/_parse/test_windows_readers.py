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
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._windows_log import line_time, read_hresults
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._windows_readers import READERS
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.vss_providers import parse_vss_providers, parse_vss_shadows

ROOT = Path(__file__).resolve().parents[5]
CORPUS = ROOT / "tests" / "fixtures" / "vss_writers"
BANNER = "vssadmin 1.1 - tool\r\n(C) Copyright 2001-2013 Microsoft Corp.\r\n\r\n"


@pytest.fixture
def context() -> Context:
    return Context.of({"collected_at": "2026-11-22T08:00:00Z", "lookback_hours": 48, "job": None})


def read(name: str, context: Context, **source: Any) -> Any:
    return READERS[name]({"status": "ok", **source}, context)


def test_every_windows_source_of_the_evidence_document_has_a_reader() -> None:
    text = (ROOT / "docs" / "evidence.md").read_text("utf-8")
    section = text[text.index("## Windows sources") : text.index("Registry ids (")]
    assert sorted(re.findall(r"(?m)^\| `(\w+)` \|", section)) == sorted(READERS)


def test_services_come_before_the_writers_that_show_their_state() -> None:
    names = list(READERS)
    assert names.index("services") < names.index("vssadmin_writers")
    assert names.index("vssadmin_providers") < names.index("vssadmin_shadows")


def test_writers_show_their_service_its_impact_and_state(context: Context) -> None:
    context.parsed["services"] = {"SQLWriter": {"name": "SQLWriter", "exists": True, "state": "stopped"}}
    text = (CORPUS / "vssadmin-1.1-ws2022-ja-one_failed.txt").read_text("utf-8")
    by_name = {writer["name"]: writer for writer in read("vssadmin_writers", context, text=text, exit_code=0)}
    sql = by_name["SqlServerWriter"]
    assert (sql["class"], sql["service"], sql["impact"], sql["service_state"]) == ("failed", "SQLWriter", "low", "stopped")
    assert (by_name["System Writer"]["service"], by_name["System Writer"]["service_state"]) == ("CryptSvc", None)


def test_a_writer_that_the_atlas_does_not_know_has_no_service(context: Context) -> None:
    text = (CORPUS / "vssadmin-1.1-ws2022-en-name_with_brackets_and_colon.txt").read_text("utf-8")
    unknown = read("vssadmin_writers", context, text=text, exit_code=0)[1]
    assert (unknown["service"], unknown["impact"], unknown["service_state"]) == (None, None, None)


def test_no_writers_are_a_fact_only_when_vssadmin_ended_well(context: Context) -> None:
    assert read("vssadmin_writers", context, text=BANNER, exit_code=0) == []
    with pytest.raises(ParseError, match="exit code 2"):
        read("vssadmin_writers", context, text=BANNER, exit_code=2)


def test_writers_from_raw_bytes(context: Context) -> None:
    data = (CORPUS / "vssadmin-1.1-ws2022-en-stable.txt").read_bytes().decode("utf-8").encode("utf-16")
    assert len(read("vssadmin_writers", context, text="", base64=base64.b64encode(data).decode(), exit_code=0)) == 9


PROVIDERS = (
    "プロバイダー名: 'Microsoft Software Shadow Copy provider 1.0'\r\n   種類: システム\r\n"
    "   Id: {b5946137-7b9f-4925-af80-51abd60b20d5}\r\n   バージョン: 1.0.0.7\r\n\r\n"
    "プロバイダー名: 'Some Array Provider'\r\n   種類: ハードウェア\r\n"
    "   Id: {11111111-7b9f-4925-af80-51abd60b20d5}\r\n   バージョン: 2.0\r\n\r\n"
)


def test_providers() -> None:
    assert parse_vss_providers(BANNER + PROVIDERS) == [
        {"name": "Microsoft Software Shadow Copy provider 1.0", "id": "b5946137-7b9f-4925-af80-51abd60b20d5", "version": "1.0.0.7", "known": "microsoft"},
        {"name": "Some Array Provider", "id": "11111111-7b9f-4925-af80-51abd60b20d5", "version": "2.0", "known": "other"},
    ]
    assert parse_vss_providers(BANNER) == []


@pytest.mark.parametrize("case", ["en-stable", "en-no_permission", "en-empty", "en-shadows_listing", "en-unexpected_failure"])
def test_what_lists_no_providers_is_refused(case: str) -> None:
    with pytest.raises(ParseError, match="No listing of VSS providers"):
        parse_vss_providers((CORPUS / f"vssadmin-1.1-ws2022-{case}.txt").read_bytes())


def test_shadows(context: Context) -> None:
    context.parsed["vssadmin_providers"] = parse_vss_providers(BANNER + PROVIDERS)
    text = (CORPUS / "vssadmin-1.1-ws2022-en-shadows_listing.txt").read_text("utf-8")
    assert read("vssadmin_shadows", context, text=text, exit_code=0) == {"count": 1, "provider_ids": ["b5946137-7b9f-4925-af80-51abd60b20d5"]}


def test_no_shadows_and_an_error_are_two_things() -> None:
    assert parse_vss_shadows(BANNER + "No items found that satisfy the query.\r\n", []) == {"count": 0, "provider_ids": []}
    with pytest.raises(ParseError, match="No listing of shadow copies"):
        parse_vss_shadows(BANNER + "Error: You don't have the correct permissions.\r\n", [])


def test_services_by_key_name(context: Context) -> None:
    assert read("services", context, data=[{"name": "MSDTC", "exists": False}]) == {"MSDTC": {"name": "MSDTC", "exists": False}}


def test_processes_have_an_age(context: Context) -> None:
    rows = [{"name": "IaaSBcdrExtension", "pid": 1, "started_at": "2026-11-22T02:00:00Z"}, {"name": "x", "pid": 2, "started_at": None}]
    assert [row["age_hours"] for row in read("processes", context, data=rows)] == [6.0, None]


def test_machinekeys(context: Context) -> None:
    found = read("machinekeys_acl", context, text="D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)(A;ID;FR;;;NS)\r\n", path="C:\\MachineKeys")
    assert (found["path"], found["is_default"], found["protected"], found["inherited"]) == ("C:\\MachineKeys", False, True, True)
    assert [ace["sid"] for ace in found["extra"]] == ["S-1-5-20"]
    assert set(found) == {"path", "sddl", "is_default", "protected", "missing", "extra", "denied", "inherited"}


def test_certificates_are_judged_at_the_time_of_the_collection(context: Context) -> None:
    dn = "DC=Windows Azure CRP Certificate Generator"
    rows = [
        {"subject": dn, "issuer": dn, "not_before": "2026-01-01T00:00:00Z", "not_after": "2026-11-22T07:59:59Z"},
        {
            "subject": dn,
            "issuer": "DC=Windows Azure Service Management for Extensions",
            "not_before": "2026-11-22T08:00:01Z",
            "not_after": "2027-01-01T00:00:00Z",
        },
    ]
    assert [(row["expired"], row["not_yet_valid"], row["kind"]) for row in read("certificates", context, data=rows)] == [
        (True, False, "crp"),
        (False, True, "classic"),
    ]
    assert read("certificates", context, data=[]) == []


def test_registry_by_id(context: Context) -> None:
    rows = [
        {"id": "bcdr_agent", "path": "HKLM\\A", "exists": True, "entries": [{"name": "IsProviderInstalled", "type": "sz", "data": "True"}], "subkeys": []},
        {"id": "dotnet2", "path": "HKLM\\B", "exists": False, "entries": [], "subkeys": []},
    ]
    assert read("registry", context, data=rows) == {
        "bcdr_agent": {"path": "HKLM\\A", "exists": True, "entries": {"IsProviderInstalled": {"type": "sz", "data": "True"}}, "subkeys": []},
        "dotnet2": {"path": "HKLM\\B", "exists": False, "entries": {}, "subkeys": []},
    }


def test_handler_state(context: Context) -> None:
    rows = [
        {"name": "x_1.0.94.0", "version": "1.0.94.0", "entries": [{"name": "HandlerState", "type": "sz", "data": "Enabled"}]},
        {"name": "x_1.0.9.0", "version": "1.0.9.0", "entries": []},
    ]
    assert read("handler_state", context, data=rows) == {"installed": True, "version": "1.0.94.0", "state": "Enabled"}
    assert read("handler_state", context, data=rows[1:]) == {"installed": True, "version": "1.0.9.0", "state": None}


def test_agent_files_newest_by_number(context: Context) -> None:
    rows = [{"path": "a", "version": "2.7.9.1", "modified_at": "2026-11-01T00:00:00Z"}, {"path": "b", "version": "2.7.41491.1010", "modified_at": None}]
    assert read("agent_files", context, data=rows) == {"version": "2.7.41491.1010", "path": "b"}
    assert read("agent_files", context, data=[]) == {"version": None, "path": None}


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("[00000006] 11/22/2026 01:02:03.123 [ERROR] x", "2026-11-22T01:02:03Z"),
        ("2026-11-22T01:02:03.1234567Z x", "2026-11-22T01:02:03Z"),
        ("[2026-11-22 01:02:03Z] x", "2026-11-22T01:02:03Z"),
        ("13/40/2026 01:02:03 x", None),
        ("   at Some.Namespace.Some.Method() on 2026-11-22 01:02:03", None),
        ("x", None),
    ],
)
def test_times_of_log_lines(line: str, at: str | None) -> None:
    assert line_time(line) == at


def test_hresults_of_a_log_with_time_and_window(context: Context) -> None:
    text = (
        "11/10/2026 01:00:00.000 old 0x80042313\r\n"
        "11/22/2026 01:00:00.000 Snapshot failed, hr = 0x800423F4 and 0x800423f4\r\n"
        "   inner 8007000E, count 80000000, id 80012345, pid 80041234567\r\n"
        "11/22/2026 01:00:05.000 done 0x00000000\r\n"
    )
    found = read_hresults(text, context)
    assert [(item["hresult"], item["at"], item["in_window"]) for item in found["hresults"]] == [
        ("0x80042313", "2026-11-10T01:00:00Z", False),
        ("0x800423f4", "2026-11-22T01:00:00Z", True),
        ("0x8007000e", "2026-11-22T01:00:00Z", True),
        ("0x80000000", "2026-11-22T01:00:00Z", True),
    ]
    assert found["last_at"] == "2026-11-22T01:00:05Z"
    assert found["hresults"][2]["line"].startswith("inner 8007000E")


def test_an_empty_log_has_no_time(context: Context) -> None:
    assert read("agent_log", context, text="") == {"hresults": [], "last_at": None}


def test_extension(context: Context) -> None:
    files = [
        {"name": "IaaSBcdrExtension.exe", "exists": True, "version": "1"},
        {"name": "iaasvmprovider.dll", "exists": False, "version": None},
        {"name": "vcredist2013_x64.exe", "exists": False, "version": None},
    ]
    found = read("extension", context, data={"folders": [{"version": "1.0.94.0", "path": "x", "files": files}]})
    assert found == {"installed": True, "version": "1.0.94.0", "missing_files": ["iaasvmprovider.dll"], "vcredist_present": False}
    assert read("extension", context, data={"folders": []})["installed"] is False


def event(at: str) -> str:
    return f"<Event><System><Provider Name='VSS'/><EventID>13</EventID><TimeCreated SystemTime='{at}'/><Channel>Application</Channel></System></Event>"


def test_events_show_whether_they_lie_in_the_window(context: Context) -> None:
    text = f"<Events>{event('2026-11-22T01:00:00Z')}{event('2026-11-01T01:00:00Z')}</Events>"
    logs = [
        {"log": "Application", "status": "ok", "error": None},
        {"log": "System", "status": "denied", "error": "no"},
        {"log": "x", "status": "absent", "error": None},
    ]
    found = read("events", context, text=text, data=logs)
    assert [item["in_window"] for item in found] == [True, False]
    assert set(found[0]) == {"log", "provider", "id", "level", "at", "in_window", "fields", "hresults"}


def test_logs_that_could_all_not_be_read_are_not_empty_logs(context: Context) -> None:
    logs = [{"log": "Application", "status": "denied", "error": "UnauthorizedAccessException (0x80070005)"}, {"log": "x", "status": "absent", "error": None}]
    with pytest.raises(ParseError, match="No event log could be read; Application: Unauthorized"):
        read("events", context, text="<Events></Events>", data=logs)


def test_runtimes(context: Context) -> None:
    files = [{"name": "msvcr120.dll", "exists": True, "version": "12.0"}, {"name": "msvcp120.dll", "exists": False, "version": None}]
    products = [{"name": "a", "version": "12.0.21005"}, {"name": "b", "version": "12.0.40660"}]
    assert read("vcredist", context, data={"products": products, "files": files}) == {
        "installed": True,
        "version": "12.0.40660",
        "files_missing": ["msvcp120.dll"],
    }
    assert read("vcredist", context, data={"products": [], "files": []}) == {"installed": False, "version": None, "files_missing": []}


@pytest.mark.parametrize(("release", "enough"), [(None, False), (378388, False), (378389, True), (528040, True)])
def test_dotnet(release: int | None, enough: bool, context: Context) -> None:
    assert read("dotnet", context, data={"release": release}) == {"release": release, "at_least_45": enough}


@pytest.mark.parametrize(
    ("paths", "hidden", "available", "missing"),
    [
        ([], False, True, 2),
        ([], True, True, 0),
        ([], False, False, 0),
        (["c:\\packages\\plugins\\microsoft.azure.recoveryservices.vmsnapshot\\", "C:\\WindowsAzure"], False, True, 0),
        (["C:\\Packages\\Plugins\\Microsoft.Azure.RecoveryServices.VMSnapshotLinux", "C:\\WindowsAzure\\Logs\\*"], False, True, 1),
    ],
)
def test_exclusions(paths: list[str], hidden: bool, available: bool, missing: int, context: Context) -> None:
    data = {"available": available, "tamper_protected": None, "mode": "Normal", "exclusion_paths": paths, "exclusions_hidden": hidden}
    assert len(read("defender", context, data=data)["missing_exclusions"]) == missing


def test_host_role(context: Context) -> None:
    found = read("host_role", context, data={"domain_role": 5, "cluster": True, "sql_instances": ["MSSQLSERVER"], "product_type": 2})
    assert found == {"domain_controller": True, "cluster_node": True, "sql_instances": ["MSSQLSERVER"], "server": True}
    found = read("host_role", context, data={"domain_role": 1, "cluster": False, "sql_instances": [], "product_type": 1})
    assert found == {"domain_controller": False, "cluster_node": False, "sql_instances": [], "server": False}


def test_disks_memory_and_load(context: Context) -> None:
    assert read(
        "disks", context, data=[{"drive": "C:", "total_bytes": 1000, "free_bytes": 125, "system": True}, {"drive": "D:", "total_bytes": 0, "free_bytes": 0}]
    ) == [
        {"drive": "C:", "total_bytes": 1000, "free_bytes": 125, "system": True, "free_percent": 12.5},
        {"drive": "D:", "total_bytes": 0, "free_bytes": 0, "free_percent": None},
    ]
    assert read("memory", context, data={"total_bytes": 1000, "available_bytes": 50, "commit_limit_bytes": 1, "commit_free_bytes": 1})["used_percent"] == 95.0
    assert read("memory", context, data={"total_bytes": None, "available_bytes": None})["used_percent"] is None
    assert read("load", context, data={"cpu_percent": [99, 12, 50]}) == {"cpu_percent": 12}
    assert read("load", context, data={"cpu_percent": []}) == {"cpu_percent": None}


def test_azure_and_wireserver(context: Context) -> None:
    assert read("azure", context, data={"vm_id": "x", "signs": ["vm_id"]}) == {"is_azure": True, "signs": ["vm_id"]}
    assert read("azure", context, data={"vm_id": None, "signs": []}) == {"is_azure": False, "signs": []}
    probes = [{"port": 80, "state": "open"}, {"port": 32526, "state": "refused"}]
    assert read("wireserver", context, data={"address": "127.0.0.1", "probes": probes}) == {"address": "127.0.0.1", "closed_ports": [32526], "reachable": True}
    assert read("wireserver", context, data={"address": "127.0.0.1", "probes": probes[1:]})["reachable"] is False


@pytest.mark.parametrize("name", ["bitlocker", "pending_reboot", "offline_disks", "network", "backup_products"])
def test_some_are_read_as_collected(name: str, context: Context) -> None:
    assert read(name, context, data=[{"a": 1}]) == [{"a": 1}]


def test_extension_status_shows_its_time_or_that_of_its_file(context: Context) -> None:
    status = {"operation": "Enable", "status": "error", "code": 1, "formattedMessage": {"lang": "en", "message": "x"}}
    text = json.dumps([{"version": 1.0, "timestampUTC": "2026-11-22T01:00:00Z", "status": status}])
    found = read("extension_status", context, text=text, data={"sequence": 1, "modified_at": "2026-11-22T02:00:00Z"})
    assert found["at"] is not None
    assert found["in_window"] is True

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts for the tests of the report: single ones, an example fleet of 14 hosts with the texts of the real catalogue, and large generated fleets."""

from __future__ import annotations

import functools
import random
from typing import Any

from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import HERE, Card, read_card

META = {"generated_at": "2026-11-22T07:00:00Z", "collection_version": "1.0.0", "title": "Azure VM Backup diagnosis"}
SERVERS = ("Windows Server 2022 Datacenter", "Windows Server 2019 Datacenter")


def host(name: str, status: str = "healthy", **changes: Any) -> dict[str, Any]:
    """A verdict."""
    return {
        "inventory_name": name,
        "computer_name": name.upper(),
        "os": "windows",
        "os_name": SERVERS[0],
        "os_version": "10.0.20348",
        "collected_at": "2026-11-22T06:58:12Z",
        "elevated": True,
        "status": status,
        "reason": None,
        "requested_codes": [],
        "unknown_codes": [],
        "job": None,
        "window": {"start": "2026-11-20T06:58:12Z", "end": "2026-11-22T06:58:12Z", "basis": "lookback"},
        "last_backup": {"outcome": "success", "at": "2026-11-22T01:10:44Z", "basis": "extension_status"},
        "findings": [],
        "unchecked": [],
        "notes": [],
        **changes,
    }


def finding(**changes: Any) -> dict[str, Any]:
    """A finding whose texts are made up."""
    return {
        "code": "SomeCode",
        "cause": "some_cause",
        "title": "Something failed",
        "cause_title": "A service does not run",
        "meaning": "The service has to run.",
        "handles": ["C01"],
        "confidence": "likely",
        "reported": False,
        "evidence": [{"source": "services", "path": "parsed.services.X", "value": {"state": "stopped"}}],
        "contradicts": [],
        "fix": fix(),
        "risk": "R1",
        "advice": ["Start it with `net start x`.", "Ask why it stopped."],
        "article_errors": [],
        "obsolete": False,
        "links": [{"title": "Article", "url": "https://learn.microsoft.com/x"}],
        **changes,
    }


def fix(role: str = "fix_some_service", risk: str = "R1", **changes: Any) -> dict[str, Any]:
    return {"role": role, "vars": {}, "risk": risk, "disruption": "none", "reboot": "never", "undo": "exact", "available": True, **changes}


def outcome(status: str = "cleared", **changes: Any) -> dict[str, Any]:
    """What became of the finding of `finding()`."""
    return {
        "code": "SomeCode",
        "cause": "some_cause",
        "title": "A service does not run",
        "role": "fix_some_service",
        "status": status,
        "gate": None,
        "reason": "Collected and judged again, the host no longer shows it.",
        "changed": True,
        "edited": False,
        "targets": ["some.service"],
        "undo_ids": ["20261123T080001123456Z-1f2e3d4c"],
        **changes,
    }


@functools.lru_cache(maxsize=1)
def _cards() -> dict[str, Card]:
    """The cards one by one: a report needs their texts only, not that the catalogue as a whole fits."""
    return {path.stem: read_card(path) for path in sorted((HERE / "_catalog").glob("*.yml"))}


def of_catalogue(code: str, cause_id: str | None, evidence: list[tuple[str, Any]], confidence: str, **changes: Any) -> dict[str, Any]:
    """A finding as the judge makes it from a card; fix variables are left out."""
    card = _cards()[code]
    cause = next((item for item in card.causes if item.id == cause_id), None)
    return {
        **{key: getattr(card, key) for key in ("code", "title", "meaning", "handles", "phase", "article_errors", "obsolete", "links")},
        "may_explain": [other.code for other in _cards().values() if code in other.causes_of],
        "cause": cause_id,
        "cause_of": code,
        "cause_title": cause.title if cause else None,
        "confidence": confidence,
        "reported": False,
        "evidence": [{"source": source, "path": f"parsed.{source}[?matches]", "value": value} for source, value in evidence],
        "contradicts": [],
        "fix": {**cause.fix, "vars": {}} if cause and cause.fix else None,
        "risk": cause.risk if cause else "R0",
        "advice": list(cause.advice) if cause else list(card.advice) or list(dict.fromkeys(line for item in card.causes for line in item.advice)),
        **changes,
    }


def _writer_hosts() -> list[dict[str, Any]]:
    hosts = []
    for number, confidence in enumerate(("confirmed", "confirmed", "confirmed", "possible"), 1):
        writers = [{"name": "SqlServerWriter", "state": 8, "last_error": "Non-retryable error", "service": "SQLWriter", "impact": "medium"}]
        events = [{"at": f"2026-11-22T01:1{number}:03Z", "provider": "VSS", "id": 8229, "hresults": ["0x800423f4"]}] * (9 if number == 1 else 1)
        evidence = [("vssadmin_writers", writers), *([("events", events)] if confidence == "confirmed" else [])]
        failed = of_catalogue("ExtensionFailedVssWriterInBadState", "writer_failed", evidence, confidence, reported=confidence == "confirmed")
        failed["fix"]["vars"] = {"fix_vss_writers_restart_names": ["SqlServerWriter"]}
        findings = [failed]
        if number == 1:
            findings.append(
                of_catalogue(
                    "SymptomLowDiskWindows", "system_disk_low", [("disks", [{"drive": "C:", "free_percent": 4.1, "free_bytes": 5_502_926_848}])], "likely"
                )
            )
        job = {"codes": ["ExtensionFailedVssWriterInBadState"], "status": "Failed", "operation": "Backup", "started_at": "2026-11-22T01:02:10Z"}
        hosts.append(host(f"sql{number:02}", "findings", findings=findings, job=job if confidence == "confirmed" else None))
    return hosts


def example_fleet() -> list[dict[str, Any]]:
    """What a morning could look like."""
    msdtc = [("services", {"state": "stopped", "start_mode": "disabled", "account": "NT AUTHORITY\\NetworkService"})]
    wire = [("wireserver", [{"address": "168.63.129.16", "closed_ports": [32526]}])]
    linux = {"os": "linux", "os_name": "Ubuntu 22.04.5 LTS", "os_version": "22.04"}
    contradicted = of_catalogue("ExtensionSnapshotFailedCOM", None, [], "confirmed", reported=True)
    contradicted["contradicts"] = [
        {"source": "services", "path": "parsed.services.MSDTC", "value": None, "says": says}
        for says in (
            "MSDTC is disabled: not seen on this host",
            "COM+ System Application is stopped: not seen on this host",
            "MSDTC is missing: not seen on this host",
        )
    ]
    denied = [
        {
            "source": source,
            "status": "denied",
            "reason": "Access is denied (HRESULT 0x80070005)",
            "codes": ["ExtensionFailedVssWriterInBadState", "ExtensionConfigParsingFailure"],
        }
        for source in ("vssadmin_writers", "machinekeys_acl", "certificates", "events")
    ]
    note = (
        "A VSS writer reports a failed state (ExtensionFailedVssWriterInBadState): not a finding, because the newest backup succeeded (2026-11-22T01:10:44Z)."
    )
    return [
        host("file01"),
        host("print01", notes=[note], os_name=SERVERS[1]),
        host("web07", **linux),
        *_writer_hosts(),
        host("app01", "findings", findings=[of_catalogue("ExtensionSnapshotFailedCOM", "msdtc_disabled", msdtc, "likely")]),
        host("app02", "findings", findings=[of_catalogue("ExtensionSnapshotFailedCOM", "msdtc_disabled", msdtc, "confirmed", reported=True)]),
        host("db-lnx-01.prod.example", "findings", findings=[of_catalogue("SymptomWireserverUnreachable", "wireserver_ports_closed", wire, "likely")], **linux),
        host("erp01", "findings", findings=[contradicted], requested_codes=["ExtensionSnapshotFailedCOM"], os_name=SERVERS[1]),
        host("kiosk03", "partly_checked", elevated=False, unchecked=denied,
             unknown_codes=[{"code": "ExtensionSnapshotFailedCON", "nearest": ["ExtensionSnapshotFailedCOM"]}]),
        host("legacy01", "not_checked", os=None, os_name=None, os_version=None, elevated=None, collected_at=None, window=None, last_backup=None,
             reason="unreachable: ntlm: HTTPSConnectionPool(host='legacy01', port=5986): Max retries exceeded (Connection timed out)"),
        host("web02", "not_understood", os=None, os_name=None, os_version=None, elevated=None, collected_at=None, window=None, last_backup=None,
             reason="web02.json is not JSON: Expecting ',' delimiter (line 812, column 17)"),
    ]  # fmt: skip


def large_fleet(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Generated verdicts: seven of ten hosts with one to three findings of the catalogue, texts copied as the judge copies them."""
    chance = random.Random(seed)
    causes = [(card.code, cause.id) for card in _cards().values() for cause in card.causes]
    hosts = []
    for number in range(count):
        name, kind = f"vm{number:05}.prod.example", chance.random()
        if kind < 0.1:
            hosts.append(host(name, "not_checked", reason="unreachable: connection timed out"))
        elif kind < 0.3:
            hosts.append(host(name))
        else:
            findings = []
            for code, cause in chance.sample(causes, chance.randint(1, 3)):
                lines = [
                    {"at": f"2026-11-22T0{digit}:00:00Z", "name": f"writer {digit}", "state": 8, "last_error": "Non-retryable error"}
                    for digit in range(chance.randint(1, 8))
                ]
                findings.append(
                    of_catalogue(
                        code, cause, [("vssadmin_writers", lines), ("services", {"state": "stopped"})], chance.choice(["confirmed", "likely", "possible"])
                    )
                )
            unchecked = [{"source": "events", "status": "denied", "reason": "Access is denied", "codes": ["SomeCode"]}] if chance.random() < 0.3 else []
            hosts.append(host(name, "findings", findings=findings, unchecked=unchecked))
    return hosts

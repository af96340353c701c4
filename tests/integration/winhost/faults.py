# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of a simulated Windows host, as registry text and files."""

from __future__ import annotations

import datetime
import json

NOW = datetime.datetime.now(datetime.timezone.utc)
SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
EXTENSION = r"C:\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot\1.0.94.0"
EXTENSION_LOGS = r"C:\WindowsAzure\Logs\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot\1.0.94.0"
STATE = r"C:\doublestate"
WRITER = '[HKLM\\SOFTWARE\\FakeVss\\Writers\\05]\n"State"=dword:8\n"LastError"="Non-retryable error"\n'
MSDTC = f'[{SERVICES}\\MSDTC]\n"ObjectName"="LocalSystem"\n"Start"=dword:4\n"FailureCommand"="none"\n'
MACHINE_KEYS = '[HKLM\\SOFTWARE\\FakeAcl]\n"C:\\\\ProgramData\\\\Microsoft\\\\Crypto\\\\RSA\\\\MachineKeys"="D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)(A;;FA;;;NS)"\n'
CRYPTO = (
    '[HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319]\n"SchUseStrongCrypto"=-\n\n[-HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\.NETFramework\\v2.0.50727]\n\n'
    '[HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client]\n"Enabled"=dword:0\n"DisabledByDefault"=dword:1\n'
)
INSTALLER = (
    f'[{SERVICES}\\msiserver]\n"Start"=dword:4\n\n[-HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{{A749D8E6-B613-3BE3-8F5F-045C84EBA29B}}]\n'
)
OTHER_PRODUCT = f'[{SERVICES}\\VeeamVssSupport]\n"ImagePath"="C:\\\\veeam.exe"\n"Start"=dword:3\n"Type"=dword:16\n'
REBOOT = (
    "[HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending]\n\n"
    '[HKLM\\SOFTWARE\\Microsoft\\BcdrAgentPersistentKeys]\n"SnapshotMethod"="firstHostThenGuest"\n"SnapshotWithoutThreads"=dword:1\n'
)
EVERYTHING = "\n".join([WRITER, MSDTC, MACHINE_KEYS, CRYPTO, INSTALLER, OTHER_PRODUCT, REBOOT])


def ago(**span: float) -> str:
    return (NOW - datetime.timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")


def event(provider: str, number: int, at: str, *fields: str, level: int = 2) -> str:
    data = "".join(f"<Data>{field}</Data>" for field in fields)
    return (
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
        f'<Provider Name="{provider}"/><EventID>{number}</EventID><Level>{level}</Level><TimeCreated SystemTime="{at}"/>'
        f"<EventRecordID>1</EventRecordID></System><EventData>{data}</EventData></Event>"
    )


APPLICATION = "<Events>{}</Events>".format(
    "".join(
        [
            event("VSS", 8193, ago(hours=100), "too old"),
            event("VSS", 8229, ago(hours=5), "0x800423f4", "https://x.blob.core.windows.net/a?sv=1&amp;sig=Geheim123%3D&amp;se=2"),
            event("VSS", 8224, ago(hours=4), "idle", level=4),
            event("Application Error", 1000, ago(hours=3), "IaaSBcdrExtension.exe", "1.0.0.0"),
            event("Outlook", 1000, ago(hours=2), "not ours"),
        ]
    )
)
SYSTEM = "<Events>" + "".join(event("Service Control Manager", 7023, ago(hours=6, minutes=i), "MSDTC", "%%-1073737669") for i in range(40, 0, -1)) + "</Events>"
STATUS = json.dumps(
    [
        {
            "version": "1.0",
            "timestampUTC": ago(hours=3),
            "status": {"status": "error", "code": 9, "protectedSettings": "TOPSECRET", "formattedMessage": {"message": "VSS 窓"}},
        }
    ],
    ensure_ascii=False,
)
EXTENSION_LOG = "\r\n".join(
    [f"{ago(hours=90)} [Info] old failure HRESULT 0x800423F2"]
    + [f"{ago(hours=3, minutes=m)} [Info] nothing to see {m}" for m in range(50, 30, -1)]
    + [f"{ago(hours=3)} [Error] snapshot failed HRESULT 0x800423F4 url https://a.blob/x?sig=AbC%2Fdef&x=1", "   at Vss.Snapshot() with code 0x80042301"]
    + [f"{ago(hours=2)} [Info] tail {i}" for i in range(12)]
)
AGENT_LOG = "\r\n".join(
    [f"[00000004] [{(NOW - datetime.timedelta(hours=1)):%m/%d/%Y %H:%M:%S}.12] [ERROR] failed 0x80070005 password=hunter2", "[00000004] last"]
)
DEFENDER_HIDDEN = json.dumps({"ExclusionPath": [], "IsTamperProtected": True, "Hidden": True})
BITLOCKER = json.dumps(
    [
        {"MountPoint": "C:", "LockStatus": "Unlocked", "VolumeStatus": "x", "ProtectionStatus": "On"},
        {"MountPoint": "E:", "LockStatus": "Locked", "VolumeStatus": "x", "ProtectionStatus": "Unknown"},
    ]
)
CIM = json.dumps({"root/cimv2": {"Win32_PerfFormattedData_PerfOS_Processor": [{"Name": "_Total", "PercentProcessorTime": 97}]}})
FILES = {
    STATE + r"\events\Application.xml": APPLICATION,
    STATE + r"\events\System.xml": SYSTEM,
    STATE + r"\defender.json": DEFENDER_HIDDEN,
    STATE + r"\bitlocker.json": BITLOCKER,
    STATE + r"\cim.json": CIM,
    EXTENSION + r"\status\3.status": STATUS,
    EXTENSION_LOGS + r"\IaaSBcdrExtension1.log": EXTENSION_LOG,
    r"C:\WindowsAzure\Logs\WaAppAgent.log": AGENT_LOG.encode("utf-16"),
}

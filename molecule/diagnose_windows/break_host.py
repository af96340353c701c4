# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""break_host.py FOLDER: puts the faults that standard input names (the variables of a host in inventory/hosts.yml) into a simulated Windows host,
and saves its state of then as FOLDER/before.json, to prove later that diagnosis changed nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "integration" / "winhost"))

from certificate import certificate_key
from faults import EXTENSION, EXTENSION_LOGS, STATE, ago, event
from simulated import Host

# 2 is what `net` returns of a service that fails, and shall; 109 is a broken pipe, which a service leaves that dies.
EXPECTED = (0, 2, 109)


def good_status(hours: float) -> str:
    """The report of a backup that succeeded and is consistent for applications."""
    message = json.dumps({"messageStr": "Command is successful.", "snapshotConsistency": 2})
    status = {"name": "Microsoft.Azure.RecoveryServices.VMSnapshot", "operation": "Enable", "status": "success", "code": 1}
    return json.dumps([{"version": "1.0", "timestampUTC": ago(hours=hours), "status": {**status, "formattedMessage": {"lang": "en-US", "message": message}}}])


def files(wanted: dict[str, Any]) -> dict[str, str]:
    """Path on the host -> text."""
    found = {f"{EXTENSION}\\{name}": name for name in wanted["extension_files"]}  # the simulation has the folder alone
    if wanted["good_backup"]:
        found[EXTENSION + r"\status\3.status"] = good_status(wanted["good_backup"])
    if wanted["extension_log"]:
        lines = [f"{ago(hours=entry['hours_ago'])} {entry['text']}" for entry in wanted["extension_log"]]
        found[EXTENSION_LOGS + r"\IaaSBcdrExtension1.log"] = "\r\n".join(lines)
    for log, entries in wanted["events"].items():
        xml = [event(row["provider"], row["id"], ago(hours=row.get("hours_ago", 5)), *row["data"], level=row.get("level", 2)) for row in entries]
        found[f"{STATE}\\events\\{log}.xml"] = f"<Events>{''.join(xml)}</Events>"
    return found | {f"{STATE}\\{name}.json": json.dumps(document) for name, document in wanted["state"].items()}


def main() -> None:
    wanted = json.load(sys.stdin)
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    host = Host(folder, wanted["winhost"])
    language = f'[HKEY_LOCAL_MACHINE\\SOFTWARE\\FakeVss]\n"Language"="{wanted["language"]}"'
    host.registry("\n\n".join([language, wanted["registry"], certificate_key(wanted["certificate_days"])]))
    for path, text in files(wanted).items():
        host.put(path, text)
    host.warm_up()
    for command in wanted["commands"]:
        result = host.execute(command)
        if result.returncode not in EXPECTED:
            sys.exit(f"{command} ended with {result.returncode}: {result.stdout}{result.stderr}")
    (folder / "before.json").write_text(json.dumps(host.state()))


main()

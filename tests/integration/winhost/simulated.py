# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated Windows host and the collector on it.

WINHOST names the `winhost` program (default: ../shared/winhost/winhost beside the checkout), AZVM_WINHOST the host that the tests
may break and reset (default win1).
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
WINHOST = Path(os.environ.get("WINHOST", ROOT.parent / "shared" / "winhost" / "winhost"))
NAME = os.environ.get("AZVM_WINHOST", "win1")
HOME = Path(os.environ.get("WINHOST_HOME", Path.home() / ".cache" / "winhost"))
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - azvm.backup.guest_info_windows: "{{ options }}"
      register: answer
      ignore_errors: true
    - delegate_to: localhost
      vars: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}
      ansible.builtin.copy: {content: "{{ answer | to_json }}", dest: "{{ dest }}", mode: "0600"}
      check_mode: false
"""


def unusable() -> str | None:
    if not WINHOST.is_file():
        return f"there is no winhost at {WINHOST}; set WINHOST"
    if os.geteuid() != 0:
        return "winhost needs root"
    return None


class Host:
    """One host: breaking it, and collecting from it."""

    def __init__(self, folder: Path, name: str = NAME) -> None:
        self.folder, self.name = folder, name
        self.prefix = HOME / "root" / "winhost" / "hosts" / name

    def winhost(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(WINHOST), *arguments], check=check, capture_output=True, text=True, errors="replace", timeout=120)

    def reset(self, language: str = "en") -> None:
        self.winhost("reset", self.name, "--language", language)

    def execute(self, command: str) -> subprocess.CompletedProcess[str]:
        return self.winhost("exec", self.name, command, check=False)

    def registry(self, text: str) -> None:
        """Import registry text; HKLM is written as such."""
        file = self.folder / "import.reg"
        file.write_text(
            "Windows Registry Editor Version 5.00\n\n" + text.replace("[HKLM", "[HKEY_LOCAL_MACHINE").replace("[-HKLM", "[-HKEY_LOCAL_MACHINE") + "\n",
            encoding="utf-8",
        )
        self.winhost("reg", self.name, str(file))

    def put(self, path: str, data: str | bytes) -> None:
        file = self.folder / "upload"
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        self.winhost("put", self.name, str(file), path)

    def warm_up(self) -> None:
        """What happens on a simulated host once, and on Windows has happened long ago or is the documented exception."""
        self.execute("net start VSS")  # vssadmin starts it on demand: the one exception
        # Wine makes its list of trust providers when PowerShell loads a script module for the first time, and the empty lists of
        # a certificate store when somebody opens it; Windows has them.
        store = "[System.Security.Cryptography.X509Certificates.X509Store]::new('My', 'LocalMachine').Open('ReadOnly')"
        self.execute(f'powershell -NoProfile -ExecutionPolicy Unrestricted -Command "Get-MpPreference | Out-Null; {store}"')

    def state(self) -> dict[str, str]:
        """Files with their contents, the registry, and the state of every service; without the list of modules that PowerShell keeps for itself."""
        drive = self.prefix / "drive_c"
        found = {}
        for path in sorted(drive.rglob("*")):
            if "Local/Microsoft/PowerShell" in str(path):
                continue
            if path.is_symlink() or path.is_dir():
                found[str(path.relative_to(drive))] = "link" if path.is_symlink() else "folder"
            else:
                found[str(path.relative_to(drive))] = hashlib.sha256(path.read_bytes()).hexdigest()
        for hive in ("HKLM\\SOFTWARE", "HKLM\\SYSTEM", "HKU"):
            target = drive / "export.reg"
            self.execute(f"reg export {hive} C:\\export.reg /y")
            found[hive] = target.read_bytes().decode("utf-16")
            target.unlink()
        found["services"] = self.execute("sc query").stdout
        return found

    def ping(self) -> None:
        """Run a module that does nothing."""
        inventory = self.folder / "inventory.yml"
        inventory.write_text(self.winhost("inventory").stdout)
        command = [str(Path(sys.executable).with_name("ansible")), "-i", str(inventory), self.name, "-m", "ansible.windows.win_ping"]
        subprocess.run(command, check=True, timeout=120)

    def collect(self, *flags: str, **options: Any) -> dict[str, Any]:
        """The answer of the module; the wire server is loopback unless the test says otherwise."""
        from ansible_collections.azvm.backup.plugins.plugin_utils._collect import collection_plan

        inventory = self.folder / "inventory.yml"
        inventory.write_text(self.winhost("inventory").stdout)
        playbook = self.folder / "collect.yml"
        playbook.write_text(PLAYBOOK)
        variables = self.folder / "options.json"
        dest = self.folder / "answer.json"
        dest.unlink(missing_ok=True)
        variables.write_text(json.dumps({"dest": str(dest), "options": {"plan": collection_plan("windows"), "wireserver": "127.0.0.1", **options}}))
        tree = next(parent for parent in _collection_parents())
        run = subprocess.run(
            [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory), "-l", self.name, "-e", f"@{variables}", str(playbook), *flags],
            check=False,
            capture_output=True,
            text=True,
            timeout=180,
            env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(tree), "ANSIBLE_NOCOLOR": "1"},
        )
        assert dest.exists(), run.stdout + run.stderr
        answer: dict[str, Any] = json.loads(dest.read_text())
        return answer


def changes(before: dict[str, str], after: dict[str, str]) -> dict[str, list[str]]:
    """The parts of two states that differ, with the first lines of each difference."""

    def lines(name: str) -> list[str]:
        return list(difflib.unified_diff(before.get(name, "").splitlines(), after.get(name, "").splitlines(), n=2, lineterm=""))[:40]

    return {name: lines(name) for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)}


def _collection_parents() -> list[Path]:
    """Where ansible-playbook finds this checkout: the tree it lies in, or the link that tests/conftest.py makes."""
    if ROOT.parent.parent.name == "ansible_collections":
        return [ROOT.parent.parent.parent]
    return [ROOT / ".venv" / "collections"]

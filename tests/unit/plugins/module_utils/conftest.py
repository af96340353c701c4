# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up host below a temporary folder."""

from __future__ import annotations

import copy
import datetime
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.azvm.backup.plugins.module_utils._linux_host import Host
from ansible_collections.azvm.backup.plugins.module_utils._linux_run import run_all

PLAN = yaml.safe_load((Path(__file__).parents[4] / "plugins" / "plugin_utils" / "_collect_linux.yml").read_text(encoding="utf-8"))
NOW = datetime.datetime(2026, 11, 22, 8, 0, tzinfo=datetime.timezone.utc)
NOBODY = 65534


class FakeRoot:
    """Files and commands of a made-up host."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.bin = folder / "bin"
        self.root.mkdir()
        self.bin.mkdir()
        self.plan: dict[str, Any] = copy.deepcopy(PLAN)
        self.plan["program_dirs"] = [str(self.bin), "/usr/bin", "/bin"]

    def put(self, path: str, content: str | bytes = "", mode: int = 0o644) -> Path:
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        target.chmod(mode)
        return target

    def command(self, name: str, script: str) -> None:
        target = self.bin / name
        target.write_text("#!/bin/sh\n" + script + "\n", encoding="utf-8")
        target.chmod(0o755)

    def host(self, **options: Any) -> Host:
        values: dict[str, Any] = {"timeout": 5, "wireserver": "127.0.0.1", "live": True}
        values.update(options)
        since = values.pop("since", NOW - datetime.timedelta(hours=48))
        return Host(self.plan, since, NOW, root=str(self.root), **values)

    def collect(self, function: Callable[[Host], dict[str, Any]], **options: Any) -> dict[str, Any]:
        """One source, collected as the module does it."""
        source: dict[str, Any] = run_all({"it": lambda: function(self.host(**options))}, 10, 20, options.get("max_bytes", 65536))["it"]
        return source

    def collect_as_nobody(self, function: Callable[[Host], dict[str, Any]], **options: Any) -> dict[str, Any]:
        """The same without root's rights, which the test has to have to give up."""
        if os.geteuid() != 0:
            pytest.skip("NOT CHECKED: only root can become another user; run the tests as root to see what an unprivileged run is denied")

        def as_nobody() -> dict[str, Any]:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            return function(self.host(**options))

        source: dict[str, Any] = run_all({"it": as_nobody}, 10, 20, 65536)["it"]
        return source


@pytest.fixture
def fake() -> Iterator[FakeRoot]:
    # Not tmp_path: another user has to be able to search the folders above.
    folder = Path(tempfile.mkdtemp(prefix="azvm-test-"))
    folder.chmod(0o755)
    yield FakeRoot(folder)
    shutil.rmtree(folder)

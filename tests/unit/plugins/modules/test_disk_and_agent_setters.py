# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules of disks, extension and package as they are called: options, check mode, and what the catalogue says of their undo."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils import basic
from ansible_collections.azvm.backup.plugins.module_utils._agent_package import AgentPackage
from ansible_collections.azvm.backup.plugins.module_utils._filesystem_check import FilesystemCheck
from ansible_collections.azvm.backup.plugins.module_utils._snapshot_extension import Reload
from ansible_collections.azvm.backup.plugins.module_utils._stale_mount import StaleMount
from ansible_collections.azvm.backup.plugins.modules import filesystem_check, guest_agent_package, snapshot_extension_linux, stale_mount

ROOT = Path(__file__).parents[4]
FIXES = yaml.safe_load((ROOT / "plugins" / "plugin_utils" / "_fixes.yml").read_text(encoding="utf-8"))


def _arguments(arguments: dict[str, Any]) -> Any:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # ansible-core 2.16
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
        return contextlib.nullcontext()
    return patch_module_args(arguments)


def run(capfd: pytest.CaptureFixture[str], module: Any, **arguments: Any) -> dict[str, Any]:
    with _arguments({"_ansible_check_mode": True, **arguments}), pytest.raises(SystemExit):
        module.main()
    result: dict[str, Any] = json.loads(capfd.readouterr().out)
    return result


@pytest.mark.parametrize(
    ("fix", "setter"),
    [
        ("fix_stale_mounts", StaleMount),
        ("fix_filesystem_check", FilesystemCheck),
        ("fix_snapshot_extension_reload_linux", Reload),
        ("fix_guest_agent_upgrade_linux", AgentPackage),
    ],
)
def test_the_undo_level_is_that_of_the_catalogue(fix: str, setter: Any) -> None:
    assert setter.undo_level == FIXES[fix]["undo"]


def test_the_root_of_this_machine_is_reported_and_never_unmounted(capfd: pytest.CaptureFixture[str]) -> None:
    reported = run(capfd, stale_mount, path="/")
    assert reported["changed"] is False and reported["before"]["mounted"] is True and reported["undo"] == "settings"
    assert "never unmounted" in run(capfd, stale_mount, path="/", state="unmounted")["msg"]


@pytest.mark.parametrize(
    ("module", "arguments", "says"),
    [
        (stale_mount, {}, "path"),
        (stale_mount, {"path": "/x", "state": "forced"}, "state"),
        (stale_mount, {"path": "/x", "timeout": "long"}, "timeout"),
        (filesystem_check, {}, "device"),
        (filesystem_check, {"device": "/dev/null", "repair": "perhaps"}, "repair"),
        (filesystem_check, {"device": "/dev/null"}, "neither a block device nor an image"),
        (snapshot_extension_linux, {"force": True}, "force"),
        (guest_agent_package, {"minimum": "newest"}, "no version"),
        (guest_agent_package, {"latest": "perhaps"}, "latest"),
    ],
)
def test_bad_input_fails_with_what_is_wrong(capfd: pytest.CaptureFixture[str], module: Any, arguments: dict[str, Any], says: str) -> None:
    result = run(capfd, module, **arguments)
    assert result["failed"] is True and says in result["msg"]

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules of the agent's service, its configuration, the snapshot scripts and labels, run as Ansible runs them: options, defaults, roles, fixes."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
import yaml
from ansible.module_utils import basic
from ansible_collections.azvm.backup.plugins.module_utils._agent_service import AgentService
from ansible_collections.azvm.backup.plugins.module_utils._change import Setter, run_change
from ansible_collections.azvm.backup.plugins.module_utils._selinux import Labels
from ansible_collections.azvm.backup.plugins.module_utils._snapshot_scripts import ScriptPermissions
from ansible_collections.azvm.backup.plugins.module_utils._waagent_conf_setter import AgentConf
from ansible_collections.azvm.backup.plugins.modules import guest_agent_service_linux, selinux_context, snapshot_scripts, waagent_conf

ROOT = Path(__file__).parents[4]
FIXES = yaml.safe_load((ROOT / "plugins" / "plugin_utils" / "_fixes.yml").read_text(encoding="utf-8"))


def _arguments(arguments: dict[str, Any]) -> Any:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # ansible-core 2.16
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
        return contextlib.nullcontext()
    return patch_module_args(arguments)


def run_module(module: ModuleType, journal: Path, check: bool = False, **options: Any) -> dict[str, Any]:
    output = io.StringIO()
    with (
        _arguments({"_ansible_check_mode": check, **options}),
        mock.patch.object(module, "run_change", functools.partial(run_change, folder=str(journal))),
        mock.patch.object(basic.AnsibleModule, "warn"),
        contextlib.redirect_stdout(output),
        pytest.raises(SystemExit),
    ):
        module.main()
    result: dict[str, Any] = json.loads(output.getvalue())
    return result


@pytest.mark.parametrize(
    ("fix", "setter"),
    [
        ("fix_guest_agent_service_linux", AgentService),
        ("fix_waagent_conf", AgentConf),
        ("fix_snapshot_scripts_permissions", ScriptPermissions),
        ("fix_selinux_waagent_context", Labels),
    ],
)
def test_each_undoes_as_far_as_its_fix_says(fix: str, setter: type[Setter]) -> None:
    assert FIXES[fix]["undo"] == setter.undo_level


@pytest.mark.parametrize("module", [guest_agent_service_linux, waagent_conf, snapshot_scripts, selinux_context])
def test_what_is_returned_is_documented(module: ModuleType) -> None:
    documented = yaml.safe_load(module.RETURN)
    assert set(documented) == {"target", "before", "after", "undo", "undo_id", "guard", "needs_reboot", "diff"}
    for name in ("before", "after"):
        assert set(documented[name]["sample"]) == set(documented["before"]["contains"])


def test_the_configuration_is_set_by_the_module(tmp_path: Path) -> None:
    path = tmp_path / "waagent.conf"
    path.write_text("Extensions.Enabled=n\n")
    options: dict[str, Any] = {"path": str(path), "settings": {"Extensions.Enabled": True}}
    predicted = run_module(waagent_conf, tmp_path / "journal", check=True, **options)
    assert path.read_text() == "Extensions.Enabled=n\n"
    done = run_module(waagent_conf, tmp_path / "journal", **options)
    assert path.read_text() == "Extensions.Enabled=y\n"
    assert (predicted["changed"], predicted["before"], predicted["after"]) == (done["changed"], done["before"], done["after"])
    assert set(done) - {"invocation", "changed", "stock"} == set(yaml.safe_load(waagent_conf.RETURN))


def test_bad_settings_end_the_module_with_one_sentence(tmp_path: Path) -> None:
    ended = run_module(waagent_conf, tmp_path, settings={"Provisioning.Agent": "y"})
    assert ended["failed"] and ended["msg"] == "Provisioning.Agent is 'y'; give one of auto, waagent, cloud-init, disabled."


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT CHECKED: the module takes files of root only; run the tests as root")
def test_the_scripts_are_corrected_by_the_module(tmp_path: Path) -> None:
    script, config = tmp_path / "s.sh", tmp_path / "c.json"
    script.write_text("exit 1\n")
    script.chmod(0o755)
    config.write_text(json.dumps({"preScriptLocation": str(script), "postScriptLocation": str(script)}))
    done = run_module(snapshot_scripts, tmp_path / "journal", path=str(config), host_config=str(tmp_path / "none"))
    assert done["changed"] and {path.stat().st_mode & 0o777 for path in (script, config)} == {0o700, 0o600}


def test_labels_are_left_where_there_is_no_selinux(tmp_path: Path) -> None:
    with mock.patch.object(Labels.__init__, "__defaults__", (str(tmp_path / "enforce"),)):
        done = run_module(selinux_context, tmp_path / "journal")
    assert done["changed"] is False and done["before"]["state"] == "not_present"


def test_the_service_is_refused_where_systemd_does_not_run(tmp_path: Path) -> None:
    with mock.patch.object(AgentService.__init__, "__defaults__", (str(tmp_path), None)):
        ended = run_module(guest_agent_service_linux, tmp_path / "journal")
    assert ended["failed"] and "systemd does not run on this host" in ended["msg"]
    assert not (tmp_path / "journal").exists()

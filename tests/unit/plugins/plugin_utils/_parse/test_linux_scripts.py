# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._context import Context
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._linux_scripts import snapshot_scripts

CONFIG = {"pluginName": "ScriptRunner", "preScriptLocation": "/etc/azure/pre.sh", "postScriptLocation": "/etc/azure/post.sh", "timeoutInSeconds": 30}
HOST = "[pre_post]\ntimeoutInSeconds: 1800\nnumberOfPlugins: 1\n"


def a_file(path: str, mode: str = "0600", uid: int = 0, **more: Any) -> dict[str, Any]:
    return {"path": path, "exists": True, "mode": mode, "uid": uid, "gid": 0, **more}


def read(config: Any = None, plugin: Any = None, host: Any = None, scripts: Any = None) -> dict[str, Any]:
    text = config if isinstance(config, str) else json.dumps(CONFIG if config is None else config)
    data = {
        "plugin_config": {**a_file("/etc/azure/VMSnapshotScriptPluginConfig.json", text=text), **(plugin or {})},
        "host_config": {**a_file("/etc/azure/VMSnapshotPluginHost.conf", mode="0644", text=HOST), **(host or {})},
        "scripts": [{**a_file(f"/etc/azure/{role}.sh", mode="0700"), "role": role, **(scripts or {}).get(role, {})} for role in ("pre", "post")],
    }
    return snapshot_scripts({"status": "ok", "data": data}, Context.of({"collected_at": "2026-11-22T08:00:00Z"}))


def problems(**more: Any) -> list[tuple[str, int | None]]:
    return [(problem["id"], problem["extension_code"]) for problem in read(**more)["problems"]]


def test_scripts_that_would_run() -> None:
    assert read() == {"configured": True, "problems": [], "timeout_seconds": 30, "continue_on_failure": True, "freeze_enabled": True}


# The rules as measured by running the extension's own code (its codes for owners, 315 and 318, are used nowhere).
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"plugin": {"mode": "0600"}}, []),
        ({"plugin": {"mode": "0400"}}, []),
        ({"plugin": {"mode": "0700"}}, [("config_mode", 317)]),
        ({"plugin": {"mode": "0640"}}, [("config_mode", 317)]),
        ({"plugin": {"mode": "0604"}}, [("config_mode", 317)]),
        ({"plugin": {"uid": 1000}}, [("config_owner", 317)]),
        ({"host": {"mode": "0600"}}, []),
        ({"host": {"mode": "0644"}}, []),
        ({"host": {"mode": "0646"}}, [("host_config_mode", 314)]),
        ({"host": {"mode": "0664"}}, [("host_config_mode", 314)]),
        ({"host": {"uid": 1000}}, [("host_config_owner", 314)]),
        ({"host": {"exists": False}}, [("host_config_missing", 313)]),
        ({"host": {"text": "timeoutInSeconds: 5\n"}}, [("host_config_syntax", 304)]),
        ({"host": {"text": "[pre_post]\ntimeoutInSeconds: soon\n"}}, [("host_config_syntax", 304)]),
        ({"scripts": {"pre": {"mode": "0600"}}}, []),
        ({"scripts": {"pre": {"mode": "0755"}}}, [("script_mode", 306)]),
        ({"scripts": {"post": {"mode": "0701"}}}, [("script_mode", 307)]),
        ({"scripts": {"pre": {"uid": 1000}}}, [("script_owner", 306)]),
        ({"scripts": {"post": {"uid": 1000}}}, [("script_owner", 307)]),
        ({"scripts": {"pre": {"exists": False}}}, [("script_missing", 302)]),
        ({"scripts": {"post": {"exists": False}}}, [("script_missing", 303)]),
        ({"config": "{ cut"}, [("config_json", 305)]),
        ({"config": "[]"}, [("config_json", 305)]),
        ({"config": {"preScriptLocation": "/etc/azure/pre.sh"}}, [("config_json", 305)]),
        ({"config": {**CONFIG, "postScriptLocation": ""}}, [("script_missing", 303)]),
        ({"config": {**CONFIG, "timeoutInSeconds": 1801}}, [("timeout_too_long", None)]),
        ({"config": {**CONFIG, "timeoutInSeconds": 31}, "host": {"text": "[pre_post]\ntimeoutInSeconds: 30\n"}}, [("timeout_too_long", None)]),
    ],
)
def test_rules(change: dict[str, Any], expected: list[tuple[str, int | None]]) -> None:
    assert problems(**change) == expected


def test_the_shipped_template_names_no_script_and_is_no_problem() -> None:
    config = {**CONFIG, "preScriptLocation": "", "postScriptLocation": ""}
    result = read(config=config, plugin={"mode": "0777"})
    assert (result["configured"], result["problems"]) == (False, [])


def test_without_a_configuration_nothing_is_configured() -> None:
    result = read(plugin={"exists": False, "mode": None, "uid": None, "text": None})
    assert result == {"configured": False, "problems": [], "timeout_seconds": 10, "continue_on_failure": None, "freeze_enabled": None}


def test_switches() -> None:
    result = read(config={**CONFIG, "continueBackupOnFailure": False, "fsFreezeEnabled": False})
    assert (result["continue_on_failure"], result["freeze_enabled"]) == (False, False)


def test_every_problem_is_in_the_evidence_document() -> None:
    root = Path(__file__).resolve().parents[5]
    line = next(line for line in (root / "docs" / "evidence.md").read_text("utf-8").splitlines() if line.startswith("`snapshot_scripts.problems"))
    source = (root / "plugins" / "plugin_utils" / "_parse" / "_linux_scripts.py").read_text("utf-8")
    assert set(re.findall(r'_problem\("(\w+)"', source)) == set(re.findall(r"`(\w+)`", line))

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reader of the pre- and post-snapshot scripts. Private to this collection.

The rules are the extension's: https://github.com/Azure/azure-linux-extensions, VMBackup/main/PluginHost.py and ScriptRunner.py. Nothing is run.
"""

from __future__ import annotations

import configparser
import json
from typing import Any

from ._context import Context

Source = dict[str, Any]
Problems = list[dict[str, Any]]
# The plugin host ends every script after this time, whatever the configuration says.
LONGEST_SECONDS = 1800
DEFAULT_SECONDS = 10


def _digits(file: dict[str, Any]) -> tuple[int, int, int]:
    """Owner, group and other digit of the mode."""
    mode = int(str(file.get("mode") or "0"), 8)
    return (mode >> 6) & 7, (mode >> 3) & 7, mode & 7


def _problem(name: str, file: dict[str, Any], code: int | None, detail: str) -> dict[str, Any]:
    return {"id": name, "path": file.get("path"), "detail": detail, "extension_code": code}


def _config(file: dict[str, Any], found: Problems) -> dict[str, Any]:
    owner, group, other = _digits(file)
    if group or other or owner & 1:
        found.append(_problem("config_mode", file, 317, f"mode {file.get('mode')}, must be 0600 or stricter"))
    if file.get("uid") not in (0, None):
        found.append(_problem("config_owner", file, 318, f"owner uid {file.get('uid')}, must be root"))
    try:
        config = json.loads(file.get("text") or "")
    except ValueError as error:
        found.append(_problem("config_json", file, 305, f"not JSON: {error}"))
        return {}
    return config if isinstance(config, dict) else {}


def _host_config(file: dict[str, Any], found: Problems) -> None:
    if not file.get("exists"):
        found.append(_problem("host_config_missing", file, 313, "missing"))
        return
    _owner, group, other = _digits(file)
    if group not in (0, 4) or other not in (0, 4):
        found.append(_problem("host_config_mode", file, 314, f"mode {file.get('mode')}, group and others may only read"))
    if file.get("uid") not in (0, None):
        found.append(_problem("host_config_owner", file, 315, f"owner uid {file.get('uid')}, must be root"))
    parser = configparser.ConfigParser()
    try:
        parser.read_string(file.get("text") or "")
    except configparser.Error as error:
        found.append(_problem("host_config_syntax", file, 304, type(error).__name__))


def _script(script: dict[str, Any], found: Problems) -> None:
    post = script.get("role") == "post"
    if not script.get("exists"):
        found.append(_problem("script_missing", script, 303 if post else 302, "missing"))
        return
    _owner, group, other = _digits(script)
    if group or other:
        found.append(_problem("script_mode", script, 307 if post else 306, f"mode {script.get('mode')}, group and others must have no rights"))
    if script.get("uid") not in (0, None):
        found.append(_problem("script_owner", script, 307 if post else 306, f"owner uid {script.get('uid')}, must be root"))


def snapshot_scripts(source: Source, _context: Context) -> dict[str, Any]:
    """Whether the scripts would be accepted, without running them; `configured` is false where no script is named."""
    data = source["data"]
    found: Problems = []
    file = data["plugin_config"]
    config = _config(file, found) if file.get("exists") else {}
    configured = bool(file.get("exists") and (config.get("preScriptLocation") or config.get("postScriptLocation") or found))
    timeout = config.get("timeoutInSeconds", DEFAULT_SECONDS)
    if configured:
        _host_config(data["host_config"], found)
        for script in data["scripts"]:
            _script(script, found)
        if isinstance(timeout, int) and timeout > LONGEST_SECONDS:
            found.append(_problem("timeout_too_long", file, None, f"{timeout} s, the longest is {LONGEST_SECONDS} s"))
    return {
        "configured": configured,
        "problems": found if configured else [],
        "timeout_seconds": timeout if isinstance(timeout, int) else None,
        "continue_on_failure": config.get("continueBackupOnFailure"),
        "freeze_enabled": config.get("fsFreezeEnabled"),
    }

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reader of the pre- and post-snapshot scripts. Private to this collection.

The rules are the extension's: https://github.com/Azure/azure-linux-extensions, VMBackup/main/PluginHost.py and ScriptRunner.py. Nothing is run.
"""

from __future__ import annotations

import configparser
from typing import Any

from ._context import Context
from ._errors import ParseError
from ._json import load_json

Source = dict[str, Any]
Problems = list[dict[str, Any]]
# The plugin host ends every script after this time, whatever the configuration says.
LONGEST_SECONDS = 1800
DEFAULT_SECONDS = 10
_LOCATIONS = {"pre": "preScriptLocation", "post": "postScriptLocation"}
_MISSING = {"pre": 302, "post": 303}


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
        # The extension has codes of its own for the owner (315, 318) and does not use them.
        found.append(_problem("config_owner", file, 317, f"owner uid {file.get('uid')}, must be root"))
    try:
        config = load_json(file.get("text") or "", "configuration")
    except ParseError as error:
        found.append(_problem("config_json", file, 305, str(error)))
        return {}
    missing = [key for key in _LOCATIONS.values() if not isinstance(config, dict) or key not in config]
    if missing:
        found.append(_problem("config_json", file, 305, f"no {' and no '.join(missing)}"))
    return config if isinstance(config, dict) else {}


def _host_config(file: dict[str, Any], found: Problems) -> int:
    """Checks the file and returns the longest time that it allows a script."""
    if not file.get("exists"):
        found.append(_problem("host_config_missing", file, 313, "missing"))
        return LONGEST_SECONDS
    _owner, group, other = _digits(file)
    if group not in (0, 4) or other not in (0, 4):
        found.append(_problem("host_config_mode", file, 314, f"mode {file.get('mode')}, group and others may only read"))
    if file.get("uid") not in (0, None):
        found.append(_problem("host_config_owner", file, 314, f"owner uid {file.get('uid')}, must be root"))
    parser = configparser.ConfigParser()
    try:
        parser.read_string(file.get("text") or "")
        return min(parser.getint("pre_post", "timeoutInSeconds", fallback=LONGEST_SECONDS), LONGEST_SECONDS)
    except (configparser.Error, ValueError) as error:
        found.append(_problem("host_config_syntax", file, 304, type(error).__name__))
        return LONGEST_SECONDS


def _script(script: dict[str, Any], found: Problems) -> None:
    post = script.get("role") == "post"
    if not script.get("exists"):
        found.append(_problem("script_missing", script, _MISSING["post" if post else "pre"], "missing"))
        return
    _owner, group, other = _digits(script)
    if group or other:
        found.append(_problem("script_mode", script, 307 if post else 306, f"mode {script.get('mode')}, group and others must have no rights"))
    if script.get("uid") not in (0, None):
        found.append(_problem("script_owner", script, 307 if post else 306, f"owner uid {script.get('uid')}, must be root"))


def _not_named(config: dict[str, Any], file: dict[str, Any], found: Problems) -> None:
    """The extension wants both scripts: with one of them it does without the other and without application consistency."""
    for role, key in _LOCATIONS.items():
        if key in config and not config[key]:
            found.append(_problem("script_missing", file, _MISSING[role], f"{key} is empty"))


def snapshot_scripts(source: Source, _context: Context) -> dict[str, Any]:
    """Whether the scripts would be accepted, without running them; `configured` is false where no script is named."""
    data = source["data"]
    found: Problems = []
    file = data["plugin_config"]
    config = _config(file, found) if file.get("exists") else {}
    named = any(config.get(key) for key in _LOCATIONS.values())
    configured = named or any(problem["id"] == "config_json" for problem in found)
    timeout = config.get("timeoutInSeconds", DEFAULT_SECONDS)
    timeout = timeout if isinstance(timeout, int) and not isinstance(timeout, bool) else None
    if configured:
        longest = _host_config(data["host_config"], found)
        if named:
            _not_named(config, file, found)
        for script in data["scripts"]:
            _script(script, found)
        if timeout is not None and timeout > longest:
            found.append(_problem("timeout_too_long", file, None, f"{timeout} s, the plugin host allows {longest} s"))
    return {
        "configured": configured,
        "problems": found if configured else [],
        "timeout_seconds": timeout,
        "continue_on_failure": config.get("continueBackupOnFailure", True) if config else None,
        "freeze_enabled": config.get("fsFreezeEnabled", True) if config else None,
    }

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers of the Azure Linux agent and the snapshot extension. Private to this collection."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from ._context import Context
from ._errors import ParseError
from ._json import load_json
from .extension_log import parse_extension_log
from .snapshot_status import parse_snapshot_status
from .vmbackup_conf import parse_vmbackup_conf
from .waagent_log import parse_waagent_log
from .waagent_version import parse_waagent_version

Source = dict[str, Any]
HANDLER = "Microsoft.Azure.RecoveryServices.VMSnapshotLinux"
_SHELL_EXIT = re.compile(r"(\d+) returned from handle\.py")
_NO_PYTHON = "python version unknown"


def raw(source: Source) -> str | bytes:
    """The content as exactly as the document holds it."""
    return base64.b64decode(source["base64"]) if source.get("base64") else str(source["text"])


# The agent knows only y and n, and takes its default for anything else (conf.py, get_switch); --show-configuration prints what came of it.
_SWITCHES = {"file": {"y": True, "n": False}, "effective": {"true": True, "false": False}}


def _settings(text: str) -> dict[str, str]:
    """`Key=value` of waagent.conf and `Key = value` of --show-configuration; flat, cut at #, without quotes, the last one counts."""
    settings = {}
    for line in text.splitlines():
        key, found, value = line.partition("=")
        if found and not key.lstrip().startswith("#"):
            settings[key.strip()] = value.partition("#")[0].strip().strip('"')
    return settings


def _config(text: str, origin: str) -> dict[str, Any]:
    settings = _settings(text)
    if not settings:
        raise ParseError("This is no configuration of the agent: no line has the form `Key=value`")
    switches, proxy = _SWITCHES[origin], settings.get("HttpProxy.Host")
    return {
        "origin": origin,
        "settings": settings,
        "extensions_enabled": switches.get(settings.get("Extensions.Enabled", "").lower()),
        "auto_update_enabled": switches.get(settings.get("AutoUpdate.Enabled", "").lower()),
        "provisioning_agent": settings.get("Provisioning.Agent"),
        "proxy_host": None if proxy in (None, "", "None") else proxy,
        "proxy_port": None if settings.get("HttpProxy.Port") in (None, "", "None") else settings["HttpProxy.Port"],
    }


def agent_config(source: Source, _context: Context) -> dict[str, Any]:
    """The configuration in effect."""
    return _config(source["text"], "effective")


def agent_config_file(source: Source, context: Context) -> dict[str, Any]:
    """The file; it stands for the configuration where the agent did not tell the one in effect."""
    config = _config(source["text"], "file")
    known = context.parsed.get("agent_config")
    if not isinstance(known, dict) or "settings" not in known:
        context.parsed["agent_config"] = config
    return config


def agent_package(source: Source, _context: Context) -> Any:
    return source["data"]


def agent_service(source: Source, _context: Context) -> dict[str, Any]:
    """The unit that exists; of two the active one."""
    units = sorted(source["data"], key=lambda unit: unit.get("active_state") != "active")
    unit = units[0]
    return {
        "name": unit["name"],
        "active": unit.get("active_state") == "active",
        "enabled": str(unit.get("unit_file_state") or "").startswith("enabled"),
        "masked": "masked" in (str(unit.get("unit_file_state")), str(unit.get("load_state"))),
        "active_state": unit.get("active_state"),
        "unit_file_state": unit.get("unit_file_state"),
        "condition_failed": unit.get("condition_result") is False,
    }


def agent_version(source: Source, _context: Context) -> dict[str, Any]:
    return parse_waagent_version(raw(source))


def agent_status(source: Source, context: Context) -> dict[str, Any]:
    """The agent's own report: https://github.com/Azure/WALinuxAgent, azurelinuxagent/common/protocol/wire.py (vm_status_to_v1)."""
    report = load_json(source["text"], "status report of the agent")
    if not isinstance(report, dict):
        raise ParseError("The status report of the agent is no JSON object")
    body = report.get("aggregateStatus") or report
    agent = body.get("guestAgentStatus")
    if not isinstance(agent, dict):
        raise ParseError("The status report of the agent holds no guestAgentStatus: it has not reported, or this is another file")
    handlers = body.get("handlerAggregateStatus") or []
    mine = next((item for item in handlers if item.get("handlerName") == HANDLER), None)
    at = report.get("timestampUTC") or body.get("timestampUTC")
    message = (mine or {}).get("formattedMessage") or {}
    return {
        "agent_status": agent.get("status"),
        "agent_version": agent.get("version"),
        "reported_at": at,
        "age_hours": context.age_hours(at),
        "extension": {"status": mine.get("status"), "code": mine.get("code"), "message": message.get("message")} if mine else None,
    }


def _handler_status(text: str | None) -> dict[str, Any] | None:
    try:
        status = json.loads(text or "")
    except ValueError:
        return None
    if isinstance(status, list) and status:
        status = status[0]
    return {key: status.get(key) for key in ("status", "code", "message")} if isinstance(status, dict) else None


def extension(source: Source, _context: Context) -> dict[str, Any]:
    """The newest folder of the extension; the template in it is never read by anything, so edits there have no effect."""
    folders = source["data"]["folders"]
    if not folders:
        return {"installed": False, "newest": None, "folder_count": 0, "template_edited_keys": []}
    newest = folders[0]
    template = parse_vmbackup_conf(newest.get("template_text") or "")
    keep = ("version", "handler_state", "manifest_present", "safefreeze_present", "safefreeze_executable")
    return {
        "installed": True,
        "newest": {**{key: newest.get(key) for key in keep}, "handler_status": _handler_status(newest.get("handler_status"))},
        "folder_count": len(folders),
        "template_edited_keys": sorted(set(template["settings"]) - {"fsfreeze"}),
    }


def extension_python(source: Source, _context: Context) -> Any:
    return source["data"]


def extension_status(source: Source, context: Context) -> dict[str, Any]:
    """The newest status file; where it holds no time, that of the file counts."""
    status = parse_snapshot_status(raw(source))
    at = status["at"] or (source.get("data") or {}).get("modified_at")
    return {**status, "at": at, "in_window": context.in_window(at)}


def extension_log(source: Source, context: Context) -> dict[str, Any]:
    log = parse_extension_log(raw(source))
    if log["last_run"]:
        log["last_run"]["in_window"] = context.in_window(log["last_run"]["ended_at"])
    return log


def extension_shell_log(source: Source, _context: Context) -> dict[str, Any]:
    """What handle.sh said of the interpreter in its last run."""
    text = source["text"]
    exits = list(_SHELL_EXIT.finditer(text))
    start = exits[-2].end() if len(exits) > 1 else 0
    return {"no_python": _NO_PYTHON in text[start:], "exit_code": int(exits[-1][1]) if exits else None}


def waagent_log(source: Source, context: Context) -> dict[str, Any]:
    log = parse_waagent_log(raw(source))
    for entry in (*log["errors"], *log["extension_events"]):
        entry["in_window"] = context.in_window(entry["at"])
    return log


def vmbackup_conf(source: Source, context: Context) -> dict[str, Any]:
    """The configuration as the extension reads it; marks the mounts that it skips."""
    mounts = context.parsed.get("mounts")
    mounts = mounts if isinstance(mounts, list) else None
    conf = parse_vmbackup_conf(raw(source), mounts)
    for mount in mounts or []:
        mount["in_skip_list"] = mount["path"] in conf["mounts_to_skip"]
    return conf

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers of the sources about the guest agent and the backup extension on Windows. Private to this collection; the shapes are in docs/evidence.md."""

from __future__ import annotations

import re
from typing import Any

from ._context import Context
from ._windows_facts import FACTS
from ._windows_log import read_hresults
from ._windows_vss import Source, raw
from .snapshot_status import parse_snapshot_status


def _version_key(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", row.get("version") or ""))


def handler_state(source: Source, _context: Context) -> dict[str, Any]:
    """The state that the guest agent keeps of the newest version of the extension."""
    rows = source["data"]
    if not rows:
        return {"installed": False, "version": None, "state": None}
    found = {entry["name"].lower(): entry["data"] for entry in rows[0].get("entries") or []}
    states = [found[name.lower()] for name in FACTS["handler_state_names"] if isinstance(found.get(name.lower()), str)]
    return {"installed": True, "version": rows[0].get("version"), "state": states[0] if states else None}


def agent_files(source: Source, _context: Context) -> dict[str, Any]:
    """The newest binary of the agent."""
    newest: dict[str, Any] = max(source["data"], key=lambda row: (_version_key(row), row.get("modified_at") or ""), default={})
    return {"version": newest.get("version"), "path": newest.get("path")}


def log(source: Source, context: Context) -> dict[str, Any]:
    """The HRESULTs of a log."""
    return read_hresults(str(source["text"]), context)


def extension(source: Source, _context: Context) -> dict[str, Any]:
    """The newest folder of the extension and what is missing in it."""
    folders = source["data"]["folders"]
    if not folders:
        return {"installed": False, "version": None, "missing_files": [], "vcredist_present": False}
    files = folders[0].get("files") or []
    runtime = FACTS["extension_vcredist"].lower()
    return {
        "installed": True,
        "version": folders[0].get("version"),
        "missing_files": [file["name"] for file in files if not file["exists"] and file["name"].lower() != runtime],
        "vcredist_present": any(file["exists"] for file in files if file["name"].lower() == runtime),
    }


def extension_status(source: Source, context: Context) -> dict[str, Any]:
    """The newest status file; where it holds no time, that of the file counts."""
    status = parse_snapshot_status(raw(source))
    at = status.get("at") or (source.get("data") or {}).get("modified_at")
    return {**status, "at": at, "in_window": context.in_window(at)}

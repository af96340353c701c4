# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers of the sources about VSS, services and events on Windows. Private to this collection; the shapes are in docs/evidence.md."""

from __future__ import annotations

import base64
from typing import Any

from ._atlas import lookup
from ._context import Context
from ._errors import ParseError
from .vss_providers import parse_vss_providers, parse_vss_shadows
from .vss_writers import parse_vss_writers
from .windows_events import parse_windows_events

Source = dict[str, Any]


def raw(source: Source) -> str | bytes:
    """What a source holds, exactly."""
    return base64.b64decode(source["base64"]) if source.get("base64") and not source.get("text") else str(source["text"])


def services(source: Source, _context: Context) -> dict[str, Any]:
    """The services by key name."""
    return {row["name"]: row for row in source["data"]}


def vssadmin_writers(source: Source, context: Context) -> list[dict[str, Any]]:
    """The writers, each with the service that hosts it, what its restart costs, and the state of that service."""
    writers = parse_vss_writers(raw(source))
    if not writers and source.get("exit_code") not in (0, None):
        raise ParseError(
            f"vssadmin ended with exit code {source['exit_code']} and listed no writers: run `vssadmin list writers` elevated and see what it says"
        )
    known = context.parsed.get("services") or {}
    for writer in writers:
        row = lookup(writer) or {}
        service = row.get("service")
        writer.update(service=service, impact=row.get("impact"), service_state=(known.get(service) or {}).get("state"))
    return writers


def vssadmin_providers(source: Source, _context: Context) -> list[dict[str, Any]]:
    """The providers."""
    return parse_vss_providers(raw(source))


def vssadmin_shadows(source: Source, context: Context) -> dict[str, Any]:
    """How many shadow copies there are, and whose."""
    return parse_vss_shadows(raw(source), context.parsed.get("vssadmin_providers") or [])


def events(source: Source, context: Context) -> list[dict[str, Any]]:
    """The events, newest first, each with whether it lies in the window."""
    logs = source.get("data") or []
    unread = [log for log in logs if log.get("status") not in ("ok", "absent")]
    if unread and len(unread) == sum(log.get("status") != "absent" for log in logs):
        raise ParseError(f"No event log could be read; {unread[0]['log']}: {unread[0].get('error') or unread[0]['status']}")
    return [{**event, "in_window": context.in_window(event["at"])} for event in parse_windows_events(raw(source))]


def processes(source: Source, context: Context) -> list[dict[str, Any]]:
    """The processes of the extension with their age."""
    return [{**row, "age_hours": context.age_hours(row.get("started_at"))} for row in source["data"]]

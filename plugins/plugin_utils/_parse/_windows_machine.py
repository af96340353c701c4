# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers of the sources about the machine and its installed software on Windows. Private to this collection; the shapes are in docs/evidence.md."""

from __future__ import annotations

from typing import Any

from ._context import Context
from ._windows_facts import FACTS
from ._windows_vss import Source


def percent(part: float | None, whole: float | None) -> float | None:
    """A share in percent; None where one of the numbers is not known."""
    return None if part is None or not whole else round(100 * part / whole, 1)


def same(source: Source, _context: Context) -> Any:
    """The data as collected."""
    return source["data"]


def vcredist(source: Source, _context: Context) -> dict[str, Any]:
    """The Visual C++ 2013 runtime."""
    data = source["data"]
    versions = [product["version"] for product in data["products"] if product.get("version")]
    newest = max(versions, key=lambda text: [int(part) for part in text.split(".") if part.isdigit()], default=None)
    return {"installed": bool(data["products"]), "version": newest, "files_missing": [file["name"] for file in data["files"] if not file["exists"]]}


def dotnet(source: Source, _context: Context) -> dict[str, Any]:
    """.NET Framework 4; without a release number there is none of 4.5 or later."""
    release = source["data"].get("release")
    return {"release": release, "at_least_45": release is not None and release >= FACTS["dotnet_45_release"]}


def host_role(source: Source, _context: Context) -> dict[str, Any]:
    """What the host is for others."""
    data = source["data"]
    return {
        "domain_controller": data.get("domain_role") in FACTS["domain_controller_roles"],
        "cluster_node": bool(data.get("cluster")),
        "sql_instances": data.get("sql_instances") or [],
        "server": data.get("product_type") != FACTS["client_product_type"],
    }


def disks(source: Source, _context: Context) -> list[dict[str, Any]]:
    """The drives with their free share."""
    return [{**row, "free_percent": percent(row.get("free_bytes"), row.get("total_bytes"))} for row in source["data"]]


def memory(source: Source, _context: Context) -> dict[str, Any]:
    """The memory with its used share."""
    data = source["data"]
    free = percent(data.get("available_bytes"), data.get("total_bytes"))
    return {**data, "used_percent": None if free is None else round(100 - free, 1)}


def load(source: Source, _context: Context) -> dict[str, Any]:
    """The smallest sample: a load that stays."""
    return {"cpu_percent": min(source["data"]["cpu_percent"], default=None)}


def azure(source: Source, _context: Context) -> dict[str, Any]:
    """Whether the host is an Azure VM."""
    signs = source["data"].get("signs") or []
    return {"is_azure": bool(signs or source["data"].get("vm_id")), "signs": signs}


def wireserver(source: Source, _context: Context) -> dict[str, Any]:
    """Which ports of the wire server answer."""
    data = source["data"]
    closed = [probe["port"] for probe in data["probes"] if probe["state"] != "open"]
    return {"address": data["address"], "closed_ports": closed, "reachable": len(closed) < len(data["probes"])}

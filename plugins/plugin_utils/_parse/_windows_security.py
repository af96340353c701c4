# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers of the sources about rights, keys and protection on Windows. Private to this collection; the shapes are in docs/evidence.md."""

from __future__ import annotations

from typing import Any

from ._context import Context, parse_time
from ._sddl_difference import MACHINEKEYS_DEFAULT, difference
from ._windows_facts import FACTS
from ._windows_vss import Source
from .sddl import parse_sddl

_DEFAULT = parse_sddl(MACHINEKEYS_DEFAULT)


def machinekeys_acl(source: Source, _context: Context) -> dict[str, Any]:
    """The access to the folder MachineKeys and how it differs from what Windows sets."""
    actual = parse_sddl(source["text"])
    compared = difference(actual, _DEFAULT)
    return {
        "path": source.get("path"),
        "sddl": source["text"].strip(),
        "protected": "protected" in actual["flags"],
        "inherited": any("inherited" in ace["flags"] for ace in actual["aces"]),
        **compared,
    }


def certificates(source: Source, context: Context) -> list[dict[str, Any]]:
    """The certificates of the agent, with whether they are valid at the time of the collection."""

    def late(row: dict[str, Any], key: str) -> bool | None:
        moment = parse_time(row.get(key))
        return None if moment is None else moment <= context.collected_at

    kinds = FACTS["certificate_kinds"]
    rows = []
    for row in source["data"]:
        begun = late(row, "not_before")
        rows.append(
            {
                **row,
                "expired": late(row, "not_after"),
                "not_yet_valid": None if begun is None else not begun,
                "kind": kinds.get(row["issuer"]) or kinds.get(row["subject"]),
            }
        )
    return rows


def registry(source: Source, _context: Context) -> dict[str, Any]:
    """The keys by their id, with their values by name."""
    return {
        row["id"]: {
            "path": row["path"],
            "exists": row["exists"],
            "entries": {entry["name"]: {"type": entry["type"], "data": entry["data"]} for entry in row.get("entries") or []},
            "subkeys": row.get("subkeys") or [],
        }
        for row in source["data"]
    }


def _covered(path: str, exclusions: list[str]) -> bool:
    """Whether a folder is excluded, by itself or with a folder above it."""
    wanted = path.lower()
    return any(wanted == have or wanted.startswith(have + "\\") for have in (item.lower().rstrip("\\*") for item in exclusions) if have)


def defender(source: Source, _context: Context) -> dict[str, Any]:
    """The state of Defender; nothing counts as missing where the exclusions are hidden or Defender does not run."""
    data = source["data"]
    visible = data.get("available") and not data.get("exclusions_hidden")
    missing = [path for path in FACTS["antivirus_exclusions"] if visible and not _covered(path, data.get("exclusion_paths") or [])]
    return {**data, "missing_exclusions": missing}

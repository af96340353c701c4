# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers of a Linux system's state. Private to this collection."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

from ._context import Context, iso, parse_time
from ._errors import ParseError

Source = dict[str, Any]
Rows = list[dict[str, Any]]
_AVC = re.compile(r"avc:\s+denied\s+\{ (?P<permission>[^}]+?) \}")
_FIELD = re.compile(r'\b(comm|path|name|scontext|tcontext)=("[^"]*"|\S+)')
_AUDIT_TIME = re.compile(r"audit\((\d+)(?:\.\d+)?:")
_LEADING_TIME = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)")
# Types that a file has when nobody labelled it, or when it was moved here from a home or temporary folder: the policy then denies a confined agent.
_UNLABELLED = frozenset({"unlabeled_t", "default_t", "file_t", "user_home_t", "admin_home_t", "home_root_t", "tmp_t", "user_tmp_t"})


def same(source: Source, _context: Context) -> Any:
    """What needs no parsing."""
    return source["data"]


def memory(source: Source, _context: Context) -> dict[str, Any]:
    """/proc/meminfo, in bytes."""
    sizes = {key: int(number) * 1024 for key, number in re.findall(r"^(\w+):\s+(\d+) kB", source["text"], re.MULTILINE)}
    total, available = sizes.get("MemTotal"), sizes.get("MemAvailable", sizes.get("MemFree", 0))
    if not total:
        raise ParseError("This is no /proc/meminfo: it tells no MemTotal")
    return {
        "total_bytes": total,
        "available_bytes": available,
        "used_percent": round(100 * (total - available) / total, 1),
        "swap_total_bytes": sizes.get("SwapTotal", 0),
        "swap_free_bytes": sizes.get("SwapFree", 0),
    }


def _pressure(text: str | None) -> float | None:
    found = re.search(r"^some .*\bavg60=([\d.]+)", text or "", re.MULTILINE)
    return float(found[1]) if found else None


def load(source: Source, _context: Context) -> dict[str, Any]:
    """/proc/loadavg and /proc/pressure."""
    data = source["data"]
    one, five, fifteen = (float(part) for part in data["loadavg"].split()[:3])
    pressure = data.get("pressure") or {}
    return {
        "load1": one,
        "load5": five,
        "load15": fifteen,
        "cpus": data["cpus"],
        "load5_per_cpu": round(five / data["cpus"], 2) if data["cpus"] else None,
        **{f"pressure_{name}_avg60": _pressure(pressure.get(name)) for name in ("cpu", "memory", "io")},
    }


def selinux(source: Source, _context: Context) -> dict[str, Any]:
    """Mode and labels; a label counts as wrong only where its type says that nobody labelled the file for this place."""
    data = source["data"]
    labels = data.get("labels") or []
    wrong = [label for label in labels if label.get("context") and label["context"].split(":")[2:3] and label["context"].split(":")[2] in _UNLABELLED]
    return {"enabled": data["mode"] != "disabled", "mode": data["mode"], "policy": data.get("policy"), "labels": labels, "wrong_labels": wrong}


def selinux_denials(source: Source, context: Context) -> Rows:
    """AVC denials, from the audit log or the kernel log."""
    rows = []
    for line in source["text"].splitlines():
        match = _AVC.search(line)
        if not match:
            continue
        fields = {key: text.strip('"') for key, text in _FIELD.findall(line)}
        audit, leading = _AUDIT_TIME.search(line), _LEADING_TIME.match(line)
        moment = parse_time(leading[1]) if leading and not audit else None
        at = _from_epoch(int(audit[1])) if audit else iso(moment) if moment else None
        rows.append(
            {
                "at": at,
                "in_window": context.in_window(at),
                "comm": fields.get("comm"),
                "path": fields.get("path") or fields.get("name"),
                "permission": match["permission"].strip(),
                "source_context": fields.get("scontext"),
                "target_context": fields.get("tcontext"),
            }
        )
    return rows


def _from_epoch(seconds: int) -> str | None:
    try:
        return iso(datetime.fromtimestamp(seconds, timezone.utc))
    except (OverflowError, OSError, ValueError):
        return None


def azure(source: Source, _context: Context) -> dict[str, Any]:
    """Whether anything on the host says that it runs in Azure."""
    signs = source["data"].get("signs") or []
    return {"is_azure": bool(signs), "signs": signs}

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times and durations as the tools of Azure write them. Private to this collection."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

from ._context import iso, parse_time

_CLOCK = re.compile(r"(-?)(?:(\d+)[.:](?=\d+:\d+:\d))?(\d+):(\d+):(\d+(?:\.\d+)?)", re.ASCII)
_ISO_DURATION = re.compile(r"P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII)
_MILLISECONDS = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/", re.ASCII)


def azure_time(value: Any) -> str | None:
    """A time as UTC ISO 8601, from ISO 8601 or from `/Date(...)/` of Windows PowerShell's ConvertTo-Json; None for anything else."""
    if isinstance(value, dict):  # ConvertTo-Json of Windows PowerShell wraps a date that carries extra properties
        value = value.get("value") or value.get("DateTime")
    if not isinstance(value, str):
        return None
    milliseconds = _MILLISECONDS.fullmatch(value)
    try:
        moment = datetime.fromtimestamp(int(milliseconds.group(1)) / 1000, timezone.utc) if milliseconds else parse_time(value)
    except (OverflowError, OSError, ValueError):
        return None
    # 0001-01-01 is "no end yet" of .NET
    return iso(moment) if moment and moment.year > 1 else None


def azure_duration(value: Any) -> float | None:
    """Seconds, from `PT2.03S`, `00:20:23.0896697`, `1.02:03:04` or the object that ConvertTo-Json makes of a TimeSpan."""
    if isinstance(value, dict):
        total = value.get("TotalSeconds")
        return round(float(total), 3) if isinstance(total, (int, float)) else None
    if not isinstance(value, str):
        return None
    clock = _CLOCK.fullmatch(value.strip())
    if clock and not clock.group(1):
        days, hours, minutes, seconds = (float(part or 0) for part in clock.groups()[1:])
    else:
        duration = _ISO_DURATION.fullmatch(value.strip())
        if not duration or not any(duration.groups()):
            return None
        days, hours, minutes, seconds = (float(part or 0) for part in duration.groups())
    return round(days * 86400 + hours * 3600 + minutes * 60 + seconds, 3)


def seconds_between(start: str | None, end: str | None) -> float | None:
    """Seconds from one time to another; None where one is not known."""
    first, last = parse_time(start), parse_time(end)
    return (last - first).total_seconds() if first and last and last >= first else None

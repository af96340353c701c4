# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of a status report of the snapshot extension. Private to this collection.

Source: https://github.com/Azure/azure-linux-extensions, VMBackup/main/Utils/HandlerUtil.py (do_status_report) and Status.py.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

from ._context import iso, parse_time

_CONSISTENCY = {0: "none", 1: "file_system", 2: "application", 3: "crash"}
_CONSISTENCY_OF_CODE = {0: "application", 1: "file_system"}
_HEALTH = {0: "green", 128: "yellow", 256: "red"}
_MILLISECONDS = re.compile(r"\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/$", re.ASCII)
Status = dict[str, Any]


def is_windows(status: Status) -> bool:
    """The extension for Windows has the name of the one for Linux without its end; what its codes mean is not published."""
    return str(status.get("name")).endswith("VMSnapshot")


def number(value: Any) -> int | None:
    """A number; the extension writes its codes as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII) else None


def consistency(value: int | None, status: Status, result: str | None, code: int | None) -> str | None:
    """The extension compares its code as text with numbers, so it writes 0 (none) after every snapshot but a crash consistent one; its code knows better."""
    taken = result == "success" and str(status.get("operation")).lower() == "enable" and not is_windows(status)
    if taken and not value and code in _CONSISTENCY_OF_CODE:
        return _CONSISTENCY_OF_CODE[code]
    return _CONSISTENCY.get(value) if value is not None else None


def health(status: Status) -> tuple[str | None, int | None]:
    """Colour and code of the VM's health; the telemetry value extErrorCode holds the same colour, or a name, and is no error code."""
    info = status.get("vmHealthInfo")
    if isinstance(info, dict):
        state = number(info.get("vmHealthState"))
        return _HEALTH.get(state) if state is not None else None, number(info.get("vmHealthStatusCode"))
    rows = status.get("telemetryData")
    pairs = {row.get("Key"): row.get("Value") for row in rows if isinstance(row, dict)} if isinstance(rows, list) else {}
    colour = number(pairs.get("extErrorCode"))
    return _HEALTH.get(colour) if colour is not None else None, None


def time_of(value: Any) -> str | None:
    match = _MILLISECONDS.match(str(value))
    try:
        moment = datetime.fromtimestamp(int(match[1]) / 1000, timezone.utc) if match else parse_time(value) if isinstance(value, str) else None
    except (OverflowError, ValueError, OSError):
        moment = None
    return iso(moment) if moment else None


def text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None

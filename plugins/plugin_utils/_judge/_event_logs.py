# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event logs that could not be read while others could. Private to this collection.

The source `events` is one text of all logs and `ok` as a whole, so a log that was refused would pass for one without events.
"""

from __future__ import annotations

from typing import Any

SOURCE = "events"


def unread_logs(document: dict[str, Any]) -> list[dict[str, Any]]:
    """An `unchecked` entry for each log that is there and was not read."""
    source = document["sources"].get(SOURCE)
    rows = source.get("data") if isinstance(source, dict) and source.get("status") == "ok" else None
    return [
        {"source": SOURCE, "status": row["status"], "reason": f"the log {row.get('log')}: {row.get('error') or row['status']}"}
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and row.get("status") in ("denied", "failed", "timeout")
    ]

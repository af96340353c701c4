# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a listing of VSS writers is whole. Private to this collection.

A listing that was cut between two writers looks healthy to the parser; the exit code, the truncation mark and the writers that every Windows
has decide whether to believe it.
"""

from __future__ import annotations

from typing import Any

from .._parse._atlas import missing_writers

SOURCE = "vssadmin_writers"


def listing_doubts(document: dict[str, Any], parsed: dict[str, Any]) -> list[dict[str, Any]]:
    """Reasons not to take the writers that are listed for all writers, as `unchecked` entries; no more than one."""
    writers = parsed.get(SOURCE)
    if not isinstance(writers, list) or not writers:
        return []  # not read at all, or an empty listing: the catalogue knows what that means
    source = document["sources"][SOURCE]
    missing = missing_writers(writers)
    if source.get("truncated"):
        reason = "the listing was cut at the byte limit: collect again with a larger azvm_max_bytes"
    elif source.get("exit_code") not in (0, None):
        reason = f"vssadmin ended with exit code {source['exit_code']}, so writers may be missing from the listing"
    elif any("truncated" in writer["problems"] for writer in writers):
        reason = "the listing ends in the middle of a writer"
    elif missing:
        reason = f"writers that every Windows has are not listed: {', '.join(missing)}"
    else:
        return []
    return [{"source": SOURCE, "status": "truncated", "reason": reason}]

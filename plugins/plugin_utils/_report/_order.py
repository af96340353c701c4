# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes first in a report. Private to this collection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

CONFIDENCES = ("confirmed", "likely", "possible")
# Worst first. A host nobody could look at comes before one that was looked at in part.
STATUSES = ("findings", "not_checked", "not_understood", "partly_checked", "healthy")


def best_confidence(confidences: Iterable[str]) -> str | None:
    """The surest of some confidences; None when there is none."""
    return min(confidences, key=CONFIDENCES.index, default=None)


def worst_first(host: dict[str, Any]) -> tuple[Any, ...]:
    """The sort key of a host: status, then how sure and how many its findings are, then the name."""
    counts = [sum(finding["confidence"] == level for finding in host["findings"]) for level in CONFIDENCES]
    return (STATUSES.index(host["status"]), *(-count for count in counts), host["inventory_name"])


def surest_first(finding: dict[str, Any]) -> tuple[Any, ...]:
    """The sort key of a finding within its host."""
    return (CONFIDENCES.index(finding["confidence"]), not finding["reported"], finding["risk"], finding["code"], finding["cause"] or "")

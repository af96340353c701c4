# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reader may know besides its own source. Private to this collection."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone
from typing import Any

# DESIGN: the window is the job with an hour on each side, else the lookback before the collection.
JOB_MARGIN = timedelta(hours=1)
DEFAULT_LOOKBACK_HOURS = 48


def parse_time(text: str | None) -> datetime | None:
    """A UTC time from ISO 8601 text, or None where there is none; text without a zone is UTC."""
    if not text:
        return None
    try:
        # Python 3.10 reads neither "Z" nor more than six decimals of a second, and Windows writes seven.
        head, dot, rest = text.strip().replace("Z", "+00:00").partition(".")
        if dot:
            digits = len(rest) - len(rest.lstrip("0123456789"))
            head = f"{head}.{rest[:digits][:6].ljust(6, '0')}{rest[digits:]}"
        moment = datetime.fromisoformat(head)
    except ValueError:
        return None
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def iso(moment: datetime) -> str:
    """``2026-11-22T08:00:00Z``."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclasses.dataclass
class Context:
    """The document, its clock and window, and what earlier readers found."""

    document: dict[str, Any]
    collected_at: datetime
    window_start: datetime
    window_end: datetime
    basis: str
    parsed: dict[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Context:
        """The context of a document; the window follows the job where its times are known."""
        collected = parse_time(document.get("collected_at")) or datetime.fromtimestamp(0, timezone.utc)
        job = document.get("job") or {}
        start, end = parse_time(job.get("started_at")), parse_time(job.get("ended_at"))
        if start:
            return cls(document, collected, start - JOB_MARGIN, (end or collected) + JOB_MARGIN, "job")
        lookback = timedelta(hours=document.get("lookback_hours") or DEFAULT_LOOKBACK_HOURS)
        return cls(document, collected, collected - lookback, collected, "lookback")

    def in_window(self, at: str | None) -> bool | None:
        """Whether a time lies in the window; None where there is no time."""
        moment = parse_time(at)
        return None if moment is None else self.window_start <= moment <= self.window_end

    def age_hours(self, at: str | None) -> float | None:
        """Hours from a time to the collection; None where there is no time."""
        moment = parse_time(at)
        return None if moment is None else round((self.collected_at - moment).total_seconds() / 3600, 2)

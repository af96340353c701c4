# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Maintenance windows and daily times in a time zone. Private to this collection."""

from __future__ import annotations

import dataclasses
import difflib
import re
import zoneinfo
from datetime import datetime, timedelta, timezone, tzinfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
_CLOCK = r"(\d{1,2}):(\d{2})"
_WINDOW = re.compile(rf"(?:([a-z, -]+?)\s+)?{_CLOCK}\s*-\s*{_CLOCK}\s+(\S.*)", re.IGNORECASE | re.ASCII)
_DAILY = re.compile(rf"{_CLOCK}\s+(\S.*)", re.ASCII)
EXAMPLES = "write for example `22:00-04:00 Europe/Madrid`, `sat,sun 00:00-24:00 UTC`, `mon-fri 22:00-04:00 UTC` or `always`"


class WindowError(ValueError):
    """A text is no window or no time of day; one sentence."""


@dataclasses.dataclass(frozen=True)
class Window:
    """When hosts may be changed, by the clock on the wall of a time zone.

    A time that the clock shows twice is inside both times, and one that it skips never comes: the text says what the clock shows.
    """

    text: str
    days: frozenset[int] = EVERY_DAY
    begin: int = 0
    end: int = 24 * 60
    zone: tzinfo | None = None

    def contains(self, at: datetime) -> bool:
        """Whether a moment is inside; the end is not. A day is the one on which the window begins."""
        if self.zone is None:
            return True
        local = _aware(at).astimezone(self.zone)
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if self.begin < self.end:
            return self.begin <= minute < self.end and day in self.days
        if minute >= self.begin:
            return day in self.days
        return minute < self.end and (day - 1) % 7 in self.days

    def clock(self, at: datetime) -> str:
        """What the clock of the window shows, for people: ``Mon 2026-11-23 09:00 Europe/Madrid``."""
        local = _aware(at).astimezone(self.zone or timezone.utc)
        return f"{DAYS[local.weekday()].capitalize()} {local:%Y-%m-%d %H:%M} {self.zone or 'UTC'}"


@dataclasses.dataclass(frozen=True)
class DailyTime:
    """A time of every day, by the clock of a time zone."""

    text: str
    minute: int
    zone: tzinfo

    def newest(self, at: datetime) -> datetime:
        """The newest such moment that is not after `at`, in UTC.

        Of a time that the clock shows twice both count, and of one that it skips both readings: who starts then is not documented.
        """
        at = _aware(at).astimezone(timezone.utc)
        today = at.astimezone(self.zone).replace(tzinfo=None, hour=self.minute // 60, minute=self.minute % 60, second=0, microsecond=0)
        moments = [(today - timedelta(days=back)).replace(tzinfo=self.zone, fold=fold).astimezone(timezone.utc) for back in (0, 1, 2) for fold in (0, 1)]
        return max(moment for moment in moments if moment <= at)


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone, and so it is no moment; give one with a zone, such as datetime.now(timezone.utc)")
    return at


def _zone(name: str, text: str) -> tzinfo:
    if name.upper() == "UTC":
        return timezone.utc  # needs no time zone data
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError) as error:
        known = sorted(zoneinfo.available_timezones())
        if not known:
            raise WindowError(
                f"`{text}` cannot be understood, because this controller has no time zone data; "
                "install the Python package tzdata or the system's package of that name, or give the time in UTC"
            ) from error
        lower = {item.lower(): item for item in known}
        near = [lower[item] for item in difflib.get_close_matches(name.lower(), lower, n=3)]
        hint = f"the nearest are {', '.join(near)}" if near else "write one such as Europe/Madrid, or UTC"
        raise WindowError(f"`{text}` names the time zone {name}, and no IANA time zone is called that; {hint}") from error


def _minutes(hour: str, minute: str, text: str, *, last: int = 24 * 60 - 1) -> int:
    value = int(hour) * 60 + int(minute)
    if int(minute) > 59 or value > last:
        raise WindowError(f"`{text}` has {hour}:{minute}, and no clock shows that; write 00:00 to 23:59, or 24:00 for the end of a window")
    return value


def _days(names: str | None, text: str) -> frozenset[int]:
    if names is None:
        return EVERY_DAY
    days: set[int] = set()
    for part in re.split(r"\s*,\s*", names.strip().lower()):
        first, dash, last = (item.strip() for item in part.partition("-"))
        last = last if dash else first
        if first not in DAYS or last not in DAYS:
            raise WindowError(f"`{text}` has `{part}` as its day, and that is none; the days are {', '.join(DAYS)}, and mon-fri is a range of them")
        begin, end = DAYS.index(first), DAYS.index(last)
        days.update(day % 7 for day in range(begin, end + 1 + (7 if end < begin else 0)))
    return frozenset(days)


def parse_window(text: str) -> Window:
    """The window that a text such as ``mon-fri 22:00-04:00 Europe/Madrid`` or ``always`` names.

    Raises:
        WindowError: it names none; says why and what to write.
    """
    text = text.strip()
    if text.lower() == "always":
        return Window(text)
    found = _WINDOW.fullmatch(text)
    if not found:
        raise WindowError(f"`{text}` is no window, which is `[DAYS ]HH:MM-HH:MM ZONE`; {EXAMPLES}")
    days, *clock, zone = found.groups()
    begin, end = _minutes(clock[0], clock[1], text), _minutes(clock[2], clock[3], text, last=24 * 60)
    if begin == end:
        raise WindowError(f"`{text}` begins and ends at the same time, which may mean the whole day or nothing; write 00:00-24:00 for the whole day")
    return Window(text, _days(days, text), begin, end, _zone(zone, text))


def parse_daily(text: str) -> DailyTime:
    """The time of day that a text such as ``23:30 Europe/Madrid`` names.

    Raises:
        WindowError: it names none; says why and what to write.
    """
    text = text.strip()
    found = _DAILY.fullmatch(text)
    if not found:
        raise WindowError(f"`{text}` is no time of day, which is `HH:MM ZONE`; write for example `23:30 Europe/Madrid`")
    hour, minute, zone = found.groups()
    return DailyTime(text, _minutes(hour, minute, text), _zone(zone, text))

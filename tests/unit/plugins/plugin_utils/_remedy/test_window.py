# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
import sys
import zoneinfo
from datetime import date, datetime, timedelta, timezone

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.window import DAYS, WindowError, parse_daily, parse_window
from hypothesis import given, settings
from hypothesis import strategies as st

UTC = timezone.utc
ZONES = ["UTC", "Europe/Madrid", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "Pacific/Chatham"]


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment", "inside"),
    [
        ("22:00-04:00 Europe/Madrid", "2026-11-23 20:59", False),  # 21:59 there
        ("22:00-04:00 Europe/Madrid", "2026-11-23 21:00", True),
        ("22:00-04:00 Europe/Madrid", "2026-11-24 02:59", True),
        ("22:00-04:00 Europe/Madrid", "2026-11-24 03:00", False),  # the end is outside
        ("22:00-04:00 Europe/Madrid", "2026-07-01 20:00", True),  # summer: UTC+2
        ("22:00-04:00 Europe/Madrid", "2026-07-01 02:00", False),
        ("22:00-00:00 UTC", "2026-11-23 23:59", True),
        ("22:00-00:00 UTC", "2026-11-24 00:00", False),
        ("00:00-24:00 UTC", "2026-11-23 00:00", True),
        ("00:00-24:00 UTC", "2026-11-23 23:59", True),
        ("sat,sun 00:00-24:00 UTC", "2026-11-20 23:59", False),  # a Friday
        ("sat,sun 00:00-24:00 UTC", "2026-11-21 00:00", True),
        ("sat,sun 00:00-24:00 UTC", "2026-11-22 23:59", True),
        ("sat,sun 00:00-24:00 UTC", "2026-11-23 00:00", False),
        ("mon-fri 22:00-04:00 UTC", "2026-11-21 03:59", True),  # Saturday morning of the window that began on Friday
        ("mon-fri 22:00-04:00 UTC", "2026-11-21 22:00", False),
        ("mon-fri 22:00-04:00 UTC", "2026-11-23 03:59", False),  # Monday morning: that window would have begun on Sunday
        ("sat-mon 10:00-11:00 UTC", "2026-11-23 10:30", True),  # over the end of the week
        ("sat-mon 10:00-11:00 UTC", "2026-11-24 10:30", False),
        ("mon-tue, SAT 10:00 - 11:00 utc", "2026-11-21 10:30", True),
        ("09:00-10:00 Asia/Kolkata", "2026-11-23 03:30", True),  # UTC+5:30
        ("09:00-10:00 Asia/Kolkata", "2026-11-23 03:29", False),
        ("09:00-10:00 Asia/Kolkata", "2026-11-23 04:30", False),
        ("always", "2026-11-23 04:30", True),
        ("Always", "1999-01-01 00:00", True),
    ],
)
def test_inside(text: str, moment: str, inside: bool) -> None:
    assert parse_window(text).contains(at(moment)) is inside


def hours_inside(text: str, day: str, step: int = 15) -> list[str]:
    """The UTC times from noon before a day to noon of it that are inside."""
    moments = (at(f"{day} 12:00") - timedelta(days=1) + timedelta(minutes=minute) for minute in range(0, 24 * 60, step))
    return [f"{moment:%d %H:%M}" for moment in moments if parse_window(text).contains(moment)]


def test_a_night_is_an_hour_shorter_when_clocks_go_forward_and_longer_when_they_go_back() -> None:
    night = "22:00-04:00 Europe/Madrid"
    assert (len(hours_inside(night, "2026-03-28", 60)), len(hours_inside(night, "2026-03-29", 60)), len(hours_inside(night, "2026-10-25", 60))) == (6, 5, 7)
    spring, autumn = hours_inside(night, "2026-03-29"), hours_inside(night, "2026-10-25")
    assert (spring[0], spring[-1]) == ("28 21:00", "29 01:45")
    assert (autumn[0], autumn[-1]) == ("24 20:00", "25 02:45")


def test_a_time_that_does_not_exist_never_comes() -> None:
    assert hours_inside("02:15-02:45 Europe/Madrid", "2026-03-29") == []
    assert hours_inside("01:30-03:15 Europe/Madrid", "2026-03-29") == ["29 00:30", "29 00:45", "29 01:00"]
    assert hours_inside("02:15-02:45 Europe/Madrid", "2026-03-28") == ["28 01:15", "28 01:30"]


def test_a_time_that_the_clock_shows_twice_is_inside_twice() -> None:
    assert hours_inside("02:15-02:45 Europe/Madrid", "2026-10-25") == ["25 00:15", "25 00:30", "25 01:15", "25 01:30"]
    assert hours_inside("02:30-03:15 Europe/Madrid", "2026-10-25") == ["25 00:30", "25 00:45", "25 01:30", "25 01:45", "25 02:00"]


def wall_minutes(days: frozenset[int], begin: tuple[int, int], end: tuple[int, int], around: date) -> set[datetime]:
    """Every minute that the clock on the wall shows inside windows that begin near a date: one step of the clock after the other."""
    found = set()
    for offset in range(-2, 2):
        day = around + timedelta(days=offset)
        if day.weekday() not in days:
            continue
        clock = datetime(day.year, day.month, day.day, *begin)
        for _minute in itertools.count():
            shows = (24, 0) if _minute and (clock.hour, clock.minute) == (0, 0) and end == (24, 0) else (clock.hour, clock.minute)
            if _minute and shows == end:
                break
            found.add(clock)
            clock += timedelta(minutes=1)
    return found


clocks = st.tuples(st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
# Two of three moments lie within a day of a change of clocks in one of the zones.
changes = st.sampled_from(["2026-03-29 01:00", "2026-10-25 01:00", "2026-04-04 15:00", "2026-10-03 15:30", "2026-04-05 03:00", "2026-09-06 04:00"])
moments = st.one_of(
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)),
    *[st.builds(lambda change, minutes: datetime.fromisoformat(change) + timedelta(minutes=minutes), changes, st.integers(-1500, 1500))] * 2,
)


@settings(max_examples=300, deadline=None)
@given(st.frozensets(st.integers(0, 6)), clocks, st.one_of(clocks, st.just((24, 0))), st.sampled_from(ZONES), moments)
def test_a_scan_of_the_clock_minute_by_minute_agrees(days: frozenset[int], begin: tuple[int, int], end: tuple[int, int], zone: str, moment: datetime) -> None:
    if begin == end:
        return
    names = f"{','.join(DAYS[day] for day in days)} " if days else ""
    window = parse_window(f"{names}{begin[0]:02}:{begin[1]:02}-{end[0]:02}:{end[1]:02} {zone}")
    local = moment.replace(tzinfo=UTC).astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
    expected = wall_minutes(days or frozenset(range(7)), begin, end, local.date())
    assert window.contains(moment.replace(tzinfo=UTC)) == (local.replace(second=0, microsecond=0, fold=0) in expected)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no window"),
        ("22-04 UTC", "is no window"),
        ("22:00-04:00", "is no window"),
        ("22:00 UTC", "is no window"),
        ("22:00-22:00 UTC", "begins and ends at the same time"),
        ("24:00-04:00 UTC", "has 24:00"),
        ("22:00-24:01 UTC", "has 24:01"),
        ("22:60-23:00 UTC", "has 22:60"),
        ("25:00-26:00 UTC", "has 25:00"),
        ("someday 22:00-04:00 UTC", "has `someday` as its day"),
        ("mon-xxx 22:00-04:00 UTC", "has `mon-xxx` as its day"),
        ("mon, 22:00-04:00 UTC", "has `` as its day"),
        ("22:00-04:00 Europe/Madird", "the nearest are Europe/Madrid"),
        ("22:00-04:00 europe", "no IANA time zone"),
        ("22:00-04:00 Europe", "no IANA time zone"),
        ("22:00-04:00 ../../etc/passwd", "no IANA time zone"),
        ("22:00-04:00 Romance Standard Time", "no IANA time zone"),
        ("22:00-04:00 \u00e9", "no IANA time zone"),
        ("\u0662\u0662:00-04:00 UTC", "is no window"),
    ],
)
def test_what_is_no_window_is_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(WindowError) as refused:
        parse_window(text)
    assert says in str(refused.value)
    assert f"`{text}`" in str(refused.value)
    assert "; " in str(refused.value)  # what next


@given(st.text(max_size=40))
def test_any_text_is_a_window_or_a_clear_refusal(text: str) -> None:
    try:
        parse_window(text).contains(at("2026-11-23 08:00"))
    except WindowError as error:
        assert str(error)


def test_missing_time_zone_data_is_told_apart_from_a_wrong_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {"tzdata", *(name for name in sys.modules if name.startswith("tzdata."))}:
        monkeypatch.setitem(sys.modules, name, None)
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache()
    try:
        with pytest.raises(WindowError, match="no time zone data; install the Python package tzdata"):
            parse_window("22:00-04:00 Europe/Madrid")
        assert parse_window("22:00-04:00 UTC").contains(at("2026-11-23 23:00"))
    finally:
        zoneinfo.reset_tzpath(to=before)
        zoneinfo.ZoneInfo.clear_cache()


def test_a_moment_has_a_time_zone() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        parse_window("22:00-04:00 UTC").contains(datetime(2026, 11, 23))


def test_the_clock_of_a_window() -> None:
    assert parse_window("09:00-10:00 Asia/Kolkata").clock(at("2026-11-22 20:00")) == "Mon 2026-11-23 01:30 Asia/Kolkata"
    assert parse_window("always").clock(at("2026-11-22 20:00")) == "Sun 2026-11-22 20:00 UTC"


@pytest.mark.parametrize(
    ("text", "moment", "newest"),
    [
        ("23:30 UTC", "2026-11-23 23:29", "2026-11-22 23:30"),
        ("23:30 UTC", "2026-11-23 23:30", "2026-11-23 23:30"),
        ("23:30 Europe/Madrid", "2026-11-23 23:00", "2026-11-23 22:30"),
        ("23:30 Europe/Madrid", "2026-07-01 21:30", "2026-07-01 21:30"),
        ("02:30 Europe/Madrid", "2026-10-25 00:45", "2026-10-25 00:30"),  # shown twice: both count
        ("02:30 Europe/Madrid", "2026-10-25 01:45", "2026-10-25 01:30"),
        ("02:30 Europe/Madrid", "2026-03-29 00:45", "2026-03-29 00:30"),  # skipped: both readings count
        ("02:30 Europe/Madrid", "2026-03-29 01:45", "2026-03-29 01:30"),
        ("04:15 Asia/Kolkata", "2026-11-23 00:00", "2026-11-22 22:45"),
    ],
)
def test_newest_daily_time(text: str, moment: str, newest: str) -> None:
    assert parse_daily(text).newest(at(moment)) == at(newest)


@pytest.mark.parametrize("text", ["", "23:30", "24:00 UTC", "23:60 UTC", "11pm UTC", "23:30 Nowhere/Land"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(WindowError, match=f"`{text}`"):
        parse_daily(text)

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._context import Context, iso, parse_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T08:00:00Z", "2026-11-22T08:00:00Z"),
        ("2026-11-22T08:00:00.1234567Z", "2026-11-22T08:00:00Z"),
        ("2026-11-22T10:00:00+02:00", "2026-11-22T08:00:00Z"),
        ("2026-11-22 08:00:00", "2026-11-22T08:00:00Z"),
    ],
)
def test_times_of_every_writer_are_read_as_utc(text: str, expected: str) -> None:
    moment = parse_time(text)
    assert moment is not None
    assert iso(moment) == expected


@pytest.mark.parametrize("text", [None, "", "yesterday", "2026-13-40T00:00:00Z"])
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert parse_time(text) is None


def test_window_follows_the_job_with_an_hour_on_each_side() -> None:
    context = Context.of({"collected_at": "2026-11-22T08:00:00Z", "job": {"started_at": "2026-11-20T01:00:00Z", "ended_at": "2026-11-20T01:20:00Z"}})
    assert context.basis == "job"
    assert context.in_window("2026-11-20T00:00:00Z") is True
    assert context.in_window("2026-11-20T02:20:00Z") is True
    assert context.in_window("2026-11-20T02:20:01Z") is False
    assert context.in_window("2026-11-22T08:00:00Z") is False


def test_window_without_a_job_is_the_lookback() -> None:
    context = Context.of({"collected_at": "2026-11-22T08:00:00Z", "lookback_hours": 2, "job": None})
    assert context.basis == "lookback"
    assert context.in_window("2026-11-22T06:00:00Z") is True
    assert context.in_window("2026-11-22T05:59:59Z") is False
    assert context.in_window(None) is None
    assert context.age_hours("2026-11-22T06:30:00Z") == 1.5

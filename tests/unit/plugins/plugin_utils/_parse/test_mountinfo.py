# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from pathlib import Path

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._mountinfo import parse_mountinfo
from hypothesis import given
from hypothesis import strategies as st

TEXT = (Path(__file__).resolve().parents[5] / "tests" / "fixtures" / "mountinfo" / "linux-6.1-debian12-en-data_disks.txt").read_text("utf-8")


def test_escapes_and_optional_fields() -> None:
    by_path = {mount["path"]: mount for mount in parse_mountinfo(TEXT)}
    assert by_path["/srv/in side"]["root"] == "/in side"
    assert "/back\\slash\ttab" in by_path
    assert by_path["/data"] == {
        "device_number": "8:33",
        "root": "/",
        "path": "/data",
        "options": ["rw", "relatime"],
        "filesystem": "xfs",
        "device": "/dev/sdc1",
        "super_options": ["rw", "attr2"],
    }


def test_both_mounts_at_one_place_are_there() -> None:
    assert [mount["path"] for mount in parse_mountinfo(TEXT)].count("/twice") == 2


def test_empty_text_has_no_mounts() -> None:
    assert parse_mountinfo("") == []


@pytest.mark.parametrize("text", ["hello\n", "/dev/sda1 / ext4 rw 0 0\n", "a b c - d\n", "{}"])
def test_other_text_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ParseError, match="line 2"):
        parse_mountinfo(TEXT.splitlines(keepends=True)[0] + text)


def test_a_cut_line_is_refused_and_never_another_mount() -> None:
    whole = parse_mountinfo(TEXT)
    for end in range(len(TEXT)):
        try:
            part = parse_mountinfo(TEXT[:end])
        except ParseError:
            continue
        assert [mount["path"] for mount in part] == [mount["path"] for mount in whole[: len(part)]]


@given(st.text(alphabet="0123 -/\\rwext4\n,:", max_size=120))
def test_anything_is_read_or_refused(text: str) -> None:
    try:
        parse_mountinfo(text)
    except ParseError as error:
        assert error.position


def test_speed() -> None:
    text = "".join(f"{n} 1 8:{n} / /data/{n} rw,relatime shared:{n} - ext4 /dev/sd{n} rw,errors=remount-ro\n" for n in range(40))
    best = 1.0
    for _number in range(20):
        start = time.perf_counter()
        parse_mountinfo(text)
        best = min(best, time.perf_counter() - start)
    assert best < 0.003

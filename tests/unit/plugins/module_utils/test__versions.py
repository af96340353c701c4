# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools

import pytest
from ansible_collections.azvm.backup.plugins.module_utils._versions import newest, rpm_compare, upstream

# From old to new; the pairs are those that the rules of RPM are usually explained with.
ASCENDING = [
    ["1.0~rc1", "1.0", "1.0^git1", "1.0^git2", "1.0.1", "1.1", "1.10", "2.0"],
    ["2.2.9", "2.2.53.1", "2.7.0.6", "2.11.1.4"],
    ["9.0-1", "1:0.1-1", "1:0.2-1", "2:0.1-1"],
    ["1.0-1.el8", "1.0-1.el9", "1.0-2.el8", "1.0-10.el8"],
    ["1.a", "1.b", "1.1", "1.2a", "1.2.1"],
]


@pytest.mark.parametrize("versions", ASCENDING)
def test_versions_are_ordered_as_rpm_does(versions: list[str]) -> None:
    for (first, old), (second, new) in itertools.product(enumerate(versions), repeat=2):
        assert rpm_compare(old, new) == (first > second) - (first < second), (old, new)
    assert newest(sorted(versions)) == versions[-1]


def test_what_is_written_otherwise_is_the_same() -> None:
    for one, other in (("1.0", "1_0"), ("1.05", "1.5"), ("0:1.0", "1.0"), ("1.0-3", "1.0"), ("1..0", "1.0")):
        assert rpm_compare(one, other) == 0, (one, other)
    assert newest([]) is None


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("2.2.53.1", (2, 2, 53, 1)),
        ("2.11.1.4-0ubuntu1", (2, 11, 1, 4)),
        ("1:2.7.3.0-2+deb12u1", (2, 7, 3, 0)),
        ("2.9.1.1-1.1", (2, 9, 1, 1)),
        ("2.2.46+git", (2, 2, 46)),
        ("new", ()),
    ],
)
def test_the_version_proper(version: str, numbers: tuple[int, ...]) -> None:
    assert upstream(version) == numbers

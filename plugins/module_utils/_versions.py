# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Order of versions. Private to this collection.

Of its own, because no tool compares versions of RPM on every host: rpmdev-vercmp is rarely installed, and rpm.vercmp() of Lua is missing from old ones.
Source: https://rpm-software-management.github.io/rpm/manual/dependencies.html#versioning
"""

import re
from functools import cmp_to_key


def newest(versions):
    """The newest of some versions of RPM, None of none."""
    return max(versions, key=cmp_to_key(rpm_compare)) if versions else None


def rpm_compare(first, second):
    """-1, 0 or 1 for two of epoch:version-release; a release that one lacks does not count."""
    for one, other in zip(_split(first), _split(second)):
        found = 0 if one is None or other is None else _segments(one, other)
        if found:
            return found
    return 0


def _split(text):
    epoch, _colon, rest = text.rpartition(":")
    version, dash, release = rest.partition("-")
    return epoch or "0", version, release if dash else None


def _segments(one, other):
    """Runs of digits and of letters, one by one; ~ sorts before everything, even the end, and ^ right after the end."""
    ones, others = (re.findall(r"[0-9]+|[A-Za-z]+|~|\^", text) + [""] for text in (one, other))
    for left, right in zip(ones, others):
        keys = [_key(word) for word in (left, right)]
        if keys[0] != keys[1]:
            return 1 if keys[0] > keys[1] else -1
    return 0


def _key(word):
    if word.isdigit():
        return 4, int(word), ""
    return {"~": 0, "": 1, "^": 2}.get(word, 3), 0, word


def upstream(version):
    """The numbers of the version that a package of any kind holds: 2:2.9.1.1-1.1ubuntu3 is (2, 9, 1, 1)."""
    found = re.match(r"[0-9]+(?:\.[0-9]+)*", version.rpartition(":")[2])
    return tuple(int(number) for number in found.group(0).split(".")) if found else ()

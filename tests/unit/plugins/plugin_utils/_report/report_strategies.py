# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random fleets and hostile text for the tests of the report."""

from __future__ import annotations

import unicodedata
from typing import Any

from hypothesis import strategies as st
from report_hosts import finding, fix, host

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% for x in range(9) %}x{% endfor %}",
    "javascript:alert(1)",
    "[click](javascript:alert(1)) ![x](http://evil.example/x.png) https://evil.example www.evil.example a@evil.example",
    "a|b\\|c|`d|e` ``` ~~~",
    "line one\n\n# heading\n| a | b |\n|---|---|\n",
    "]]><failure/>&amp;<!--",
    "\x1b[31mred\x1b[0m\x00\x07\r\x08",
    "\u202eexe.txt\u2066\u200b\ufeff\U000e0041",
    "\ud800\ufffe\x85\u2028",
    "</details></style></title>",
    "日本語 ライター ошибка é",
)
SHOWN_AS_IS = ("\n", "\t")


def hidden(text: str) -> list[str]:
    """Characters that nobody sees or that drive what shows them; found by the Unicode database, not by the code under test."""
    return [char for char in text if char not in SHOWN_AS_IS and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


hostile = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60), st.text(alphabet="|`\\<>&\"'*_[]()#\n\r{}%~!", max_size=30))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), hostile),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(hostile, inner, max_size=4)),
    max_leaves=8,
)


@st.composite
def findings(draw: st.DrawFn) -> dict[str, Any]:
    """A finding out of few codes and causes, so that hosts share some; its own parts hold hostile text."""
    number = draw(st.integers(0, 3))
    risk = f"R{number}"
    return finding(
        code=f"Code{draw(st.integers(0, 2))}",
        cause=draw(st.sampled_from([f"cause_{number}", None])),
        cause_of=f"Home{number % 2}",
        confidence=draw(st.sampled_from(["confirmed", "likely", "possible"])),
        reported=draw(st.booleans()),
        risk=risk,
        fix=fix(f"fix_{number}", risk, available=number > 1) if number else None,
        evidence=[{"source": draw(hostile), "path": draw(hostile), "value": draw(values)}],
        contradicts=[{"source": "x", "path": "y", "value": None, "says": draw(hostile)}] if draw(st.booleans()) else [],
    )


@st.composite
def fleets(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Verdicts on hosts with different names, in any order."""
    names = draw(st.lists(st.one_of(hostile, st.text("abc", max_size=3)), max_size=6, unique=True))
    fleet = []
    for name in names:
        status = draw(st.sampled_from(["findings", "healthy", "partly_checked", "not_checked", "not_understood"]))
        entry = host(name, status, reason=draw(hostile), notes=draw(st.lists(hostile, max_size=2)), os_name=draw(hostile), elevated=draw(st.booleans()))
        entry["unknown_codes"] = [{"code": draw(hostile), "nearest": [draw(hostile)]}] if draw(st.booleans()) else []
        if status == "findings":
            entry["findings"] = draw(st.lists(findings(), min_size=1, max_size=3))
        if status in ("findings", "partly_checked"):
            entry["unchecked"] = [{"source": draw(hostile), "status": "denied", "reason": draw(hostile), "codes": [draw(hostile)]}]
        fleet.append(entry)
    return fleet

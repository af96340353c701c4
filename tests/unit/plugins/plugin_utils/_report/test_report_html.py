# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML is whole, says what it has to, and data never becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._report import build_report
from ansible_collections.azvm.backup.plugins.plugin_utils._report._html import to_html
from ansible_collections.azvm.backup.plugins.plugin_utils._report._safe import https_link, visible
from hypothesis import given, settings
from hypothesis import strategies as st
from report_hosts import META, example_fleet, finding, fix, host
from report_strategies import HOSTILE, fleets, hidden

VOID = {"meta", "br", "hr", "img", "input", "link", "base"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "article", "footer", "h1", "h2", "h3", "h4", "h5", "p", "div"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "ul", "ol", "li", "dl", "dt", "dd", "details", "summary"),
    *("a", "abbr", "b", "code", "i", "small", "span", "time"),
}
ATTRIBUTES = {
    "lang",
    "charset",
    "name",
    "content",
    "http-equiv",
    "class",
    "href",
    "id",
    "aria-label",
    "aria-labelledby",
    "scope",
    "title",
    "open",
    "rel",
    "colspan",
}


class Page(HTMLParser):
    """Tags, attributes, ids, links and text of a page; `faults` names what does not nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.faults: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.faults += [f"{tag} is not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _value in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self.faults.append(f"</{tag}> closes {self._open[-1:]}")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data!r}")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.text += data


def page(fleet: list[dict[str, Any]]) -> Page:
    return Page("".join(to_html(build_report(fleet, META))))


def check(told: Page) -> None:
    assert not told.faults
    assert set(told.tags) <= TAGS
    assert told.attributes <= ATTRIBUTES
    assert len(told.ids) == len(set(told.ids))
    inner = [link[1:] for link in told.links if link.startswith("#")]
    assert all(link.startswith(("#", "https://")) for link in told.links)
    # A tile links to its section, which is there only when it has hosts.
    assert set(inner) - set(told.ids) <= {"findings", "not_checked", "not_understood", "partly_checked", "healthy"}


def test_example_has_structure() -> None:
    told = page(example_fleet())
    check(told)
    assert told.tags.count("h1") == 1
    assert told.tags.count("table") == told.tags.count("caption")
    assert "viewport" in "".join(to_html(build_report(example_fleet(), META)))
    for entry in example_fleet():
        assert entry["inventory_name"] in told.text
    for words in (
        "fix_vss_writers_restart",
        "disruption medium",
        "no undo",
        "role not in this release",
        "Do not follow the article",
        "SqlServerWriter",
        "Non-retryable error",
    ):
        assert words in told.text
    for words in (
        "contradicted",
        "MSDTC is missing: not seen on this host",
        "not elevated",
        "Access is denied",
        "line 812, column 17",
        "not a finding, because the newest backup",
    ):
        assert words in told.text


def test_available_role_has_no_warning() -> None:
    assert "role not in this release" not in page([host("a", "findings", findings=[finding()])]).text
    assert "role not in this release" in page([host("a", "findings", findings=[finding(fix=fix(available=False))])]).text


def test_empty_fleet_and_one_where_nobody_answered() -> None:
    empty = page([])
    check(empty)
    assert "No host was given" in empty.text
    gone = page([host(f"h{number}", "not_checked", reason="unreachable") for number in range(3)])
    check(gone)
    assert "No host could be checked" in gone.text
    assert "Everything was read and nothing was found" not in gone.text


def test_text_shared_by_hosts_stands_once() -> None:
    meaning = "A meaning that stands once in the page."
    advice = ["First step here.", "Second step that stands once."]
    text = page([host(f"h{number}", "findings", findings=[finding(meaning=meaning, advice=advice)]) for number in range(30)]).text
    assert text.count(meaning) == 1
    assert text.count(advice[1]) == 1


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_text_everywhere_is_text(evil: str) -> None:
    shared = {"title": evil, "cause_title": evil, "meaning": evil, "advice": [evil], "obsolete": evil, "handles": [evil], "code": evil, "cause": evil}
    article = [{"says": evil, "why": evil, "instead": evil}]
    bad = finding(
        **shared,
        article_errors=article,
        links=[{"title": evil, "url": evil}],
        fix=fix(evil, vars={evil: evil}),
        evidence=[{"source": evil, "path": evil, "value": {evil: [evil]}}],
    )
    job = {"codes": [evil], evil: evil}
    fleet = [
        host(
            evil,
            "findings",
            findings=[bad],
            job=job,
            computer_name=evil,
            os_name=evil,
            os_version=evil,
            notes=[evil],
            requested_codes=[evil],
            window={"start": evil, "end": evil, "basis": evil},
        ),
        host(f"{evil}2", "not_checked", reason=evil, collected_at=evil),
        host(f"{evil}3", "partly_checked", unchecked=[{"source": evil, "status": evil, "reason": evil, "codes": [evil]}]),
        host(f"{evil}4", last_backup={"outcome": evil, "at": evil, "basis": evil}, unknown_codes=[{"code": evil, "nearest": [evil]}]),
    ]
    html = "".join(to_html(build_report(fleet, {**META, "title": evil})))
    told = Page(html)
    check(told)
    assert not hidden(html)
    assert visible(evil).replace("`", "") in told.text.replace("`", "")


@settings(max_examples=80, deadline=None)
@given(fleets())
def test_any_fleet_is_a_whole_page(fleet: list[dict[str, Any]]) -> None:
    html = "".join(to_html(build_report(fleet, META)))
    check(Page(html))
    assert not hidden(html)


@given(st.text())
def test_visible_shows_all(text: str) -> None:
    assert not hidden(visible(text))
    assert visible(visible(text)) == visible(text)


def test_visible_forms() -> None:
    assert visible("\x1b[31m\u202e\U000e0041 ok\n\té日") == "\\x1b[31m\\u202e\\U000e0041 ok\n\té日"


NO_LINKS = (
    *("javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "http://a.example/", "https://", "https:///x", "//a.example", " https://a.example"),
    *("https://a.example/\u202e", "https://user@evil.example/", 'https://a.example/"onclick=x', "https://[", None, 7),
)


@pytest.mark.parametrize("url", NO_LINKS)
def test_only_https_is_linked(url: Any) -> None:
    assert https_link(url) is None


def test_https_is_linked() -> None:
    assert https_link("https://learn.microsoft.com/azure/backup#a---b") == "https://learn.microsoft.com/azure/backup#a---b"

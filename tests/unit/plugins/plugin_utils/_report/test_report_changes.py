# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of the changes, in every format; and nothing of it where none was planned or made."""

from __future__ import annotations

import json
import shlex
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._report import FORMATS, build_report, read_outcomes, summary_line, summary_text
from ansible_collections.azvm.backup.plugins.plugin_utils._report._changes import OUTCOME_KEYS, OUTCOME_STATUSES, group_outcomes, undo_command
from report_hosts import META, example_fleet, finding, host, outcome
from report_strategies import HOSTILE, hidden
from test_report_formats import columns
from test_report_html import Page, check

ID = "20261123T080001123456Z-1f2e3d4c"
UNDO = f"ansible-playbook azvm.backup.undo -i inventory -l ok -e azvm_undo={ID}"
Outcomes = dict[str, list[dict[str, Any]]]


def built(fleet: list[dict[str, Any]], outcomes: Outcomes) -> dict[str, Any]:
    return build_report(fleet, META, read_outcomes(outcomes))


def render(name: str, fleet: list[dict[str, Any]], outcomes: Outcomes) -> str:
    return "".join(FORMATS[name][1](built(fleet, outcomes)))


def fleet() -> list[dict[str, Any]]:
    """One host of each kind that a report shows in its own way."""
    return [
        host("bad", "findings", findings=[finding()]),
        host("part", "partly_checked", unchecked=[{"source": "events", "status": "denied", "reason": "denied", "codes": []}]),
        host("ok"),
        host("gone", "not_checked", reason="unreachable"),
        host("odd", "not_understood", reason="not JSON"),
    ]


def everywhere(**changes: Any) -> Outcomes:
    return {entry["inventory_name"]: [outcome(**changes)] for entry in fleet()}


@pytest.mark.parametrize("name", FORMATS)
def test_without_outcomes_nothing_changes(name: str) -> None:
    plain = "".join(FORMATS[name][1](build_report(example_fleet(), META)))
    assert render(name, example_fleet(), {}) == plain
    assert render(name, example_fleet(), {"file01": [], "sql01": []}) == plain
    assert "outcomes" not in plain and "Changes" not in plain and "tag.failed" not in plain


def test_counts_order_and_keys() -> None:
    entries = [outcome("planned"), outcome("cleared", code="B"), outcome("failed", code="C"), outcome("cleared", code="D")]
    report = built([host("a"), host("b")], {"a": entries})
    assert list(report)[:6] == ["schema", "generated_at", "collection_version", "title", "summary", "outcomes"]
    assert list(report["outcomes"].items()) == [("failed", 1), ("cleared", 2), ("planned", 1)]
    told = {entry["inventory_name"]: entry["outcomes"] for entry in report["hosts"]}
    assert [entry["code"] for entry in told["a"]] == ["C", "B", "D", "SomeCode"]
    assert told["b"] == []
    assert all(tuple(entry) == OUTCOME_KEYS for entry in told["a"])
    assert json.loads(render("json", [host("a"), host("b")], {"a": entries}))["outcomes"] == {"failed": 1, "cleared": 2, "planned": 1}


def test_outcomes_of_a_host_without_verdict_are_not_dropped_in_silence() -> None:
    with pytest.raises(ValueError, match="outcomes of lost and no verdict"):
        built([host("a")], {"lost": [outcome()]})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"a": {}}, "no dictionary of lists"),
        ({"a": ["x"]}, "an outcome of a has no code"),
        ({"a": [{key: value for key, value in outcome().items() if key != "reason"}]}, "an outcome of a has no reason;"),
        ({"a": [outcome("done")]}, "has the status 'done'; known are failed"),
        ({"a": [outcome(targets="x")]}, "that is no list"),
    ],
)
def test_what_are_no_outcomes_is_said(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ParseError, match=says):
        read_outcomes(given)


def test_the_same_on_many_hosts_is_one_row() -> None:
    names = [f"h{number:02}" for number in range(40)]
    outcomes = {name: [outcome(undo_ids=[f"id-{name}"])] for name in names}
    outcomes["h07"] = [outcome("failed", reason="It did not start.")]
    report = built([host(name) for name in names], outcomes)
    assert [(row["status"], len(row["hosts"])) for row in group_outcomes(report["hosts"])] == [("failed", 1), ("cleared", 39)]
    assert render("html", [host(name) for name in names], outcomes).split('id="hosts"', maxsplit=1)[0].count('<td class="why">') == 2
    assert "| 39 |" in render("markdown", [host(name) for name in names], outcomes)


def test_undo_command_can_be_pasted() -> None:
    assert undo_command("ok", ID) == UNDO
    assert shlex.split(undo_command("a b; $(id)", ID) or "")[5] == "a b; $(id)"


@pytest.mark.parametrize("evil", [*HOSTILE, "", "-e", "x y", "{{ lookup('pipe', 'id') }}", "a=b", "@file"])
def test_no_command_with_an_id_that_a_host_made_up(evil: str) -> None:
    assert undo_command("a", evil) is None


def test_html_shows_each_host_and_stays_whole() -> None:
    outcomes = everywhere(status="skipped", gate="snapshot", reason="A snapshot may be running.", edited=True)
    html = render("html", fleet(), outcomes)
    told = Page(html)
    check(told)
    assert html.index('id="changes"') < html.index('id="fixes"')
    assert UNDO in told.text
    hosts = told.text.split("Hosts, worst first")[1]
    assert hosts.count("Gate snapshot: A snapshot may be running.") == len(fleet())
    assert hosts.count("edited") == len(fleet())


def test_html_without_fix_is_folded() -> None:
    html = render("html", [host("a"), host("b")], {"a": [outcome("manual", role=None, targets=[], undo_ids=[])], "b": [outcome()]})
    check(Page(html))
    assert "No fix does these: 1 finding for a person" in html


@pytest.mark.parametrize("evil", [*HOSTILE, "a <script>x</script>\nb | c ` d"])
@pytest.mark.parametrize("status", ["failed", "manual"])
def test_hostile_text_in_outcomes_is_text(evil: str, status: str) -> None:
    changes = dict.fromkeys(("code", "cause", "title", "role", "gate", "reason"), evil)
    outcomes = everywhere(status=status, targets=[evil], undo_ids=[evil], **changes)
    html = render("html", fleet(), outcomes)
    check(Page(html))
    made = render("markdown", fleet(), outcomes)
    tables = [line for line in made.split("\n") if "|" in line]
    assert all(line.startswith("|") and line.endswith("|") for line in tables)
    assert {columns(line) for line in tables if line.startswith(f"| **{status}**")} == {6}
    # In a code span it stays text; outside of one no tag may stand.
    assert "<script" not in made and "<img" not in made
    suites = ElementTree.fromstring(render("junit", fleet(), outcomes))
    assert [len(suite.findall("testcase/failure")) for suite in suites] == [(suite.get("name") == "bad") + (status == "failed") for suite in suites]
    assert render("json", fleet(), outcomes).isascii()
    report = built(fleet(), outcomes)
    for shown in (html, made, summary_line(report), "\n".join(summary_text(report))):
        assert not hidden(shown)


def test_markdown_says_the_same() -> None:
    made = render("markdown", fleet(), everywhere(status="skipped", gate="snapshot", reason="A snapshot may be running.", edited=True))
    assert made.index("## Changes") < made.index("## Fix once")
    assert "5 skipped" in made
    assert f"* undo `{ID}`: `{UNDO}`" in made
    assert made.count("gate `snapshot`: A snapshot may be running.") == 1 + len(fleet())
    assert "| gone | not checked | unreachable |" in made


@pytest.mark.parametrize("status", OUTCOME_STATUSES)
def test_junit_case_of_its_own_only_without_the_finding(status: str) -> None:
    suites = {suite.get("name"): suite for suite in ElementTree.fromstring(render("junit", fleet(), everywhere(status=status, reason="Why.")))}
    (case,) = suites["bad"]
    assert f"Change: {status.replace('_', ' ')}: Why." in (case.findtext("failure") or "")
    mine = suites["ok"].find("testcase[@name='change SomeCode: A service does not run']")
    assert mine is not None
    wanted = {"failed": ["failure"], "still_present": ["failure"], "cleared": []}.get(status, ["skipped"])
    assert [child.tag for child in mine] == wanted
    assert all(child.get("message") == f"{status.replace('_', ' ')}: Why." and UNDO in (child.text or "") for child in mine)
    for suite in suites.values():
        assert (int(suite.get("tests", -1)), int(suite.get("failures", -1))) == (len(suite), len(suite.findall("testcase/failure")))


def test_summaries() -> None:
    report = built([host("a")], {"a": [outcome(), outcome(), outcome("planned")]})
    assert "Changes: 2 cleared, 1 planned" in summary_text(report)
    assert "; changes: 2 cleared, 1 planned" in summary_line(report)
    assert len(summary_text(built(example_fleet(), {"file01": [outcome(status) for status in OUTCOME_STATUSES]}))) <= 25

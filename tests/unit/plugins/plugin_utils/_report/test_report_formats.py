# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON, Markdown, JUnit, the summaries, and writing the files."""

from __future__ import annotations

import copy
import json
import os
import re
import stat
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._report import FORMATS, ReportError, _write, build_report, render_all, summary_line, summary_text
from ansible_collections.azvm.backup.plugins.plugin_utils._report._markdown import code, text
from hypothesis import HealthCheck, given, settings
from report_hosts import META, example_fleet, finding, host, large_fleet
from report_strategies import HOSTILE, fleets, hidden, hostile


def render(name: str, fleet: list[dict[str, Any]]) -> str:
    return "".join(FORMATS[name][1](build_report(fleet, META)))


@settings(max_examples=60, deadline=None)
@given(fleets())
def test_json_is_the_report(fleet: list[dict[str, Any]]) -> None:
    made = render("json", fleet)
    assert made.isascii()
    told = json.loads(made, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    report = build_report(fleet, META)
    assert list(told) == list(report)
    assert told["schema"] == 1
    assert [entry["inventory_name"] for entry in told["hosts"]] == [entry["inventory_name"] for entry in report["hosts"]]


@settings(max_examples=60, deadline=None)
@given(fleets())
def test_junit_says_the_same(fleet: list[dict[str, Any]]) -> None:
    made = render("junit", fleet)
    assert not hidden(made)
    suites = ElementTree.fromstring(made).findall("testsuite")
    hosts = build_report(fleet, META)["hosts"]
    assert len(suites) == len(hosts)
    for suite, entry in zip(suites, hosts, strict=True):
        failures, errors, skipped = (len(suite.findall(f"testcase/{kind}")) for kind in ("failure", "error", "skipped"))
        assert failures == len(entry["findings"]) == int(suite.get("failures", -1))
        assert errors == (entry["status"] in ("not_checked", "not_understood")) == int(suite.get("errors", -1))
        assert skipped == len(entry["unchecked"]) == int(suite.get("skipped", -1))
        passed = [case for case in suite if len(case) == 0]
        assert len(passed) == (entry["status"] == "healthy")
        assert int(suite.get("tests", -1)) == len(suite)


def test_json_has_no_nan() -> None:
    value = {"rate": float("nan"), "rates": [float("inf"), 1.5]}
    made = json.loads(
        render("json", [host("a", "findings", findings=[finding(evidence=[{"source": "load", "path": "x", "value": value}])])]), parse_constant=pytest.fail
    )
    assert made["hosts"][0]["findings"][0]["evidence"][0]["value"] == {"rate": "nan", "rates": ["inf", 1.5]}


def test_html_of_a_host_stays_small() -> None:
    grown = len(render("html", large_fleet(600))) - len(render("html", large_fleet(300)))
    assert grown / 300 < 4000


def test_junit_failure_has_proof_and_advice() -> None:
    suite = ElementTree.fromstring(render("junit", [host("a", "findings", findings=[finding(confidence="confirmed")])]))
    failure = suite.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("message") == "confirmed: A service does not run"
    for words in ("services:", "state: stopped", "Fix: fix_some_service", "1. Start it with `net start x`."):
        assert words in (failure.text or "")


def columns(line: str) -> int:
    """The cells of a table row, as every renderer counts them: at each bar without a backslash."""
    return len(re.findall(r"(?<!\\)\|", line)) - 1


@settings(max_examples=100, deadline=None)
@given(fleets())
def test_markdown_tables_keep_their_columns(fleet: list[dict[str, Any]]) -> None:
    made = render("markdown", fleet)
    assert not hidden(made)
    assert "\\|" not in made  # renderers disagree about it; bars of data are entities
    width = None
    for line in made.split("\n"):
        if line.startswith("|"):
            assert line.endswith("|")
            assert width is None or columns(line) == width
            width = columns(line)
        else:
            width = None
            assert "|" not in line


@settings(max_examples=150, deadline=None)
@given(hostile)
def test_markdown_text_and_code_stay_text(evil: str) -> None:
    markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py is not installed, so no renderer was asked")
    renderer = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table")
    assert "<" not in text(evil)
    for made in (text(evil), code(evil)):
        tokens = renderer.parse(f"| a | b |\n| --- | --- |\n| x{made} | y |\n\n* x{made}\n\n### x{made}\n")
        kinds = [token.type for token in tokens]
        assert (kinds.count("th_open"), kinds.count("td_open"), kinds.count("bullet_list_open"), kinds.count("heading_open")) == (2, 2, 1, 1)
        inner = {child.type for token in tokens for child in token.children or []}
        assert inner <= {"text", "code_inline", "text_special"}


def test_markdown_of_hostile_addresses_links_nothing() -> None:
    made = render("markdown", [host("a", "findings", findings=[finding(cause_title=HOSTILE[5], links=[{"title": "t", "url": "javascript:alert(1)"}])])])
    assert "](" not in made.replace("\\](", "").replace("\\]&", "")
    assert "https://evil" not in made
    assert "www.evil" not in made


@settings(max_examples=60, deadline=None)
@given(fleets())
def test_summaries_fit(fleet: list[dict[str, Any]]) -> None:
    report = build_report(fleet, {**META, "title": "t\nwo\x1b"})
    line = summary_line(report, "/x/report.html")
    lines = summary_text(report)
    assert "\n" not in line and not hidden(line)
    assert len(lines) <= 25
    assert all("\n" not in entry and not hidden(entry) and len(entry) <= 118 for entry in lines)


def test_summary_line() -> None:
    assert summary_line(build_report(example_fleet(), META), Path("/path/report.html")) == (
        "azvm.backup: 14 hosts: 8 with findings (5 confirmed), 3 healthy, 1 partly checked, 1 not checked, 1 not understood; "
        "unknown codes: ExtensionSnapshotFailedCON; top: ExtensionFailedVssWriterInBadState on 4 hosts -> fix_vss_writers_restart; report: /path/report.html"
    )
    assert summary_line(build_report([], META)) == (
        "azvm.backup: 0 hosts: 0 with findings (0 confirmed), 0 healthy, 0 partly checked, 0 not checked, 0 not understood"
    )


def test_summary_text_of_a_large_fleet() -> None:
    lines = summary_text(build_report(large_fleet(500), META))
    assert len(lines) <= 25
    assert lines[0] == "Azure VM Backup diagnosis: 500 hosts"


def test_files(tmp_path: Path) -> None:
    report = build_report(example_fleet(), META)
    written = render_all(report, tmp_path / "new" / "folder", list(FORMATS))
    assert {name: path.name for name, path in written.items()} == {"html": "report.html", "json": "report.json", "markdown": "report.md", "junit": "junit.xml"}
    assert stat.S_IMODE((tmp_path / "new" / "folder").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in written.values()} == {0o600}
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == sorted(path.name for path in written.values())
    again = render_all(build_report(copy.deepcopy(example_fleet()), dict(META)), tmp_path / "again", list(FORMATS))
    assert all(path.read_bytes() == again[name].read_bytes() for name, path in written.items())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fleets())
def test_any_fleet_can_be_written(tmp_path: Path, fleet: list[dict[str, Any]]) -> None:
    for path in render_all(build_report(fleet, META), tmp_path, list(FORMATS)).values():
        path.read_bytes().decode("utf-8")


def test_a_renderer_that_breaks_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_report: Any) -> Any:
        yield "half"
        raise RuntimeError("broken")

    report = build_report(example_fleet(), META)
    old = {name: path.read_bytes() for name, path in render_all(report, tmp_path, ["html", "json"]).items()}
    monkeypatch.setitem(_write.FORMATS, "json", ("report.json", breaks))
    with pytest.raises(RuntimeError, match="broken"):
        render_all(build_report([], META), tmp_path, ["html", "json"])
    assert {name: (tmp_path / f"report.{name}").read_bytes() for name in old} == old
    assert len(list(tmp_path.iterdir())) == 2


def test_dest_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ReportError) as caught:
        render_all(build_report([], META), tmp_path / "file" / "folder", ["html"])
    assert str(caught.value) == f"The report cannot be written to {tmp_path}/file/folder: Not a directory; choose a folder that this account may write to."
    assert caught.value.strerror == "Not a directory"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_dest_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ReportError, match="Permission denied"):
        render_all(build_report([], META), tmp_path, ["html"])


def test_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pdf is not known; known are html, json, markdown, junit"):
        render_all(build_report([], META), tmp_path, ["pdf"])

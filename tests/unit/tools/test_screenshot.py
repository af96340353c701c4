# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser agrees that a report is harmless and fits a phone. Skipped where there is no Chromium."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._report import build_report, render_all

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/unit/plugins/plugin_utils/_report"))
from report_hosts import META, example_fleet, finding, host  # noqa: E402
from report_strategies import HOSTILE  # noqa: E402

SPEC = importlib.util.spec_from_file_location("screenshot", ROOT / "tests/tools/screenshot.py")
assert SPEC is not None and SPEC.loader is not None
screenshot = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(screenshot)
BROWSER = screenshot.find_browser()
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed, so no browser looked at the report")


def hostile_fleet() -> list[dict[str, Any]]:
    long = "x" * 400
    fleet = [
        host(
            f"{evil}{long}",
            "findings",
            findings=[finding(cause_title=evil, code=f"{evil}{long}", evidence=[{"source": long, "path": evil, "value": [{long: evil}]}])],
        )
        for evil in HOSTILE
    ]
    return [
        *fleet,
        host(long, "not_checked", reason=long),
        host(f"{long}2"),
        host(f"{long}3", "partly_checked", unchecked=[{"source": long, "status": "denied", "reason": long, "codes": [long]}]),
    ]


@needs_browser
@pytest.mark.parametrize("fleet", [example_fleet, hostile_fleet])
@pytest.mark.parametrize("width", [screenshot.PHONE, screenshot.DESK])
def test_browser_finds_no_fault(tmp_path: Path, fleet: Any, width: int) -> None:
    page = render_all(build_report(fleet(), META), tmp_path, ["html"])["html"]
    assert screenshot.faults(screenshot.probe(BROWSER, page, width), width) == []


@needs_browser
def test_browser_finds_a_page_that_is_wrong(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text('<!DOCTYPE html><body><div style="width: 900px">wide</div><svg onload="x"></svg><a href="javascript:x">x</a></body>', encoding="utf-8")
    told = screenshot.faults(screenshot.probe(BROWSER, page, 390), 390)
    assert [sentence.split(" ")[0] for sentence in told] == ["the", "active", "handlers", "addresses"]


def test_without_a_browser_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "report.html"
    page.write_text("x", encoding="utf-8")
    monkeypatch.setattr(screenshot, "BROWSERS", ())
    assert screenshot.main([str(page), str(tmp_path)]) == 0
    assert "SKIPPED: no Chromium" in capsys.readouterr().err

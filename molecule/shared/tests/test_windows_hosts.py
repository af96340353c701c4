# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Diagnosis left no change on a Windows host, and nothing unread but what cannot be read."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

EPHEMERAL = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
sys.path.insert(0, str(Path(os.environ["MOLECULE_PROJECT_DIRECTORY"]) / "tests" / "integration" / "winhost"))

from simulated import Host, changes  # noqa: E402


@pytest.fixture(autouse=True)
def only_windows(variables: dict[str, Any]) -> None:
    if "winhost" not in variables:
        pytest.skip("not a simulated Windows host")


def test_nothing_was_changed(name: str, variables: dict[str, Any], tmp_path: Path) -> None:
    before = json.loads((EPHEMERAL / name / "before.json").read_text())
    assert len(before) > 100 and "SERVICE_NAME" in before["services"] and "BcdrAgent" in before["HKLM\\SOFTWARE"]  # there is something to compare
    assert changes(before, Host(tmp_path, variables["winhost"]).state()) == {}


def test_everything_else_was_read(variables: dict[str, Any], verdict: dict[str, Any]) -> None:
    assert {item["source"]: item["status"] for item in verdict["unchecked"]} == variables.get("unchecked", {})

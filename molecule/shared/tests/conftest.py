# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of every diagnose scenario need: the inventory with its expectations, the evidence and the report of the last converge."""

from __future__ import annotations

import json
import os
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(os.environ["MOLECULE_PROJECT_DIRECTORY"])
SCENARIO = Path(os.environ["MOLECULE_SCENARIO_DIRECTORY"])
EPHEMERAL = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
runpy.run_path(str(PROJECT / "tests" / "conftest.py"))  # makes the checkout importable as a collection


def inventory() -> dict[str, dict[str, Any]]:
    """Variables of the scenario's hosts: those of the group, then their own."""
    [group] = yaml.safe_load((SCENARIO / "inventory" / "hosts.yml").read_text()).values()
    return {name: {**group.get("vars", {}), **(variables or {})} for name, variables in group["hosts"].items()}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that asks for a host runs once for each."""
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", list(inventory()))


@pytest.fixture
def variables(name: str) -> dict[str, Any]:
    return inventory()[name]


@pytest.fixture(scope="session")
def report() -> dict[str, Any]:
    return json.loads((EPHEMERAL / "report" / "report.json").read_text())


@pytest.fixture
def verdict(report: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [host for host in report["hosts"] if host["inventory_name"] == name]
    return found


@pytest.fixture
def document(name: str) -> dict[str, Any]:
    return json.loads((EPHEMERAL / "evidence" / f"{name}.json").read_text())

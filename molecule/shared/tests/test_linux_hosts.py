# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Diagnosis left no change on a Linux host. Asked from the machine, because some hosts let nobody in as root."""

from __future__ import annotations

import importlib.util
import os
import shlex
from pathlib import Path
from typing import Any

import pytest
import testinfra

PROJECT = Path(os.environ["MOLECULE_PROJECT_DIRECTORY"])
SCENARIO = Path(os.environ["MOLECULE_SCENARIO_DIRECTORY"])


@pytest.fixture
def enter(variables: dict[str, Any]) -> str:
    if "linuxhost" not in variables:
        pytest.skip("not a Linux test host of ours")
    spec = importlib.util.spec_from_file_location("linuxhost", PROJECT / "tests" / "hosts" / "linuxhost.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return shlex.join(module.enter(variables["linuxhost"].split(":")[0]))


def test_no_file_was_changed(enter: str) -> None:
    machine = testinfra.get_host("local://")
    script = (SCENARIO / "list_files.sh").read_text()
    machine.check_output(f"{enter} sh -c {shlex.quote(script)} sh /root/files-after")
    difference = machine.run(f"{enter} diff /root/files-before /root/files-after")
    assert difference.stdout == ""
    assert int(machine.check_output(f"{enter} wc -l /root/files-before").split()[0]) > 1000  # the list is one


def test_the_agent_is_as_it_was(enter: str, variables: dict[str, Any]) -> None:
    machine = testinfra.get_host("local://")
    state = machine.run(f"{enter} systemctl is-active walinuxagent.service").stdout.strip()
    assert state == ("inactive" if {"agent_stopped", "agent_missing"} & set(variables["faults"]) else "active")


def test_nothing_was_left_frozen(enter: str) -> None:
    machine = testinfra.get_host("local://")
    held = machine.run(f"{enter} sh -c 'test -e /etc/azure/MicrosoftRecoverySvcsSafeFreezeLock'")
    assert held.rc == 1  # diagnosis looks the lock up and never makes it

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.plugins.loader import filter_loader

ROOT = Path(__file__).resolve().parents[4]
FIXTURES = ROOT / "tests" / "fixtures"
LINUX = "1.0.9225.0-ubuntu22.04-en"
GOOD = {
    "extension_log": f"VMSnapshotLinux-{LINUX}-freeze_failed.txt",
    "snapshot_status": f"VMSnapshotLinux-{LINUX}-freeze_failed.json",
    "waagent_log": "waagent-2.15.0.1-ubuntu22.04-en-enable_fails.txt",
    "waagent_version": "waagent-2.7.3.0-debian12-en-installed.txt",
    "vmbackup_conf": f"vmbackup.conf-{LINUX}-plain.conf",
}


def load(name: str) -> Any:
    found = importlib.import_module(f"ansible_collections.azvm.backup.plugins.filter.{name}").FilterModule().filters()
    assert list(found) == [name]
    return found[name]


def data(name: str) -> bytes:
    return (FIXTURES / name / GOOD[name]).read_bytes()


@pytest.mark.parametrize("name", GOOD)
def test_text_and_bytes_give_the_same(name: str) -> None:
    assert load(name)(data(name)) == load(name)(data(name).decode())


@pytest.mark.parametrize("name", sorted(set(GOOD) - {"vmbackup_conf"}))
def test_what_is_not_understood_is_an_error_of_the_filter(name: str) -> None:
    with pytest.raises(AnsibleFilterError, match=rf"^azvm\.backup\.{name}: "):
        load(name)("nothing of the kind\n")


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [None, 7, ["text"], {"text": 1}])
def test_other_types_are_refused(name: str, value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="not text or bytes"):
        load(name)(value)


@pytest.mark.parametrize("name", GOOD)
def test_the_documented_keys_are_the_returned_ones(name: str) -> None:
    documentation = yaml.safe_load((ROOT / "plugins" / "filter" / f"{name}.yml").read_text("utf-8"))
    contains = documentation["RETURN"]["_value"]["contains"]
    result = load(name)(data(name))
    assert set(contains) == set(result)
    if name == "extension_log":
        run = contains["last_run"]["contains"]
        assert set(run) == set(result["last_run"])
        assert set(run["signatures"]["contains"]) == set(result["last_run"]["signatures"][0])


@pytest.mark.parametrize("name", GOOD)
def test_ansible_finds_them(name: str) -> None:
    assert filter_loader.get(f"azvm.backup.{name}") is not None


def test_mounts_of_the_configuration() -> None:
    text = "[SnapshotThread]\nMountsToSkip=/a,/b\n"
    assert load("vmbackup_conf")(text, mounts=[{"path": "/a", "freezable": True}])["warnings"] == [{"id": "not_a_mount", "detail": "/b"}]


@pytest.mark.parametrize("mounts", ["/a", {"path": "/a"}, ["/a"], [{"freezable": True}]])
def test_mounts_of_another_shape_are_refused(mounts: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="`mounts` is a list"):
        load("vmbackup_conf")("[SnapshotThread]\n", mounts=mounts)


def test_a_configuration_that_the_extension_cannot_read_is_a_result() -> None:
    assert load("vmbackup_conf")("nothing of the kind\n")["reason"] == "no_section_header"

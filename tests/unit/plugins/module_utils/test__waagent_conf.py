# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""waagent.conf, edited and then read as the agent reads it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.module_utils import _waagent_conf as conf
from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError
from ansible_collections.azvm.backup.plugins.module_utils._waagent_conf_setter import AgentConf
from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.changing import change, tree_hash, undo_all
from hypothesis import given, settings
from hypothesis import strategies as st

# Shaped like the file of Debian's package.
FILE = """#
# Microsoft Azure Linux Agent Configuration
#

# Enable extension handling. Do not disable this unless you do not need password reset.
Extensions.Enabled=n

# Which provisioning agent to use.
Provisioning.Agent=cloud-init

# How often (in seconds) to poll for new goal states
#Extensions.GoalStatePeriod=6

HttpProxy.Host=None   # no proxy here
HttpProxy.Port=None

# AutoUpdate.Enabled=y
# AutoUpdate.UpdateToLatestVersion=y
OS.SshDir="/etc/ssh"
"""


def agent_reads(text: str) -> dict[str, str | None]:
    """The rules of the agent, written down a second time: one line after the other, the last one wins, `None` stands for nothing."""
    found: dict[str, str | None] = {}
    for line in text.split("\n"):
        if line[:1] == "#":
            continue
        parts = line.split("=", 1)
        if len(parts) == 2:
            value = parts[1].split("#")[0].strip('" ').strip()
            found[parts[0].strip()] = None if value == "None" else value
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "etc" / "waagent.conf"
    path.parent.mkdir()
    path.write_bytes(FILE.encode())
    path.chmod(0o640)
    return path


def run(file: Path, *, check_mode: bool = False, **values: Any) -> dict[str, Any]:
    names = {"extensions": "Extensions.Enabled", "update": "AutoUpdate.Enabled", "proxy": "HttpProxy.Host"}
    setter = AgentConf({"path": str(file), "settings": {names[name]: value for name, value in values.items()}})
    ended = change(file.parent.parent / "journal", setter, check_mode=check_mode, run="r1")
    return {"failed": ended.failed, "warned": setter.warnings, **ended.result}


def test_a_key_is_set_as_predicted_only_once_and_undone(file: Path) -> None:
    before = tree_hash(file.parent.parent)
    conf_before = tree_hash(file.parent)
    predicted = run(file, check_mode=True, extensions=True, update="y")
    assert tree_hash(file.parent.parent) == before
    done = run(file, extensions=True, update="y")
    assert not done["failed"], done
    for key in ("changed", "target", "before", "after", "diff", "undo"):
        assert predicted[key] == done[key], key
    assert done["before"] == {"settings": {"Extensions.Enabled": "n", "AutoUpdate.Enabled": None}}
    assert done["after"] == {"settings": {"Extensions.Enabled": "y", "AutoUpdate.Enabled": "y"}} and done["undo"] == "settings"
    # One line is another, one is new and stands behind its sample; nothing else is touched.
    sample = "# AutoUpdate.Enabled=y\n"
    expected = FILE.replace("Extensions.Enabled=n", "Extensions.Enabled=y").replace(sample, sample + sample[2:])
    assert file.read_text() == expected
    assert file.stat().st_mode & 0o777 == 0o640 and sorted(path.name for path in file.parent.iterdir()) == ["waagent.conf"]
    assert run(file, extensions=True, update="y")["changed"] is False
    assert [item["status"] for item in undo_all(file.parent.parent / "journal")] == ["undone"]
    assert tree_hash(file.parent) == conf_before


def test_undo_refuses_what_another_changed_since(file: Path) -> None:
    run(file, extensions=True)
    file.write_text(file.read_text() + "Logs.Verbose=y\n")
    assert [item["status"] for item in undo_all(file.parent.parent / "journal")] == ["refused"]
    assert "Extensions.Enabled=y" in file.read_text()


@pytest.mark.parametrize(
    ("line", "value", "expected"),
    [
        ("Extensions.Enabled=n", "y", "Extensions.Enabled=y"),
        ("Extensions.Enabled = n", "y", "Extensions.Enabled = y"),
        ("  Extensions.Enabled=n  # why", "y", "  Extensions.Enabled=y  # why"),
        ("Extensions.Enabled=n# why", "y", "Extensions.Enabled=y # why"),
        ("Extensions.Enabled=# why", "y", "Extensions.Enabled=y # why"),
        ('Extensions.Enabled="n"', "y", "Extensions.Enabled=y"),
        ("Extensions.Enabled=", "y", "Extensions.Enabled=y"),
        ("Extensions.Enabled=n\r\nA.B=1\r", "y", "Extensions.Enabled=y\r\nA.B=1\r"),
        ("Extensions.Enabled=n\nExtensions.Enabled=n", "y", "Extensions.Enabled=n\nExtensions.Enabled=y"),
        ("Extensions.Enabled=y\nExtensions.Enabled=n", "y", "Extensions.Enabled=y\nExtensions.Enabled=y"),
        ("Extensions.Enabled=n\nExtensions.Enabled=Y", "y", "Extensions.Enabled=n\nExtensions.Enabled=Y"),
        ("Extensions.Enabled=n", None, "Extensions.Enabled=None"),
        ("A.B=1", None, "A.B=1"),
        ("A.B=1", "y", "A.B=1\nExtensions.Enabled=y\n"),
        ("A.B=1\r\n", "y", "A.B=1\r\nExtensions.Enabled=y\r\n"),
        ("extensions.enabled=n\n", "y", "extensions.enabled=n\nExtensions.Enabled=y\n"),
        (" #Extensions.Enabled=n\n", "y", " #Extensions.Enabled=n\nExtensions.Enabled=y\n"),
        ("", "y", "Extensions.Enabled=y\n"),
    ],
)
def test_a_line_is_edited_as_the_agent_reads_it(line: str, value: str | None, expected: str) -> None:
    assert conf.edit(line, {"Extensions.Enabled": value}) == expected
    read = agent_reads(expected).get("Extensions.Enabled")
    assert (read.lower() if read else read) == value


LINE = st.one_of(
    st.sampled_from(["Extensions.Enabled=n", "#Extensions.Enabled=y", 'HttpProxy.Host = "y" # x', "HttpProxy.Host=None", "=", "a=b=c", "", "\ufeffA.B=1"]),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=30),
)
VALUE = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)


@settings(max_examples=500, deadline=None)
@given(st.lists(LINE, max_size=8), st.sampled_from(["\n", "\r\n"]), VALUE)
def test_what_is_written_is_read_and_the_rest_stays(lines: list[str], ending: str, value: str) -> None:
    text = ending.join(lines)
    assert conf.read(text) == agent_reads(text)
    try:
        asked = conf.checked({"HttpProxy.Host": value})
    except conf.EditError:
        assert value == "None" or not value.isprintable() or "#" in value or value.strip('" ').strip() != value
        return
    edited = conf.edit(text, asked)
    assert agent_reads(edited) == {**agent_reads(text), "HttpProxy.Host": value}
    assert conf.edit(edited, asked) == edited


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("Extensions", "y", "form Section.Name"),
        ("Extensions.Enabled\n", "y", "form Section.Name"),
        ("#A.B", "y", "form Section.Name"),
        ("A=.B", "y", "form Section.Name"),
        ("extensions.enabled", "y", "write Extensions.Enabled"),
        ("Extensions.Enabled", "yes", "give y or n"),
        ("Extensions.Enabled", 1, "give y or n"),
        ("HttpProxy.Port", "eighty", "whole number"),
        ("HttpProxy.Port", True, "whole number"),
        ("Provisioning.Agent", "y", "auto, waagent, cloud-init, disabled"),
        ("HttpProxy.Host", "a\nExtensions.Enabled=n", "line breaks"),
        ("HttpProxy.Host", "a#b", "line breaks, #"),
        ("HttpProxy.Host", " a", "blanks"),
        ("HttpProxy.Host", "None", "would not read"),
        ("HttpProxy.Host", ["a"], "is a list"),
        ("HttpProxy.Host", 1.5, "is a float"),
        ("HttpProxy.Host", "http://me:secret@proxy", "holds a password"),
    ],
)
def test_bad_settings_get_one_sentence(file: Path, name: str, value: Any, says: str) -> None:
    with pytest.raises(ChangeError, match=says) as raised:
        AgentConf({"path": str(file), "settings": {name: value}})
    assert "secret" not in str(raised.value) and "\n" not in str(raised.value)


def test_no_settings_are_no_change(file: Path) -> None:
    with pytest.raises(ChangeError, match="nothing to do"):
        AgentConf({"path": str(file), "settings": {}})


def test_a_password_in_the_file_is_not_shown(file: Path) -> None:
    file.write_text("HttpProxy.Host=http://me:secret@proxy\n")
    ended = run(file, proxy="proxy")
    assert ended["before"] == {"settings": {"HttpProxy.Host": "***@proxy"}} and "secret" not in str(ended)
    assert file.read_text() == "HttpProxy.Host=proxy\n"


@pytest.mark.parametrize(
    ("text", "values", "says"),
    [
        ("Extensions.Enabled=n\nExtensions.Enabled=n\n", {"extensions": "y"}, "stands 2 times"),
        ("\ufeffA.B=1\n", {"extensions": "y"}, "byte order mark"),
        ("AutoUpdate.UpdateToLatestVersion=n\n", {"update": "y"}, "UpdateToLatestVersion is n"),
        ("", {"extensions": "n"}, "runs no extension"),
    ],
)
def test_what_a_person_should_know_is_said(file: Path, text: str, values: dict[str, Any], says: str) -> None:
    file.write_text(text, encoding="utf-8")
    ended = run(file, **values)
    assert not ended["failed"] and any(says in warning for warning in ended["warned"])


def test_an_unknown_key_is_set_and_said(file: Path) -> None:
    setter = AgentConf({"path": str(file), "settings": {"Extensions.Enable": "y"}})
    assert change(file.parent.parent / "journal", setter).result["changed"] is True
    assert setter.warnings == ["No version of the agent that this collection knows reads Extensions.Enable."]


def test_files_that_are_not_what_they_seem_are_left(file: Path) -> None:
    (file.parent / "link").symlink_to(file)
    os.mkfifo(file.parent / "pipe")
    for name, says in (("link", "symbolic link"), ("pipe", "no regular file"), ("missing", "does not exist"), ("..", "name a regular file")):
        ended = run(file.parent / name, extensions="y")
        assert ended["failed"] and says in ended["msg"], ended
    file.write_bytes(b"A.B=\xff\n")
    ended = run(file, extensions="y")
    assert ended["failed"] and "no UTF-8 at byte 4" in ended["msg"]
    assert file.read_bytes() == b"A.B=\xff\n"


def test_a_file_that_another_writes_at_the_same_moment_is_left(file: Path) -> None:
    class Late(AgentConf):
        def act(self) -> None:
            file.write_text("Extensions.Enabled=n\nA.B=1\n")
            super().act()

    setter = Late({"path": str(file), "settings": {"Extensions.Enabled": "y"}})
    ended = change(file.parent.parent / "journal", setter)
    assert ended.failed and "changed by another at this moment" in ended.result["msg"]
    assert file.read_text() == "Extensions.Enabled=n\nA.B=1\n"


def test_a_replaced_file_counts_as_newer_than_what_ran_before(file: Path) -> None:
    """As the service module compares it, also where the clock of the file system is coarse."""
    at_first = time.time()
    time.sleep(0.02)
    run(file, extensions="y")
    assert file.stat().st_ctime > at_first

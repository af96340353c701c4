# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The package of the agent, with tools that keep what is installed in a file, as apt, dnf and zypper would."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.module_utils import _package_manager, _tools
from ansible_collections.azvm.backup.plugins.module_utils._agent_package import AgentPackage
from ansible_collections.azvm.backup.plugins.module_utils._journal import Journal
from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.changing import change, tree_hash
from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.real_mounts import double

# Each tool answers from the files `installed` (name version) and `offered` (the same), in the layout of the real one.
TOOLS = {
    "apt": {
        "dpkg-query": 'while read n v; do printf "installed\\t%s\\t%s\\n" $n $v; done < $STATE/installed; echo "no packages found matching x" >&2; exit 1',
        "apt-cache": r"""
name=$3; candidate=$(awk -v n="$name" '$1==n {print $2}' $STATE/offered)
[ -n "$candidate" ] || exit 0
printf '%s:\n  Installed: (none)\n  Candidate: %s\n  Version table:\n     %s 500\n' "$name" "$candidate" "$candidate" """,
    },
    "dnf": {
        "rpm": 'while read n v; do printf "%s\\t%s\\n" $n $v; done < $STATE/installed; echo "package x is not installed"; exit 1',
        "dnf": r"""
[ ! -e $STATE/no_cache ] || { echo "Error: Cache-only enabled but no cache for 'baseos'" >&2; exit 1; }
shift 4
awk -v n="$1" '$1==n {print $1 ".noarch  " $2 "  @baseos"}' $STATE/installed > $STATE/rows1
awk -v n="$1" '$1==n {print $1 ".noarch  " $2 "  baseos"}' $STATE/offered > $STATE/rows2
[ -s $STATE/rows1 ] || [ -s $STATE/rows2 ] || { echo "Error: No matching Packages to list" >&2; exit 1; }
[ ! -s $STATE/rows1 ] || { echo "Installed Packages"; cat $STATE/rows1; }
[ ! -s $STATE/rows2 ] || { echo "Available Packages"; cat $STATE/rows2; }
""",
    },
    "zypper": {
        "rpm": 'while read n v; do printf "%s\\t%s\\n" $n $v; done < $STATE/installed; echo "package x is not installed"; exit 1',
        "zypper": r"""
[ ! -e $STATE/no_cache ] || { echo "no repositories" >&2; exit 6; }
for name; do :; done
echo '<?xml version="1.0"?><stream><search-result version="0.0"><solvable-list>'
solvable() {
  while read n v; do [ "$n" != "$name" ] || echo "<solvable status='$1' name='$n' kind='package' edition='$v' arch='noarch' repository='$2'/>"; done < $3
}
solvable installed '(System Packages)' $STATE/installed
solvable not-installed SLE $STATE/offered
echo '</solvable-list></search-result></stream>'
""",
    },
}
NAMES = {"apt": "walinuxagent", "dnf": "WALinuxAgent", "zypper": "python311-azure-agent"}


class Repository:
    """A made-up host with one package manager."""

    def __init__(self, folder: Path, family: str) -> None:
        self.folder, self.family, self.name = folder, family, NAMES[family]
        for name, script in TOOLS[family].items():
            double(folder / "bin", name, script)
        (folder / "root" / "var/lib/dpkg").mkdir(parents=True)
        if family == "apt":
            (folder / "root" / "var/lib/dpkg/status").touch()
        self.set(None)
        self.offer()

    def set(self, version: str | None) -> None:
        (self.folder / "bin" / "installed").write_text(f"{self.name} {version}\n" if version else "")

    def offer(self, *versions: str) -> None:
        (self.folder / "bin" / "offered").write_text("".join(f"{self.name} {version}\n" for version in versions))

    def ask(self, check_mode: bool = False, minimum: str | None = "2.2.53.1", latest: bool = False, package: str | None = None, **told: Any) -> dict[str, Any]:
        setter = AgentPackage(package, minimum, latest, str(self.folder / "root"))
        ended = change(self.folder / "journal", setter, check_mode=check_mode, run="r1", **told)
        return {"failed": ended.failed, **ended.result}

    def entries(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = Journal(str(self.folder / "journal")).entries()
        return entries


@pytest.fixture(params=list(TOOLS))
def repository(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository(tmp_path, request.param)
    # Only these: the package tools of this machine must not answer.
    for name in ("awk", "cat", "dpkg", "sh"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin")
    monkeypatch.setattr(_tools, "PROGRAM_DIRS", "/nonexistent")
    return made


OLD, NEW = "2.2.45-1", "2.11.1.4-1"


def test_an_old_agent_is_upgraded_between_open_and_commit(repository: Repository) -> None:
    repository.set(OLD)
    repository.offer(NEW)
    before = tree_hash(repository.folder / "root")
    predicted = repository.ask(check_mode=True)
    assert tree_hash(repository.folder / "root") == before and not (repository.folder / "journal").exists()
    assert predicted["before"] == {"package": repository.name, "installed": OLD, "candidate": NEW}
    assert predicted["after"] == {"package": repository.name, "installed": NEW, "candidate": NEW}
    assert predicted["stock"] == {"module": "ansible.builtin.package", "options": {"name": repository.name, "state": "latest"}}
    opened = repository.ask(step="open")
    assert [entry["status"] for entry in repository.entries()] == ["open"]
    repository.set(NEW)
    done = repository.ask(step="commit", entry=opened["undo_id"])
    assert not done["failed"] and done["changed"], done
    for key in ("changed", "before", "after"):
        assert predicted[key] == opened[key] == done[key], key
    assert [(entry["status"], entry["undo"], entry["items"]) for entry in repository.entries()] == [("done", "none", [])]
    assert repository.ask()["changed"] is False


def test_a_commit_without_the_upgrade_is_a_failure(repository: Repository) -> None:
    repository.set(OLD)
    repository.offer(NEW)
    opened = repository.ask(step="open")
    ended = repository.ask(step="commit", entry=opened["undo_id"])
    assert ended["failed"] and [entry["status"] for entry in repository.entries()] == ["failed"]


def test_it_never_acts_by_itself(repository: Repository) -> None:
    repository.set(OLD)
    repository.offer(NEW)
    ended = repository.ask()
    assert ended["failed"] and "ansible.builtin.package" in ended["msg"] and repository.entries() == []


def test_an_agent_that_is_not_there_is_installed(repository: Repository) -> None:
    repository.offer(NEW)
    ended = repository.ask(check_mode=True)
    assert ended["changed"] and ended["before"] == {"package": repository.name, "installed": None, "candidate": NEW}


def test_a_good_enough_agent_is_left_alone_unless_the_latest_is_asked_for(repository: Repository) -> None:
    repository.set("2.7.0.6-1")
    repository.offer(NEW)
    ended = repository.ask()
    assert ended["changed"] is False and ended["stock"] is None
    assert repository.ask(check_mode=True, latest=True)["after"]["installed"] == NEW
    repository.set(NEW)
    assert repository.ask(latest=True)["changed"] is False


@pytest.mark.parametrize("offered", [(), (OLD,), ("2.2.46-1",)])
def test_a_repository_without_the_minimum_says_what_it_has_and_what_is_next(repository: Repository, offered: tuple[str, ...]) -> None:
    repository.set(OLD)
    repository.offer(*offered)
    ended = repository.ask(check_mode=True)
    assert ended["failed"]
    for words in (f"offer only {offered[0] if offered else OLD};", "older than 2.2.53.1", "AutoUpdate.Enabled=y", "refresh its lists"):
        assert words in ended["msg"], ended["msg"]


def test_no_package_anywhere(repository: Repository) -> None:
    ended = repository.ask()
    assert ended["failed"] and "No repository of this host offers walinuxagent or waagent" in ended["msg"]
    ended = repository.ask(package="my-agent")
    assert ended["failed"] and "offers my-agent;" in ended["msg"]


@pytest.mark.parametrize("repository", ["dnf", "zypper"], indirect=True)
def test_the_newest_of_several_counts(repository: Repository) -> None:
    repository.set(OLD)
    repository.offer("2.9.1-1", "2.11.1.4-1", "2.2.53.1-1")
    assert repository.ask(check_mode=True)["after"]["installed"] == "2.11.1.4-1"


@pytest.mark.parametrize("repository", ["dnf", "zypper"], indirect=True)
def test_lists_that_are_not_there_are_no_empty_repository(repository: Repository) -> None:
    repository.set(OLD)
    (repository.folder / "bin" / "no_cache").touch()
    ended = repository.ask()
    assert ended["failed"] and ("makecache" in ended["msg"] or "zypper refresh" in ended["msg"])


@pytest.mark.parametrize("minimum", ["new", "v2.2", " "])
def test_a_minimum_that_is_no_version_is_refused(repository: Repository, minimum: str) -> None:
    ended = repository.ask(minimum=minimum)
    assert ended["failed"] and "is no version" in ended["msg"]


def test_a_host_without_any_manager_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_package_manager, "find", lambda _name: None)
    ended = change(tmp_path, AgentPackage(None, "2.2.53.1", False, str(tmp_path)))
    assert ended.failed and "neither apt nor dnf nor zypper" in ended.result["msg"]

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit of the VM agent: a systemctl that keeps its units in files, and processes of a made-up host."""

from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING, Any

import pytest
from ansible_collections.azvm.backup.plugins.module_utils import _agent_service
from ansible_collections.azvm.backup.plugins.module_utils._agent_plan import PLAN
from ansible_collections.azvm.backup.plugins.module_utils._agent_service import AgentService
from ansible_collections.azvm.backup.plugins.module_utils._journal import Journal
from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.changing import change, tree_hash, undo_all

if TYPE_CHECKING:
    from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.conftest import FakeRoot

DEBIAN, OTHERS = "walinuxagent.service", "waagent.service"
TICKS = os.sysconf("SC_CLK_TCK")
UPTIME = 1000
HOST: Any = PLAN
LOCK = HOST["extension"]["lock"]
# A unit is a file of properties. Starting it makes process 101, started now, unless a test says what comes of a start.
SYSTEMCTL = r"""
set -e
unit=none
for word; do case $word in *.service) unit=$word;; esac; done
file=$STATE/$unit
put() { sed -i "s/^$1=.*/$1=$2/" "$file"; }
begin() {
    if [ -e $STATE/on_start ]; then . $STATE/on_start; else put ActiveState active; put MainPID 101; fi
}
case " $* " in
*" show "*) for word; do case $word in *.service)
    if [ -e $STATE/$word ]; then cat $STATE/$word; else printf 'Id=%s\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n' $word; fi; echo;; esac; done
    exit 0;;
esac
echo "$*" >> $STATE/calls
case " $* " in
*" enable "*) put UnitFileState enabled;;
*" disable "*) put UnitFileState disabled;;
*" start "*|*" restart "*) begin;;
*" stop "*) put ActiveState inactive;;
*) echo "unexpected: $*" >&2; exit 3;;
esac
"""


class Agent:
    """The host, and what a test asks of it."""

    def __init__(self, fake: FakeRoot) -> None:
        self.fake = fake
        self.state = fake.folder / "units"
        self.state.mkdir()
        fake.command("systemctl", f"STATE={self.state}\n{SYSTEMCTL}")
        (fake.root / "run/systemd/system").mkdir(parents=True)
        fake.put("/proc/uptime", f"{UPTIME}.00 100.00")
        fake.put("/proc/locks", "")
        fake.put("/proc/1/cmdline", "init\0")
        self.process(100, 500)
        self.process(101, 0)
        fake.put("/etc/waagent.conf", "Extensions.Enabled=y\n")

    def process(self, pid: int, age: int) -> None:
        self.fake.put(f"/proc/{pid}/stat", f"{pid} (a ) b) S " + " ".join(["0"] * 18) + f" {(UPTIME - age) * TICKS} 0 0")

    def unit(self, name: str = DEBIAN, **properties: str) -> None:
        found = {"Id": name, "LoadState": "loaded", "UnitFileState": "enabled", "ActiveState": "active", "ConditionResult": "yes", "MainPID": "100"}
        found.update(properties)
        (self.state / name).write_text("".join(f"{key}={value}\n" for key, value in found.items()))

    def calls(self) -> list[str]:
        path = self.state / "calls"
        return [" ".join(line.split()[1:]) for line in path.read_text().splitlines()] if path.exists() else []

    def run(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        told = {"configuration_in_use": False, "configuration_pending": False, "configuration": "/etc/waagent.conf", **options}
        plan = {**copy.deepcopy(PLAN), "program_dirs": [str(self.fake.bin)]}
        setter = AgentService(told, check_mode, str(self.fake.root), plan)
        ended = change(self.fake.folder / "journal", setter, check_mode=check_mode, run="r1")
        return {"failed": ended.failed, "warned": setter.warnings, **ended.result}

    def undo(self) -> list[str]:
        return [item["status"] for item in undo_all(self.fake.folder / "journal")]


@pytest.fixture
def agent(fake: FakeRoot, monkeypatch: pytest.MonkeyPatch) -> Agent:
    monkeypatch.setenv("PATH", f"{fake.bin}:{os.environ['PATH']}")
    monkeypatch.setattr(_agent_service, "SETTLE_SECONDS", 0)
    return Agent(fake)


@pytest.mark.parametrize("name", [DEBIAN, OTHERS])
def test_it_is_enabled_and_started_as_predicted_only_once_and_undone(agent: Agent, name: str) -> None:
    agent.unit(name, UnitFileState="disabled", ActiveState="inactive", MainPID="0")
    at_first = (agent.state / name).read_text()
    before = tree_hash(agent.fake.folder)
    predicted = agent.run(check_mode=True)
    assert tree_hash(agent.fake.folder) == before
    done = agent.run()
    assert not done["failed"], done
    for key in ("changed", "target", "before", "after", "diff", "undo"):
        assert predicted[key] == done[key], key
    assert done["target"] == name and done["undo"] == "settings"
    assert done["before"] == {"unit": name, "enabled": "disabled", "active": False, "configuration_in_use": None}
    assert done["after"] == {"unit": name, "enabled": "enabled", "active": True, "configuration_in_use": None}
    assert agent.calls() == [f"enable -- {name}", f"start -- {name}"]
    assert agent.run()["changed"] is False and len(agent.calls()) == 2
    assert agent.undo() == ["undone"]
    assert (agent.state / name).read_text() == at_first.replace("MainPID=0", "MainPID=101")
    assert agent.undo() == []


def test_of_two_units_the_one_that_runs_is_taken(agent: Agent) -> None:
    agent.unit(DEBIAN, ActiveState="inactive", UnitFileState="disabled")
    agent.unit(OTHERS, UnitFileState="disabled")
    assert agent.run()["target"] == OTHERS
    assert agent.calls() == [f"enable -- {OTHERS}"]


def test_of_two_units_that_do_not_run_the_masked_one_is_left(agent: Agent) -> None:
    agent.unit(DEBIAN, ActiveState="inactive", UnitFileState="masked", LoadState="masked")
    agent.unit(OTHERS, ActiveState="inactive")
    assert agent.run()["target"] == OTHERS
    assert agent.calls() == [f"start -- {OTHERS}"]


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ({"UnitFileState": "masked", "LoadState": "masked", "ActiveState": "inactive"}, "is masked, which a person did"),
        ({"UnitFileState": "masked-runtime", "LoadState": "loaded"}, "is masked, which a person did"),
        ({"LoadState": "bad-setting"}, "systemd cannot load"),
    ],
)
def test_a_unit_that_a_person_has_to_look_at_is_left_alone(agent: Agent, properties: dict[str, str], says: str) -> None:
    agent.unit(**properties)
    ended = agent.run()
    assert ended["failed"] and says in ended["msg"] and DEBIAN in ended["msg"]
    assert agent.calls() == [] and Journal(str(agent.fake.folder / "journal")).entries() == []


def test_a_static_unit_is_started_and_said_to_be_static(agent: Agent) -> None:
    agent.unit(UnitFileState="static", ActiveState="inactive")
    ended = agent.run()
    assert not ended["failed"] and agent.calls() == [f"start -- {DEBIAN}"]
    assert ended["warned"] == [f"{DEBIAN} is static, which is left so; check that it starts with the host."]


def test_no_agent_and_no_systemd_are_said(agent: Agent) -> None:
    ended = agent.run()
    assert ended["failed"] and f"neither {DEBIAN} nor {OTHERS}" in ended["msg"] and "fix_guest_agent_upgrade_linux" in ended["msg"]
    (agent.fake.root / "run/systemd/system").rmdir()
    ended = agent.run()
    assert ended["failed"] and "systemd does not run on this host" in ended["msg"]


def test_a_systemctl_that_says_nothing_is_not_taken_for_a_missing_agent(agent: Agent) -> None:
    agent.fake.command("systemctl", "echo 'Failed to connect to bus' >&2; exit 1")
    ended = agent.run()
    assert ended["failed"] and "cannot show" in ended["msg"] and "Failed to connect to bus" in ended["msg"]


def test_a_condition_that_does_not_hold_fails_and_puts_back(agent: Agent) -> None:
    agent.unit(UnitFileState="disabled", ActiveState="inactive")
    (agent.state / "on_start").write_text("put ConditionResult no\n")
    ended = agent.run()
    assert ended["failed"] and "a condition of the unit does not hold" in ended["msg"]
    assert agent.calls() == [f"enable -- {DEBIAN}", f"start -- {DEBIAN}", f"disable -- {DEBIAN}"]


def test_an_agent_that_ends_at_once_is_a_failure(agent: Agent) -> None:
    agent.unit(ActiveState="inactive")
    (agent.state / "on_start").write_text("put ActiveState failed\n")
    ended = agent.run()
    assert ended["failed"] and "was started and does not run (failed)" in ended["msg"]


def test_an_agent_older_than_its_configuration_is_restarted_once(agent: Agent) -> None:
    agent.unit()
    predicted = agent.run(check_mode=True, configuration_in_use=True)
    assert agent.calls() == []
    done = agent.run(configuration_in_use=True)
    assert not done["failed"], done
    assert done["before"]["configuration_in_use"] is False and done["after"]["configuration_in_use"] is True
    assert (predicted["before"], predicted["after"]) == (done["before"], done["after"])
    assert agent.calls() == [f"restart -- {DEBIAN}"]
    assert agent.run(configuration_in_use=True)["changed"] is False and len(agent.calls()) == 1
    assert agent.undo() == ["already"]


def test_a_file_moved_into_place_with_an_old_time_counts_as_new(agent: Agent) -> None:
    agent.unit()
    os.utime(agent.fake.root / "etc/waagent.conf", (1000000000, 1000000000))
    assert agent.run(check_mode=True, configuration_in_use=True)["changed"] is True


def test_a_restart_is_predicted_while_the_file_is_only_planned(agent: Agent) -> None:
    agent.unit(MainPID="101")
    assert agent.run(check_mode=True, configuration_in_use=True)["changed"] is False
    predicted = agent.run(check_mode=True, configuration_in_use=True, configuration_pending=True)
    assert predicted["changed"] and predicted["after"]["configuration_in_use"] is True
    assert agent.run(configuration_in_use=True, configuration_pending=True)["changed"] is False


def test_an_agent_that_does_not_run_is_started_not_restarted(agent: Agent) -> None:
    agent.unit(ActiveState="inactive", MainPID="0")
    assert agent.run(configuration_in_use=True)["failed"] is False
    assert agent.calls() == [f"start -- {DEBIAN}"]


def test_no_restart_while_the_extension_works(agent: Agent) -> None:
    agent.unit()
    agent.fake.put("/proc/77/cmdline", f"/bin/sh\0{HOST['agent']['lib_dir']}/{HOST['extension']['handler']}-1.0/main/handle.sh\0")
    agent.fake.put("/proc/77/stat", "77 (sh) S " + " ".join(["0"] * 18) + " 1 0")
    ended = agent.run(configuration_in_use=True)
    assert ended["failed"] and "process 77" in ended["msg"] and agent.calls() == []
    # Only a restart would break the backup.
    agent.unit(UnitFileState="disabled")
    assert agent.run()["failed"] is False


def test_no_restart_while_the_freeze_lock_is_held(agent: Agent) -> None:
    agent.unit()
    status = agent.fake.put(LOCK, "").stat()
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    agent.fake.put("/proc/locks", f"1: POSIX  ADVISORY  WRITE 77 {device}:{status.st_ino} 0 EOF\n")
    ended = agent.run(configuration_in_use=True)
    assert ended["failed"] and "freeze lock" in ended["msg"] and agent.calls() == []


def test_what_cannot_be_told_is_not_taken_for_in_use(agent: Agent) -> None:
    agent.unit(MainPID="999")
    ended = agent.run(configuration_in_use=True)
    assert ended["failed"] and "process 999" in ended["msg"]
    agent.unit()
    (agent.fake.root / "etc/waagent.conf").unlink()
    ended = agent.run(configuration_in_use=True)
    assert ended["failed"] and "/etc/waagent.conf does not exist" in ended["msg"] and agent.calls() == []

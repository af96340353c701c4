# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.azvm.backup.plugins.module_utils import _linux_agent as agent

UNITS = """Id=walinuxagent.service
LoadState=loaded
ActiveState=inactive
SubState=dead
UnitFileState=enabled
ConditionResult=no
ConditionTimestampMonotonic=123

Id=waagent.service
LoadState=not-found
ActiveState=inactive
"""


def test_package_of_dpkg(fake):
    fake.put("/var/lib/dpkg/status", "x")
    fake.command("dpkg-query", "printf 'config-files\\twalinuxagent\\t1\\ninstalled\\twaagent\\t2.7.3.0-4.1\\n'; exit 1")
    assert fake.collect(agent.agent_package)["data"] == {"manager": "dpkg", "name": "waagent", "version": "2.7.3.0-4.1"}


def test_package_of_rpm(fake):
    fake.put("/var/lib/rpm/rpmdb.sqlite", "x")
    fake.command("rpm", "printf 'package waagent is not installed\\nWALinuxAgent\\t2.11.1.4-1.el9\\n'; exit 1")
    assert fake.collect(agent.agent_package)["data"] == {"manager": "rpm", "name": "WALinuxAgent", "version": "2.11.1.4-1.el9"}


def test_rpm_is_not_asked_where_it_would_make_its_database(fake):
    fake.command("rpm", f"touch {fake.folder}/was-run")
    assert fake.collect(agent.agent_package)["status"] == "absent"
    assert not (fake.folder / "was-run").exists()


def test_service_lists_only_units_that_exist(fake):
    fake.put("/run/systemd/system/.keep")
    fake.command("systemctl", f"cat <<'EOF'\n{UNITS}EOF")
    source = fake.collect(agent.agent_service)
    assert source["data"] == [
        {
            "name": "walinuxagent.service",
            "load_state": "loaded",
            "active_state": "inactive",
            "sub_state": "dead",
            "unit_file_state": "enabled",
            "condition_result": False,
        }
    ]


def test_a_condition_that_was_never_looked_at_is_unknown(fake):
    fake.put("/run/systemd/system/.keep")
    fake.command("systemctl", "cat <<'EOF'\n" + UNITS.replace("Monotonic=123", "Monotonic=0") + "EOF")
    assert fake.collect(agent.agent_service)["data"][0]["condition_result"] is None


def test_no_unit_of_the_agent_is_absent(fake):
    fake.put("/run/systemd/system/.keep")
    fake.command("systemctl", "printf 'Id=walinuxagent.service\\nLoadState=not-found\\n\\nId=waagent.service\\nLoadState=not-found\\n'")
    assert fake.collect(agent.agent_service)["status"] == "absent"


def test_a_unit_file_without_systemd_is_not_absent(fake):
    assert fake.collect(agent.agent_service)["status"] == "absent"
    fake.put("/usr/lib/systemd/system/waagent.service", "[Unit]\n")
    assert fake.collect(agent.agent_service)["status"] == "failed"


def test_a_bus_that_does_not_answer_is_failed(fake):
    fake.put("/run/systemd/system/.keep")
    fake.command("systemctl", "echo 'Failed to connect to bus: Connection refused' >&2; exit 1")
    source = fake.collect(agent.agent_service)
    assert source["status"] == "failed"
    assert "Connection refused" in source["error"]


def test_version_and_configuration(fake):
    fake.command("waagent", 'echo "asked $1 in $LC_ALL"')
    fake.put("/var/log/azure/.keep")
    assert fake.collect(agent.agent_version) == {"status": "ok", "text": "asked --version in C\n", "truncated": False, "exit_code": 0}
    assert fake.collect(agent.agent_config)["text"] == "asked --show-configuration in C\n"


def test_an_agent_that_breaks_is_failed_with_what_it_said(fake):
    fake.command("waagent", "echo half; echo ModuleNotFoundError >&2; exit 1")
    source = fake.collect(agent.agent_version)
    assert (source["status"], source["exit_code"], source["text"]) == ("failed", 1, "half\n")
    assert "ModuleNotFoundError" in source["error"]


def test_a_hung_agent_is_a_timeout(fake):
    fake.command("waagent", "sleep 60")
    from ansible_collections.azvm.backup.plugins.module_utils._linux_run import run_all

    source = run_all({"it": lambda: agent.agent_version(fake.host())}, 1, 5, 1000)["it"]
    assert source["status"] == "timeout"


@pytest.mark.parametrize("config", ["", "Extension.LogDir=/var/log/elsewhere  # moved\n"])
def test_the_agent_is_not_asked_where_it_would_make_a_folder(fake, config):
    fake.command("waagent", f"touch {fake.folder}/was-run")
    fake.put("/etc/waagent.conf", config)
    if config:
        fake.put("/var/log/azure/.keep")
    assert fake.collect(agent.agent_config)["status"] == "absent"
    assert not (fake.folder / "was-run").exists()


def test_configuration_file(fake):
    assert fake.collect(agent.agent_config_file)["status"] == "absent"
    fake.put("/etc/waagent.conf", "HttpProxy.Host=me:SECRET@proxy\nExtensions.Enabled=n\n")
    source = fake.collect(agent.agent_config_file)
    assert source["text"] == "HttpProxy.Host=***@proxy\nExtensions.Enabled=n\n"
    assert source["path"] == "/etc/waagent.conf"


def test_the_newest_status_report_wins_wherever_it_is(fake):
    import os

    old = fake.put("/var/lib/waagent/waagent_status.json", '{"old": 1}')
    os.utime(old, (1, 1))
    fake.put("/var/lib/waagent/history/2026-11-22T07-00-00__1/GoalState.xml", "")
    assert fake.collect(agent.agent_status)["text"] == '{"old": 1}'
    fake.put("/var/lib/waagent/history/2026-11-22T07-00-00__1/waagent_status.json", '{"new": 1}')
    assert fake.collect(agent.agent_status)["text"] == '{"new": 1}'


def test_the_agents_folder_is_closed_to_others(fake):
    fake.put("/var/lib/waagent/waagent_status.json", "{}")
    (fake.root / "var/lib/waagent").chmod(0o700)
    assert fake.collect(agent.agent_status)["status"] == "ok"
    assert fake.collect_as_nobody(agent.agent_status)["status"] == "denied"

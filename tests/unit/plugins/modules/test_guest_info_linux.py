# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from ansible.module_utils import basic
from ansible_collections.azvm.backup.plugins.module_utils import _linux_sources
from ansible_collections.azvm.backup.plugins.modules import guest_info_linux

ROOT = Path(__file__).parents[4]
PLAN = yaml.safe_load((ROOT / "plugins" / "plugin_utils" / "_collect_linux.yml").read_text(encoding="utf-8"))
TARGET_FILES = [*sorted((ROOT / "plugins" / "module_utils").glob("_linux_*.py")), ROOT / "plugins" / "modules" / "guest_info_linux.py"]
PYENV = Path.home() / ".pyenv" / "versions"
STATUSES = {"ok", "absent", "denied", "timeout", "failed"}


def _arguments(arguments):
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # ansible-core 2.16
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
        return contextlib.nullcontext()
    return patch_module_args(arguments)


def _run(capfd, **arguments):
    with _arguments({"plan": PLAN, "wireserver": "127.0.0.1", **arguments}), pytest.raises(SystemExit):
        guest_info_linux.main()
    return json.loads(capfd.readouterr().out)


def _documented_sources():
    text = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    section = text.partition("## Linux sources")[2].partition("\n## ")[0]
    return set(re.findall(r"(?m)^\| `(\w+)` \|", section))


def test_every_documented_source_is_collected_and_no_other(capfd):
    result = _run(capfd)
    sources = result["evidence"]["sources"]
    assert set(sources) == _documented_sources()
    assert result["changed"] is False
    for name, source in sources.items():
        assert source["status"] in STATUSES, name
        # This machine is no test host, but nothing of the collector itself may break on it.
        assert source["status"] != "failed" or source["error"], name
        assert (source["status"] == "ok") or source["error"], name


def test_the_rest_of_the_evidence(capfd):
    evidence = _run(capfd, _ansible_check_mode=True)["evidence"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", evidence["collected_at"])
    assert set(evidence["collector"]) == {"elevated", "seconds"}
    assert evidence["collector"]["elevated"] is (os.geteuid() == 0)
    assert set(evidence["host"]) == {"computer_name", "os", "os_name", "os_version", "vm_id"}
    assert evidence["host"]["os"] == "linux"


def test_one_broken_source_does_not_stop_the_others(capfd, monkeypatch):
    def broken(_host):
        raise TypeError("a defect")

    monkeypatch.setitem(_linux_sources.SOURCES, "memory", broken)
    sources = _run(capfd)["evidence"]["sources"]
    assert sources["memory"] == {"status": "failed", "error": "TypeError: a defect"}
    assert sources["mounts"]["status"] == "ok"


def test_a_plan_without_a_part_breaks_only_what_needs_it(capfd):
    sources = _run(capfd, plan={key: value for key, value in PLAN.items() if key != "selinux"})["evidence"]["sources"]
    assert sources["selinux"]["status"] == "failed"
    assert sources["memory"]["status"] == "ok"


def test_another_root_is_read_without_running_anything(capfd, tmp_path):
    (tmp_path / "etc/azure").mkdir(parents=True)
    (tmp_path / "etc/azure/vmbackup.conf").write_text("[SnapshotThread]\n", encoding="utf-8")
    (tmp_path / "etc/os-release").write_text('PRETTY_NAME="Other Linux 9"\nVERSION_ID="9.4"\n', encoding="utf-8")
    evidence = _run(capfd, root=str(tmp_path))["evidence"]
    assert evidence["sources"]["vmbackup_conf"]["text"] == "[SnapshotThread]\n"
    assert (evidence["host"]["os_name"], evidence["host"]["os_version"]) == ("Other Linux 9", "9.4")
    for name in ("agent_version", "block_devices", "filesystem_log", "wireserver", "memory"):
        assert evidence["sources"][name]["status"] == "absent", name


@pytest.mark.parametrize(
    ("arguments", "part"),
    [({"timeout": 0}, "timeout is 0"), ({"max_bytes": -1}, "max_bytes is -1"), ({"window_start": "yesterday"}, "yesterday"), ({"plan": "x"}, "plan")],
)
def test_wrong_options_are_refused_with_one_sentence(capfd, arguments, part):
    result = _run(capfd, **arguments)
    assert result["failed"] is True
    assert part in result["msg"]


def test_the_log_window_begins_where_it_is_told(capfd, tmp_path):
    (tmp_path / "var/log").mkdir(parents=True)
    (tmp_path / "var/log/waagent.log").write_text("2020-01-01T07:00:00Z ERROR before\n2020-01-01T09:00:00Z ERROR after\n", encoding="utf-8")
    assert _run(capfd, root=str(tmp_path))["evidence"]["sources"]["waagent_log"]["text"] == ""
    log = _run(capfd, root=str(tmp_path), window_start="2020-01-01T08:00:00Z")["evidence"]["sources"]["waagent_log"]
    assert log["text"] == "2020-01-01T09:00:00Z ERROR after\n"


@pytest.mark.parametrize("version", ["3.6.15", "3.7.16", "3.9.18"])
def test_what_runs_on_hosts_compiles_on_old_pythons(version, tmp_path):
    python = PYENV / version / "bin" / "python"
    if not python.exists():
        pytest.skip(f"NOT CHECKED: Python {version} is not here")
    program = "import sys; [compile(open(name, encoding='utf-8').read(), name, 'exec') for name in sys.argv[1:]]"
    done = subprocess.run([str(python), "-c", program, *map(str, TARGET_FILES)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_sizes_of_the_files():
    for path in TARGET_FILES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= (150 if path.parent.name == "modules" else 250), path

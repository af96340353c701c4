# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owner and mode of real files, judged by the reader that the diagnosis uses."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.azvm.backup.plugins.module_utils._script_config import CONFIG, HOST_CONFIG, LOCATIONS, LONGEST_SECONDS
from ansible_collections.azvm.backup.plugins.module_utils._snapshot_scripts import ScriptPermissions
from ansible_collections.azvm.backup.plugins.plugin_utils._parse import _linux_scripts
from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.changing import change, tree_hash, undo_all

COLLECT = yaml.safe_load((Path(__file__).parents[4] / "plugins" / "plugin_utils" / "_collect_linux.yml").read_text(encoding="utf-8"))
NOBODY = 65534

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="NOT CHECKED: only root can give files away; run the tests as root")


class Scripts:
    """A host with both configurations and both scripts, all as the extension wants them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.etc = folder, folder / "etc"
        self.etc.mkdir(mode=0o755)
        self.config, self.host = self.etc / "config.json", self.etc / "host.conf"
        self.pre, self.post = self.etc / "pre.sh", self.etc / "post.sh"
        self.settings: dict[str, Any] = {"preScriptLocation": str(self.pre), "postScriptLocation": str(self.post), "timeoutInSeconds": 30}
        self.write()
        self.put(self.host, "[pre_post]\ntimeoutInSeconds = 1800\n", 0o600)
        for path in (self.pre, self.post):
            # Nobody may run it: it would leave this trace.
            self.put(path, f"#!/bin/sh\ntouch {folder}/was-run\n", 0o700)

    def put(self, path: Path, text: str, mode: int) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)

    def write(self, mode: int = 0o600, **settings: Any) -> None:
        self.put(self.config, json.dumps({**self.settings, **settings}), mode)

    def run(self, check_mode: bool = False, trust: bool = False) -> dict[str, Any]:
        setter = ScriptPermissions({"path": str(self.config), "host_config": str(self.host), "trust_content": trust})
        ended = change(self.folder / "journal", setter, check_mode=check_mode, run="r1")
        return {"failed": ended.failed, "warned": setter.warnings, **ended.result}

    def undo(self) -> list[str]:
        return [item["status"] for item in undo_all(self.folder / "journal")]

    def complaints(self) -> list[str]:
        """What the diagnosis says of owners and modes."""

        def seen(path: Path, **more: Any) -> dict[str, Any]:
            status = path.stat()
            return {"path": str(path), "exists": True, "mode": f"{stat.S_IMODE(status.st_mode):04o}", "uid": status.st_uid, "gid": status.st_gid, **more}

        data = {
            "plugin_config": seen(self.config, text=self.config.read_text()),
            "host_config": seen(self.host, text=self.host.read_text()),
            "scripts": [seen(self.pre, role="pre"), seen(self.post, role="post")],
        }
        found: list[str] = [problem["id"] for problem in _linux_scripts.snapshot_scripts({"data": data}, None)["problems"]]  # type: ignore[arg-type]
        return found


@pytest.fixture
def scripts(tmp_path: Path) -> Scripts:
    return Scripts(tmp_path)


def test_the_names_are_those_of_the_collector_and_of_the_diagnosis() -> None:
    plan = COLLECT["snapshot_scripts"]
    assert (plan["plugin_config"], plan["host_config"]) == (CONFIG, HOST_CONFIG)
    assert (plan["pre_key"], plan["post_key"]) == LOCATIONS
    assert _linux_scripts.LONGEST_SECONDS == LONGEST_SECONDS


def test_what_is_accepted_stays(scripts: Scripts) -> None:
    scripts.config.chmod(0o400)
    scripts.host.chmod(0o644)
    scripts.pre.chmod(0o600)
    os.chown(scripts.post, 0, NOBODY)
    assert scripts.complaints() == []
    ended = scripts.run()
    assert ended["changed"] is False and ended["warned"] == [], ended


def test_modes_are_corrected_as_predicted_only_once_and_undone(scripts: Scripts) -> None:
    for path, mode in ((scripts.config, 0o700), (scripts.host, 0o645), (scripts.pre, 0o755), (scripts.post, 0o4711)):
        path.chmod(mode)
    assert sorted(scripts.complaints()) == ["config_mode", "host_config_mode", "script_mode", "script_mode"]
    before, etc = tree_hash(scripts.folder), tree_hash(scripts.etc)
    predicted = scripts.run(check_mode=True)
    assert tree_hash(scripts.folder) == before
    done = scripts.run()
    assert not done["failed"], done
    for key in ("changed", "target", "before", "after", "diff", "undo"):
        assert predicted[key] == done[key], key
    assert scripts.complaints() == [] and done["undo"] == "exact"
    assert {path: state["mode"] for path, state in done["after"]["files"].items()} == {
        str(scripts.config): "0600",
        str(scripts.host): "0600",
        str(scripts.pre): "0700",
        str(scripts.post): "0700",
    }
    assert scripts.run()["changed"] is False
    assert scripts.undo() == ["undone"] and tree_hash(scripts.etc) == etc
    assert scripts.undo() == [] and not (scripts.folder / "was-run").exists()


@pytest.mark.parametrize("name", ["config", "host", "pre", "post"])
@pytest.mark.parametrize(("uid", "gid", "mode"), [(NOBODY, NOBODY, 0o600), (0, 0, 0o602), (0, NOBODY, 0o670)])
def test_what_others_could_write_takes_a_person_who_has_read_it(scripts: Scripts, name: str, uid: int, gid: int, mode: int) -> None:
    path: Path = getattr(scripts, name)
    os.chown(path, uid, gid)
    path.chmod(mode)
    etc = tree_hash(scripts.etc)
    ended = scripts.run()
    assert ended["failed"] and str(path) in ended["msg"] and "trust_content" in ended["msg"] and "chown root:root" in ended["msg"]
    assert tree_hash(scripts.etc) == etc and not (scripts.folder / "journal").exists()
    done = scripts.run(trust=True)
    assert not done["failed"], done
    assert scripts.complaints() == [] and path.stat().st_uid == 0
    assert scripts.undo() == ["undone"] and tree_hash(scripts.etc) == etc


def test_undo_refuses_what_another_changed_since(scripts: Scripts) -> None:
    scripts.pre.chmod(0o755)
    scripts.run()
    scripts.pre.chmod(0o500)
    assert scripts.undo() == ["refused"] and scripts.pre.stat().st_mode & 0o777 == 0o500


def test_the_setuid_bit_does_not_come_along_to_root(scripts: Scripts) -> None:
    os.chown(scripts.pre, NOBODY, NOBODY)
    scripts.pre.chmod(0o4700)
    ended = scripts.run(trust=True)
    assert not ended["failed"] and scripts.pre.stat().st_mode & 0o7777 == 0o700


def test_a_host_without_scripts_is_left(scripts: Scripts) -> None:
    scripts.config.unlink()
    ended = scripts.run()
    assert ended["changed"] is False and ended["warned"] == []


def test_links_are_not_followed(scripts: Scripts) -> None:
    real = scripts.folder / "real.sh"
    scripts.put(real, "", 0o755)
    folder = scripts.folder / "folder"
    folder.symlink_to(scripts.etc)
    (scripts.etc / "link.sh").symlink_to(real)
    scripts.post.chmod(0o755)
    for location in (scripts.etc / "link.sh", folder / "post.sh"):
        scripts.write(preScriptLocation=str(location))
        ended = scripts.run()
        assert ended["failed"] and "symbolic link" in ended["msg"] and str(location) in ended["msg"]
    assert real.stat().st_mode & 0o777 == 0o755 and scripts.post.stat().st_mode & 0o777 == 0o755


def test_a_link_put_there_at_the_same_moment_is_not_followed(scripts: Scripts) -> None:
    real = scripts.folder / "real.sh"
    scripts.put(real, "", 0o755)
    scripts.pre.chmod(0o755)

    class Late(ScriptPermissions):
        def act(self) -> None:
            scripts.pre.unlink()
            scripts.pre.symlink_to(real)
            super().act()

    setter = Late({"path": str(scripts.config), "host_config": str(scripts.host), "trust_content": False})
    ended = change(scripts.folder / "journal", setter)
    assert ended.failed and "symbolic link" in ended.result["msg"]
    assert real.stat().st_mode & 0o777 == 0o755


def test_folders_pipes_and_second_names_are_refused(scripts: Scripts) -> None:
    (scripts.etc / "folder").mkdir()
    os.mkfifo(scripts.etc / "pipe")
    for name in ("folder", "pipe", "pre.sh/x"):
        scripts.write(preScriptLocation=str(scripts.etc / name))
        ended = scripts.run()
        assert ended["failed"] and "no regular file" in ended["msg"]
    os.link(scripts.post, scripts.etc / "second")
    scripts.write()
    assert scripts.run()["failed"] is False
    scripts.post.chmod(0o755)
    ended = scripts.run()
    assert ended["failed"] and "2 names" in ended["msg"]


@pytest.mark.parametrize("path", ["/usr/bin/true", "/usr/local/../bin/true"])
def test_programs_of_the_system_keep_their_mode(scripts: Scripts, path: str) -> None:
    mode = Path("/usr/bin/true").stat().st_mode
    scripts.write(postScriptLocation=path)
    ended = scripts.run(check_mode=True, trust=True)  # check mode: when this fails, the machine must not suffer
    assert ended["failed"] and "/usr/bin/true is a program of the system" in ended["msg"]
    assert Path("/usr/bin/true").stat().st_mode == mode


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "no JSON: .* in line 1, column 2"),
        (b"\xff", "no UTF-8 at byte 0"),
        (b"[]", "no JSON object"),
        (b"\xef\xbb\xbf{}", "no JSON"),
        (b"[" * 100000, "no JSON"),
    ],
)
def test_a_configuration_that_is_no_json_is_said(scripts: Scripts, content: bytes, says: str) -> None:
    scripts.config.write_bytes(content)
    scripts.pre.chmod(0o755)
    ended = scripts.run()
    assert ended["failed"] and re.search(says, ended["msg"]) and str(scripts.config) in ended["msg"]
    assert scripts.pre.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"timeoutInSeconds": "30"}, "timeoutInSeconds has to be a whole number"),
        ({"timeoutInSeconds": True}, "timeoutInSeconds has to be a whole number"),
        ({"timeoutInSeconds": 1801}, "timeoutInSeconds is 1801, and the plugin host ends a script after 1800 s"),
        ({"preScriptParams": "secret"}, "preScriptParams has to be a list of texts"),
        ({"fsFreezeEnabled": "true"}, "fsFreezeEnabled has to be true or false"),
        ({"preScriptLocation": 7}, "preScriptLocation has to be text"),
        ({"preScriptLocation": ""}, "preScriptLocation is empty"),
        ({"preScriptLocation": "pre.sh"}, "no absolute path"),
        ({"preScriptLocation": "/etc/azure/a\nb"}, "no absolute path"),
        ({"preScriptLocation": "/etc/\0"}, "no absolute path"),
        ({"preScriptLocation": "/etc/\ud800"}, "no absolute path"),
        ({"preScriptLocation": "/no/such/script"}, "'/no/such/script', which .* names, does not exist"),
        ({"preScriptLocaton": "x"}, "No code of the extension reads 'preScriptLocaton'"),
        ({"ScriptsExecutionPollTimeSeconds": 0}, "has to be 1 to 5"),
    ],
)
def test_what_the_extension_takes_otherwise_is_said(scripts: Scripts, values: dict[str, Any], says: str) -> None:
    scripts.write(**values)
    ended = scripts.run()
    assert not ended["failed"] and ended["changed"] is False, ended
    assert any(re.search(says, warning) for warning in ended["warned"]), ended["warned"]
    assert "secret" not in str(ended) and not any("\n" in warning for warning in ended["warned"])


def test_the_limit_of_the_plugin_host_counts(scripts: Scripts) -> None:
    scripts.host.write_text("[pre_post]\ntimeoutInSeconds = 20\n")
    assert any("ends a script after 20 s" in warning for warning in scripts.run()["warned"])
    scripts.host.write_text("timeoutInSeconds = 20\n")
    assert any("cannot use" in warning and "MissingSectionHeaderError" in warning for warning in scripts.run()["warned"])
    scripts.host.write_text("[other]\n")
    assert any("no section [pre_post]" in warning for warning in scripts.run()["warned"])
    scripts.host.write_bytes(b"\xff")
    assert any("cannot use" in warning for warning in scripts.run()["warned"])


def test_folders_in_which_others_may_write_are_said(scripts: Scripts) -> None:
    scripts.etc.chmod(0o777)
    warned = [warning for warning in scripts.run()["warned"] if "may be replaced" in warning]
    assert len(warned) == 4 and all(warning.endswith(f"they may write in {scripts.etc}.") for warning in warned)
    scripts.etc.chmod(0o1777)
    assert scripts.run()["warned"] == []
    os.chown(scripts.etc, NOBODY, 0)
    assert len(scripts.run()["warned"]) == 4


def test_names_with_line_breaks_do_not_break_the_report(scripts: Scripts) -> None:
    scripts.write(preScriptLocation=str(scripts.etc / "a\nb"))
    scripts.put(scripts.etc / "a\nb", "", 0o755)
    ended = scripts.run()
    assert ended["changed"] is False and any("a\\nb" in warning for warning in ended["warned"])
    assert (scripts.etc / "a\nb").stat().st_mode & 0o777 == 0o755


def test_a_script_that_is_the_configuration_keeps_the_rule_of_that(scripts: Scripts) -> None:
    scripts.write(preScriptLocation=str(scripts.config))
    scripts.config.chmod(0o700)
    assert scripts.run()["after"]["files"][str(scripts.config)]["mode"] == "0600"


def test_an_unprivileged_run_says_what_it_lacks(scripts: Scripts) -> None:
    scripts.etc.chmod(0o700)
    os.seteuid(NOBODY)
    try:
        ended = scripts.run(check_mode=True)
    finally:
        os.seteuid(0)
    assert ended["failed"] and ended["msg"] == f"'{scripts.config}' cannot be looked at (Permission denied), so nothing was changed; run as root."

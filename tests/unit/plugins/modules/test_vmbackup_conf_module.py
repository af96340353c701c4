# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module over real files, judged by configparser as the extension uses it."""

from __future__ import annotations

import configparser
import contextlib
import functools
import io
import itertools
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from ansible.module_utils import basic
from ansible_collections.azvm.backup.plugins.module_utils._change import run_change
from ansible_collections.azvm.backup.plugins.module_utils._journal import Journal
from ansible_collections.azvm.backup.plugins.modules import vmbackup_conf
from ansible_collections.azvm.backup.plugins.modules.undo_linux import choose, undo_entry
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[4]
SECTION = "SnapshotThread"
Run = Callable[..., dict[str, Any]]


def _arguments(arguments: dict[str, Any]) -> Any:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # ansible-core 2.16
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
        return contextlib.nullcontext()
    return patch_module_args(arguments)


def run_module(path: Path, journal: Path, check: bool = False, **options: Any) -> dict[str, Any]:
    """The result of the module, with its warnings."""
    warned: list[str] = []
    output = io.StringIO()
    road = functools.partial(run_change, folder=str(journal))
    with (
        _arguments({"path": str(path), "_ansible_check_mode": check, **options}),
        mock.patch.object(vmbackup_conf, "run_change", road),
        mock.patch.object(basic.AnsibleModule, "warn", lambda _self, text: warned.append(text)),
        contextlib.redirect_stdout(output),
        pytest.raises(SystemExit),
    ):
        vmbackup_conf.main()
    result: dict[str, Any] = json.loads(output.getvalue())
    return {**result, "warned": warned}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "azure" / "vmbackup.conf"


@pytest.fixture
def run(path: Path, tmp_path: Path) -> Run:
    return functools.partial(run_module, path, tmp_path / "journal")


def put(path: Path, content: str | bytes, mode: int = 0o640) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)


def told(path: Path) -> dict[str, str]:
    """What the extension gets for each key of its section; nothing for one whose value raises."""
    parser = configparser.ConfigParser()
    parser.read(path, encoding="utf-8")
    found = {}
    for key in parser[SECTION] if parser.has_section(SECTION) else ():
        with contextlib.suppress(configparser.Error):
            found[key] = parser.get(SECTION, key)
    return found


def rewrite(path: Path, key: str = "seqsnapshot", value: str = "1") -> None:
    """As the extension does it when it sets one of its own keys."""
    parser = configparser.RawConfigParser()
    parser.read(path, encoding="utf-8")
    if not parser.has_section(SECTION):
        parser.add_section(SECTION)
    parser.set(SECTION, key, value)
    with path.open("w", encoding="utf-8") as stream:
        parser.write(stream)


def undo_all(path: Path, act: bool = True) -> list[dict[str, Any]]:
    journal = Journal(str(path.parent.parent / "journal"))
    return [undo_entry(entry, journal, act=act) for entry in choose(journal.entries(), "last")]


OPTIONS: list[tuple[str, str, dict[str, Any], dict[str, str]]] = [
    ("skip", "[SnapshotThread]\nMountsToSkip = /a\n", {"mounts_to_skip": ["/b"]}, {"mountstoskip": "/a,/b"}),
    ("case", "[SnapshotThread]\nmountstoskip=/a\n", {"mounts_to_skip": ["/b"]}, {"mountstoskip": "/a,/b"}),
    ("absent", "[SnapshotThread]\nMountsToSkip = /a,/b\n", {"mounts_to_skip": ["/b"], "state": "absent"}, {"mountstoskip": "/a"}),
    ("the last one", "[SnapshotThread]\nMountsToSkip = /a\n", {"mounts_to_skip": ["/a"], "state": "absent"}, {}),
    ("exact", "[SnapshotThread]\nMountsToSkip = /a, /b\n", {"mounts_to_skip": ["/b", "/c"], "state": "exact"}, {"mountstoskip": "/b,/c"}),
    ("empty", "[SnapshotThread]\nMountsToSkip = /a\n", {"mounts_to_skip": [], "state": "exact"}, {}),
    (
        "settings",
        "# ours\n[SnapshotThread]\nTIMEOUT: 5\nfsfreeze=True\n",
        {"settings": {"timeout": 90, "safefreezewaitinseconds": "120", "SnapshotMethod": "firsthostthenguest", "fsfreeze": None}},
        {"timeout": "90", "safefreezewaitinseconds": "120", "snapshotmethod": "firstHostThenGuest"},
    ),
    (
        "switches",
        "",
        {"settings": {"WriteLog": False, "onlyLocalFilesystems": "yes", "sudo_off": True, "LoggingOff": 0, "seqsnapshot": 2}},
        {"writelog": "False", "onlylocalfilesystems": "True", "sudo_off": "1", "loggingoff": "0", "seqsnapshot": "2"},
    ),
    (
        "only raise",
        "[SnapshotThread]\ntimeout=90\n",
        {"settings": {"timeout": 70, "SafeFreezeWaitInSeconds": 67}, "only_raise": True},
        {"timeout": "90", "safefreezewaitinseconds": "67"},
    ),
    ("raise what is no number", "[SnapshotThread]\ntimeout=long\n", {"settings": {"timeout": 61}, "only_raise": True}, {"timeout": "61"}),
    ("repair", b"\xef\xbb\xbfMountsToSkip=/a\nmountstoskip=/b, '/c/'\n".decode(), {"repair": True}, {"mountstoskip": "/b,/c"}),
    ("repair and edit", "a=1\nA=2\n", {"repair": True, "settings": {"timeout": 70}}, {"a": "2", "timeout": "70"}),
    ("spelling", "[snapshotthread]\nMountsToSkip=/a, proc # why\n", {"repair": True}, {"mountstoskip": "/a,/proc"}),
]


@pytest.mark.parametrize(("before", "options", "after"), [case[1:] for case in OPTIONS], ids=[case[0] for case in OPTIONS])
def test_changes_as_predicted_once_and_undoes_it(before: str, options: dict[str, Any], after: dict[str, str], path: Path, run: Run) -> None:
    put(path, before)
    owner = 12345 if os.geteuid() == 0 else os.geteuid()
    os.chown(path, owner, -1)
    predicted = run(check=True, **options)
    assert path.read_bytes() == before.encode() and not (path.parent.parent / "journal").exists()
    done = run(**options)
    assert done["changed"] is True and done["undo"] == "exact" and done["undo_id"]
    assert {key: predicted[key] for key in ("changed", "target", "before", "after", "diff")} == {
        key: done[key] for key in ("changed", "target", "before", "after", "diff")
    }
    assert told(path) == after
    assert path.stat().st_mode & 0o777 == 0o640 and path.stat().st_uid == owner
    assert [name.name for name in path.parent.iterdir()] == ["vmbackup.conf"]
    again = run(**options)
    assert again["changed"] is False and again["before"] == done["after"] == again["after"]
    rewrite(path)
    if "seqsnapshot" not in options.get("settings", {}):
        assert run(**options)["changed"] is False
    put(path, edited := undone_bytes(path, before, options, run))
    assert edited == before.encode()


def undone_bytes(path: Path, before: str, options: dict[str, Any], run: Run) -> bytes:
    """The file after the change was made anew and undone."""
    put(path, before)
    run(**options)
    assert [item["status"] for item in undo_all(path, act=False)][:1] == ["undone"]
    assert undo_all(path)[0]["status"] == "undone"
    assert path.stat().st_mode & 0o777 == 0o640
    return path.read_bytes()


def test_state_says_only_what_the_options_concern(path: Path, run: Run) -> None:
    put(path, "[SnapshotThread]\nMountsToSkip = /a, /b\nWriteLog=True\n")
    result = run(settings={"timeout": 70})
    rest: dict[str, Any] = {"readable": True, "reason": None, "mounts_to_skip": None, "to_repair": []}
    assert result["before"] == {**rest, "settings": {"timeout": None}}
    assert result["after"] == {**rest, "settings": {"timeout": "70"}}
    result = run(repair=True)
    assert result["before"]["mounts_to_skip"] == ["/a", " /b"] and len(result["before"]["to_repair"]) == 1
    assert result["after"]["mounts_to_skip"] == ["/a", "/b"] and result["after"]["to_repair"] == []
    assert "# azvm.backup: MountsToSkip = /a, /b\n" in path.read_text()


def test_makes_file_and_folder_and_takes_them_away_again(path: Path, run: Run) -> None:
    mask = os.umask(0o077)
    try:
        result = run(mounts_to_skip=["/data/tmp"])
    finally:
        os.umask(mask)
    assert result["before"] == {"readable": True, "reason": None, "mounts_to_skip": [], "settings": {}, "to_repair": []}
    assert path.read_text() == "[SnapshotThread]\nMountsToSkip = /data/tmp\n"
    assert path.stat().st_mode & 0o777 == 0o644 and path.parent.stat().st_mode & 0o777 == 0o755
    assert [item["status"] for item in undo_all(path)] == ["undone"]
    assert not path.parent.exists()


def test_changes_of_one_plan_do_not_get_in_each_others_way(path: Path, run: Run) -> None:
    first: dict[str, Any] = {"mounts_to_skip": ["/a"]}
    second: dict[str, Any] = {"settings": {"timeout": 50}}
    planned = [run(check=True, **options)["before"] for options in (first, second)]
    for options, before in zip((first, second), planned, strict=True):
        result = run(**options, change={"run": "r1", "expected_before": before})
        assert result["changed"] is True
    assert told(path) == {"mountstoskip": "/a", "timeout": "50"}
    journal = Journal(str(path.parent.parent / "journal"))
    by_age = [undo_entry(entry, journal, act=True)["status"] for entry in journal.entries()]
    assert by_age == ["undone", "undone"] and told(path) == {}


def test_keeps_a_folder_that_another_uses(path: Path, run: Run) -> None:
    run(mounts_to_skip=["/data/tmp"])
    (path.parent / "other").touch()
    assert [item["status"] for item in undo_all(path)] == ["undone"]
    assert [name.name for name in path.parent.iterdir()] == ["other"]


@pytest.mark.parametrize(
    "options", [{}, {"mounts_to_skip": []}, {"repair": True}, {"mounts_to_skip": ["/a"], "state": "absent"}, {"settings": {"timeout": None}}]
)
def test_does_not_make_a_file_for_nothing(options: dict[str, Any], path: Path, run: Run) -> None:
    result = run(**options)
    assert result["changed"] is False and not path.parent.exists()


def test_leaves_a_list_alone_that_is_not_asked_for(path: Path, run: Run) -> None:
    put(path, "[SnapshotThread]\nMountsToSkip = /a, /b\n")
    assert run(mounts_to_skip=[])["changed"] is False
    assert run()["changed"] is False
    put(path, "[SnapshotThread]\nMountsToSkip =\n")
    assert run(mounts_to_skip=[], state="exact")["changed"] is False


def test_undo_after_the_extension_wrote_the_file_anew(path: Path, run: Run) -> None:
    put(path, "# ours\n[SnapshotThread]\nMountsToSkip = /a\nTimeout = 50\n[Monitor]\nRun = x\n")
    run(mounts_to_skip=["/b"], settings={"SafeFreezeWaitInSeconds": 120, "timeout": 70})
    rewrite(path)
    assert told(path) == {"mountstoskip": "/a,/b", "timeout": "70", "safefreezewaitinseconds": "120", "seqsnapshot": "1"}
    assert [item["status"] for item in undo_all(path)] == ["undone"]
    assert told(path) == {"mountstoskip": "/a", "timeout": "50", "seqsnapshot": "1"}
    assert "[Monitor]\nrun = x" in path.read_text() and path.stat().st_mode & 0o777 == 0o640


def test_undo_of_a_new_file_that_the_extension_wrote_anew(path: Path, run: Run) -> None:
    run(mounts_to_skip=["/b"])
    rewrite(path)
    assert [item["status"] for item in undo_all(path)] == ["undone"]
    assert told(path) == {"seqsnapshot": "1"}


@pytest.mark.parametrize(
    "meddle",
    [
        lambda path: rewrite(path, "MountsToSkip", "/a,/b,/c"),
        lambda path: path.write_text("[SnapshotThread]\nmountstoskip = /a,/b\nmountstoskip = /a,/b\n"),
        lambda path: path.unlink(),
        lambda path: path.write_text("[snapshotthread]\nmountstoskip = /a,/b\n"),
    ],
)
def test_undo_refuses_what_another_made_of_our_keys(meddle: Callable[[Path], Any], path: Path, run: Run) -> None:
    put(path, "[SnapshotThread]\nMountsToSkip = /a\n")
    run(mounts_to_skip=["/b"])
    meddle(path)
    left = path.read_bytes() if path.exists() else None
    [outcome] = undo_all(path)
    assert outcome["status"] == "refused" and str(path) in outcome["reason"]
    assert (path.read_bytes() if path.exists() else None) == left


def test_undo_does_not_take_an_unreadable_file_for_one_without_our_keys(path: Path, run: Run) -> None:
    put(path, "[SnapshotThread]\n")
    run(mounts_to_skip=["/b"])
    path.write_text("mountstoskip = /a\n")
    assert [item["status"] for item in undo_all(path)] == ["refused"]
    path.unlink()
    assert [item["status"] for item in undo_all(path)] == ["already"]


def test_undo_does_not_make_a_file_anew_to_put_a_key_back(path: Path, run: Run) -> None:
    put(path, "[SnapshotThread]\ntimeout = 5\n")
    run(settings={"timeout": None})
    path.unlink()
    assert [item["status"] for item in undo_all(path)] == ["refused"]
    assert not path.exists()


def test_undo_refuses_a_value_that_can_no_longer_be_written(path: Path, run: Run) -> None:
    put(path, "[SnapshotThread]\nMountsToSkip = /a,\n  /b\n")
    run(mounts_to_skip=["/b"])
    rewrite(path)
    [outcome] = undo_all(path)
    assert outcome["status"] == "refused" and "line break" in outcome["reason"]
    assert told(path)["mountstoskip"] == "/a,/b"


def test_undo_is_done_already_when_another_took_our_keys_back(path: Path, run: Run) -> None:
    put(path, "[SnapshotThread]\nMountsToSkip = /a\n")
    run(mounts_to_skip=["/b"])
    rewrite(path, "MountsToSkip", "/a")
    assert [item["status"] for item in undo_all(path)] == ["already"]


def test_a_repair_is_undone_exactly_or_not_at_all(path: Path, run: Run) -> None:
    broken = b"\xef\xbb\xbf[SnapshotThread]\r\nA=1\r\na=2\r\n"
    put(path, broken)
    assert run(repair=True)["changed"] is True
    assert undo_all(path)[0]["status"] == "undone"
    assert path.read_bytes() == broken
    run(repair=True)
    rewrite(path)
    assert undo_all(path)[0]["status"] == "refused"
    assert told(path) == {"a": "2", "seqsnapshot": "1"}


def test_a_repaired_list_is_undone_exactly_or_not_at_all(path: Path, run: Run) -> None:
    put(path, "[SnapshotThread]\nMountsToSkip = /a, /b\n")
    run(repair=True)
    rewrite(path)
    assert undo_all(path)[0]["status"] == "refused"
    assert told(path)["mountstoskip"] == "/a,/b"


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("A=1\na=2\n", {"mounts_to_skip": ["/a"]}, "ask for repair"),
    ("[SnapshotThread]\ntimeout\n", {"repair": True}, "line 2.*by hand"),
    ("", {"mounts_to_skip": ["data"]}, "not absolute"),
    ("", {"mounts_to_skip": ["/a,/b"]}, "comma"),
    ("", {"settings": {"timeout": 0}}, "from 1 to 300"),
    ("", {"settings": {"timeout": "1_0"}}, "whole number"),
    ("", {"settings": {"timeout": True}}, "whole number"),
    ("", {"settings": {"SafeFreezeWaitInSeconds": 601}}, "from 2 to 600"),
    ("", {"settings": {"SafeFreezeWaitInSeconds": "66.0"}}, "whole number"),
    ("", {"settings": {"seqsnapshot": 3}}, "0, 1, 2"),
    ("", {"settings": {"seqsnapshot": True}}, "0, 1, 2"),
    ("", {"settings": {"SnapshotMethod": "host"}}, "firstHostThenGuest"),
    ("", {"settings": {"WriteLog": "perhaps"}}, "true or false"),
    ("", {"settings": {"WriteLog": [True]}}, "true or false"),
    ("", {"settings": {"fsfreeze": True}}, "no key that the extension reads"),
    ("", {"settings": {"MountsToSkip": "/a"}}, "option mounts_to_skip"),
    ("", {"settings": {"timeout": 5, "Timeout": 6}}, "twice"),
]


@pytest.mark.parametrize(("before", "options", "says"), REFUSED)
def test_refuses_in_one_sentence(before: str, options: dict[str, Any], says: str, path: Path, run: Run) -> None:
    put(path, before)
    for check in (True, False):
        result = run(check=check, **options)
        assert result["failed"] is True and re.search(says, result["msg"]) and "\n" not in result["msg"]
    assert path.read_text() == before and not (path.parent.parent / "journal").exists()


def test_refuses_what_is_no_regular_file(path: Path, run: Run) -> None:
    other = path.parent.parent / "other"
    other.write_text("[SnapshotThread]\n")
    path.parent.mkdir()
    path.symlink_to(other)
    result = run(mounts_to_skip=["/a"])
    assert result["failed"] is True and "which is not followed" in result["msg"]
    assert other.read_text() == "[SnapshotThread]\n" and path.is_symlink()
    path.unlink()
    for make in (Path.mkdir, os.mkfifo):
        make(path)
        assert "no regular file" in run(mounts_to_skip=["/a"])["msg"]
        path.rmdir() if path.is_dir() else path.unlink()


def test_refuses_when_another_writes_at_the_same_moment(path: Path, run: Run) -> None:
    put(path, "[SnapshotThread]\n")
    made = Journal.open

    def meddling(self: Journal, **fields: Any) -> Any:
        rewrite(path)
        return made(self, **fields)

    with mock.patch.object(Journal, "open", meddling):
        result = run(mounts_to_skip=["/a"])
    assert result["failed"] is True and "by another at this moment" in result["msg"]
    assert told(path) == {"seqsnapshot": "1"}


WARNINGS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("", {"mounts_to_skip": ["/"]}, ["'/' can never be skipped"]),
    ("", {"mounts_to_skip": ["/proc"]}, ["'/proc' is proc, which"]),
    ("", {"mounts_to_skip": ["/no/such"]}, ["'/no/such' is not a mount point"]),
    ("[SnapshotThread]\nMountsToSkip=/no/such,/\n", {"mounts_to_skip": ["/"], "state": "absent"}, ["'/no/such' is not a mount point"]),
    ("", {"settings": {"timeout": 90}}, [r"timeout = 90: a freeze that hangs .* up to 90 s, 60 s"]),
    ("", {"settings": {"timeout": 60, "SafeFreezeWaitInSeconds": 66}}, []),
    ("[SnapshotThread]\nseqsnapshot=1\n", {"settings": {"seqsnapshot": 0}}, ["may do so again"]),
    (
        "[SnapshotThread]\nfsfreeze=True\nisanysnapshotfailed=False\nmine=1\n",
        {},
        ["reads: fsfreeze, isanysnapshotfailed, mine. Old documents name fsfreeze, isany"],
    ),
    ("[SnapshotThread]\nMountsToSkip=/a%\n", {"repair": True}, ["has a '%'"]),
    ("# Größe\n[SnapshotThread]\n", {}, ["beyond ASCII"]),
    ("a\n", {}, ["cannot read .* ignores all of it"]),
]


@pytest.mark.parametrize(("before", "options", "says"), WARNINGS)
def test_warns(before: str, options: dict[str, Any], says: list[str], path: Path, run: Run) -> None:
    put(path, before)
    for check in (True, False):
        result = run(check=check, **options)
        assert not result.get("failed")
        assert len(result["warned"]) == len(says), result["warned"]
        for sentence, pattern in zip(result["warned"], says, strict=True):
            assert re.search(pattern, sentence) and sentence.endswith(".")


def test_warns_of_the_template_that_nothing_reads(tmp_path: Path) -> None:
    plan = yaml.safe_load((ROOT / "plugins" / "plugin_utils" / "_collect_linux.yml").read_text(encoding="utf-8"))
    path = tmp_path / plan["extension"]["template"]
    path.parent.mkdir(parents=True)
    put(path, "[SnapshotThread]\nfsfreeze: True\n")
    assert any("nothing reads" in text for text in run_module(path, tmp_path / "journal", settings={"timeout": 60})["warned"])


@pytest.mark.parametrize("role", ["fix_fsfreeze_mounts_skip", "fix_fsfreeze_timeout", "fix_vmbackup_conf_seqsnapshot", "fix_snapshot_method_linux"])
def test_the_roles_have_the_variables_of_the_catalogue(role: str) -> None:
    defaults, specs = (yaml.safe_load((ROOT / "roles" / role / name).read_text(encoding="utf-8")) for name in ("defaults/main.yml", "meta/argument_specs.yml"))
    assert set(defaults) == set(specs["argument_specs"]["main"]["options"])
    cards = "".join(card.read_text(encoding="utf-8") for card in (ROOT / "plugins" / "plugin_utils" / "_catalog").glob("*.yml"))
    assert role in cards
    assert set(re.findall(rf"\b{role}_\w+", cards)) <= set(defaults)


KEYS = ["MountsToSkip", "mountstoskip", "TIMEOUT", "SafeFreezeWaitInSeconds", "seqsnapshot", "fsfreeze", "mine"]
VALUES = ["", "1", "/a", "/a, /b", "'/a/'", "/daten/ü", "50%", "/a ; why", "x = y"]
LINES = st.one_of(
    st.sampled_from(
        [
            "",
            "# note",
            "; MountsToSkip = /x",
            "  # indented",
            "[SnapshotThread]",
            "[Monitor]",
            "[DEFAULT]",
            "[snapshotthread]",
            "  /c",
            "  timeout = 9",
            "junk",
            "timeout 5",
            "=1",
        ]
    ),
    st.builds("{}{}{}".format, st.sampled_from(KEYS), st.sampled_from(["=", " = ", ": "]), st.sampled_from(VALUES)),
)
FILES = st.one_of(
    st.none(), st.builds(lambda lines, end: ("[SnapshotThread]" + end + end.join(lines)).encode(), st.lists(LINES, max_size=6), st.sampled_from(["\n", "\r\n"]))
)
WANTED = st.fixed_dictionaries(
    {
        "mounts_to_skip": st.none() | st.lists(st.sampled_from(["/a", "/b", "/d/"]), max_size=3),
        "state": st.sampled_from(["present", "absent", "exact"]),
        "settings": st.dictionaries(st.sampled_from(["timeout", "SafeFreezeWaitInSeconds"]), st.none() | st.integers(2, 300), max_size=2),
        "repair": st.booleans(),
    }
)
COUNT = itertools.count()


@settings(max_examples=300, deadline=None)
@given(data=FILES, options=WANTED)
def test_what_is_written_is_read_as_intended(tmp_path_factory: pytest.TempPathFactory, data: bytes | None, options: dict[str, Any]) -> None:
    folder = tmp_path_factory.getbasetemp() / f"fuzz{next(COUNT)}"
    path = folder / "azure" / "vmbackup.conf"
    folder.mkdir()
    if data is not None:
        put(path, data)
    options = {key: value for key, value in options.items() if value is not None}
    done = run_module(path, folder / "journal", **options)
    left = path.read_bytes() if path.exists() else None
    if done.get("failed"):
        assert re.search(r"ask for repair|by hand|\[DEFAULT\]|would be read", done["msg"]), done["msg"]
        assert left == data
        return
    assert (left != data) == done["changed"]
    if done["changed"] or options["repair"]:
        assert_read(told(path) if left is not None else {}, options)
    assert run_module(path, folder / "journal", **options)["changed"] is False
    if done["changed"]:
        assert undo_all(path)[-1]["status"] == "undone"
    assert (path.read_bytes() if path.exists() else None) == data


def assert_read(found: dict[str, str], options: dict[str, Any]) -> None:
    for key, value in options["settings"].items():
        assert found.get(key.lower()) == (None if value is None else str(value))
    wanted = {mount.rstrip("/") for mount in options.get("mounts_to_skip", [])}
    entries = set(found["mountstoskip"].split(",")) if found.get("mountstoskip") else set()
    if options["state"] == "present":
        assert wanted <= entries
    elif options["state"] == "absent":
        assert not wanted & entries
    elif "mounts_to_skip" in options:
        assert entries == wanted

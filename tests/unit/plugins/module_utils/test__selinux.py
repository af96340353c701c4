# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SELinux labels: real ones on files of a test folder, and a restorecon that writes as the old and the new one do.

This shows what is read, journaled, set and undone. It does not show what a kernel with SELinux allows.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.azvm.backup.plugins.module_utils import _selinux
from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError
from ansible_collections.azvm.backup.plugins.module_utils._selinux import PATHS, Labels, parse
from ansible_collections.azvm.backup.tests.unit.plugins.module_utils.changing import change, undo_all

COLLECT = yaml.safe_load((Path(__file__).parents[4] / "plugins" / "plugin_utils" / "_collect_linux.yml").read_text(encoding="utf-8"))
RIGHT, WRONG = "system_u:object_r:var_lib_t:s0", "unconfined_u:object_r:user_home_t:s0"
XATTR = "security.selinux"
# The policy of this restorecon: the type of everything is var_lib_t. The user of a label is kept, and httpd_sys_content_t is customizable.
RESTORECON = r"""
import glob, os, re, sys
folder, style = {folder!r}, open({folder!r} + "/style").read()
arguments = sys.argv[1:]
split = arguments.index("--")
options, patterns = arguments[:split], arguments[split + 1:]
open(folder + "/calls", "a").write(" ".join(options + [str(len(patterns))]) + "\n")
if style == "broken":
    sys.exit("Could not set context: Operation not permitted")
def expand(pattern):
    plain = re.sub(r"\\(.)", r"\1", pattern)
    return glob.glob(pattern) if re.search(r"(?<!\\)[*?\[]", pattern) else [plain]
def below(top):
    yield top
    if "-R" in options and os.path.isdir(top) and not os.path.islink(top):
        for name in sorted(os.listdir(top)):
            yield from below(os.path.join(top, name))
for top in (found for pattern in patterns for found in expand(pattern)):
    for path in below(top):
        try:
            old = os.getxattr(path, "security.selinux", follow_symlinks=False).rstrip(b"\0").decode()
        except OSError:
            old = None
        kind = old and old.split(":")[2]
        if kind == "var_lib_t":
            continue
        new = ":".join(old.split(":")[:2] + ["var_lib_t"] + old.split(":")[3:]) if old else "system_u:object_r:var_lib_t:s0"
        raw = os.fsencode(path)
        if kind == "httpd_sys_content_t":
            line = b"%s not reset as customized by admin to %s\n" % (raw, old.encode())
        elif style == "old":
            line = b"%s reset %s context %s->%s\n" % (sys.argv[0].encode(), raw, (old or "").encode(), new.encode())
        else:
            line = b"%s %s from %s to %s\n" % (b"Would relabel" if "-n" in options else b"Relabeled", raw, (old or "<no context>").encode(), new.encode())
        if style == "babble":
            line = b"Etiquette de " + raw + b"\n"
        if "-n" not in options and kind != "httpd_sys_content_t" and style != "idle":
            os.setxattr(path, "security.selinux", new.encode() + b"\0", follow_symlinks=False)
        if "-v" in options:
            sys.stdout.buffer.write(line)
"""


class Tree:
    """The folder of an agent, whose labels are right unless a test says otherwise."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.top, self.enforce = folder, folder / "waagent", folder / "enforce"
        (folder / "bin").mkdir()
        program = folder / "bin" / "restorecon"
        program.write_text(f"#!{sys.executable}\n" + RESTORECON.replace("{folder!r}", repr(str(folder))))
        program.chmod(0o755)
        self.style("new")
        self.enforce.write_text("1")
        self.top.mkdir()
        self.label(self.top, RIGHT)

    def style(self, name: str) -> None:
        (self.folder / "style").write_text(name)

    def file(self, name: str, label: str | None = WRONG) -> Path:
        path = self.top / name
        path.write_text(name.encode(errors="replace").decode())
        if label:
            self.label(path, label)
        return path

    @staticmethod
    def label(path: Path, label: str) -> None:
        os.setxattr(path, XATTR, label.encode() + b"\0", follow_symlinks=False)

    def labels(self) -> dict[str, str]:
        return {str(path): os.getxattr(path, XATTR, follow_symlinks=False).rstrip(b"\0").decode() for path in sorted(self.top.rglob("*"))}

    def calls(self) -> list[str]:
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def run(self, check_mode: bool = False, paths: list[str] | None = None) -> dict[str, Any]:
        setter = Labels({"paths": paths or [str(self.top), str(self.folder / "missing")]}, str(self.enforce))
        ended = change(self.folder / "journal", setter, check_mode=check_mode, run="r1")
        return {"failed": ended.failed, "warned": setter.warnings, **ended.result}

    def undo(self) -> list[str]:
        return [item["status"] for item in undo_all(self.folder / "journal")]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    probe = tmp_path / "probe"
    probe.write_text("")
    try:
        Tree.label(probe, RIGHT)
    except OSError as error:
        pytest.skip(f"NOT CHECKED: labels cannot be set here ({error}); run the tests as root on a file system with extended attributes")
    return Tree(tmp_path)


def test_the_paths_are_those_of_the_collector() -> None:
    assert set(COLLECT["selinux"]["labels"]) == {*PATHS, "/etc/azure/vmbackup.conf"}  # the last lies below another
    assert COLLECT["selinux"]["enforce"] == _selinux.ENFORCE


@pytest.mark.parametrize("style", ["new", "old"])
def test_labels_are_restored_as_predicted_only_once_and_undone(tree: Tree, style: str) -> None:
    tree.style(style)
    names = ["a", "with blank", "line\nbreak", "[x]", "a*", "{b,c}", "~", "back\\slash", "from x to y", "latin\udce9"]
    for name in names:
        tree.file(name)
    tree.file("right", RIGHT)
    tree.file("chosen", "system_u:object_r:httpd_sys_content_t:s0")
    at_first = tree.labels()
    predicted = tree.run(check_mode=True)
    assert tree.labels() == at_first and not (tree.folder / "journal").exists()
    done = tree.run()
    assert not done["failed"], done
    for key in ("changed", "target", "before", "after", "diff", "undo"):
        assert predicted[key] == done[key], key
    assert done["before"]["state"] == "enforcing" and done["before"]["wrong_labels"] == len(names) and len(done["before"]["examples"]) == 10
    assert done["after"] == {"state": "enforcing", "wrong_labels": 0, "examples": []} and done["undo"] == "exact"
    # The user of a label stays, and so does the type that an administrator chose.
    assert {label for path, label in tree.labels().items() if at_first[path] == WRONG} == {"unconfined_u:object_r:var_lib_t:s0"}
    assert tree.labels()[str(tree.top / "chosen")] == at_first[str(tree.top / "chosen")]
    assert tree.run()["changed"] is False
    assert tree.undo() == ["undone"] and tree.labels() == at_first and tree.undo() == []


def test_undo_refuses_what_another_labelled_since(tree: Tree) -> None:
    path = tree.file("a")
    tree.run()
    tree.label(path, "system_u:object_r:tmp_t:s0")
    assert tree.undo() == ["refused"] and tree.labels()[str(path)] == "system_u:object_r:tmp_t:s0"


def test_without_selinux_nothing_is_asked_or_changed(tree: Tree) -> None:
    tree.file("a")
    tree.enforce.unlink()
    ended = tree.run()
    assert ended["changed"] is False and ended["before"] == ended["after"] == {"state": "not_present", "wrong_labels": 0, "examples": []}
    assert tree.calls() == []


def test_permissive_counts_too(tree: Tree) -> None:
    tree.enforce.write_text("0")
    tree.file("a")
    assert tree.run()["before"]["state"] == "permissive" and tree.enforce.read_text() == "0"


def test_many_are_restored_in_parts_and_too_many_are_left_to_a_person(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(450):
        tree.file(f"f{number}")
    monkeypatch.setattr(_selinux, "MOST_LABELS", 449)
    ended = tree.run()
    assert ended["failed"] and "450 files" in ended["msg"] and f"`restorecon -R -v {tree.top}" in ended["msg"]
    monkeypatch.setattr(_selinux, "MOST_LABELS", 450)
    assert tree.run()["failed"] is False
    assert [call for call in tree.calls() if "-n" not in call] == ["200", "200", "50"]


def test_links_keep_their_label_and_are_counted(tree: Tree, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("")
    tree.label(outside, WRONG)
    (tree.top / "link").symlink_to(outside)
    tree.label(tree.top / "link", WRONG)
    ended = tree.run()
    assert ended["changed"] is False and any("1 symbolic links" in warning for warning in ended["warned"])
    link = tmp_path / "top"
    link.symlink_to(tree.top)
    tree.file("a")
    assert tree.run(paths=[str(link)])["changed"] is False
    assert os.getxattr(outside, XATTR).rstrip(b"\0").decode() == WRONG


def test_a_second_name_of_a_file_is_said(tree: Tree) -> None:
    os.link(tree.file("a"), tree.folder / "second")
    assert any("more than one name" in warning for warning in tree.run()["warned"])


def test_a_name_that_forges_a_line_changes_nothing_else(tree: Tree, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("")
    tree.label(other, WRONG)
    tree.file("a\nWould relabel " + str(other).replace("/", "_"))
    assert tree.run()["failed"] is False
    (tree.folder / "bin" / "restorecon").write_text(f"#!/bin/sh\necho 'Would relabel {other} from {WRONG} to system_u:object_r:evil_t:s0'\n")
    ended = tree.run()
    assert ended["failed"] and "is not what the host shows" in ended["msg"]
    assert os.getxattr(other, XATTR).rstrip(b"\0").decode() == WRONG


def test_what_restorecon_says_of_a_file_is_compared_with_the_file(tree: Tree) -> None:
    path = tree.file("a", RIGHT)
    (tree.folder / "bin" / "restorecon").write_text(f"#!/bin/sh\necho 'Would relabel {path} from {WRONG} to {RIGHT}'\n")
    ended = tree.run()
    assert ended["failed"] and "is not what the host shows" in ended["msg"]


def test_a_file_without_any_label_is_refused_before_anything(tree: Tree) -> None:
    tree.file("a")
    bare = tree.file("bare", None)
    ended = tree.run(check_mode=True)
    assert ended["failed"] and f"{bare} has no label at all" in ended["msg"]


@pytest.mark.parametrize(("style", "says"), [("broken", "restorecon ended with 1: Could not set context"), ("babble", "is not understood")])
def test_a_restorecon_that_fails_or_says_something_else_is_no_clean_host(tree: Tree, style: str, says: str) -> None:
    tree.style(style)
    tree.file("a")
    ended = tree.run()
    assert ended["failed"] and says in ended["msg"]


def test_a_restorecon_that_does_nothing_is_a_failure(tree: Tree) -> None:
    tree.style("idle")
    tree.file("a")
    ended = tree.run()
    assert ended["failed"] and "reads back as" in ended["msg"]


def test_a_missing_restorecon_is_said(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_selinux, "find", lambda _name: None)
    ended = tree.run()
    assert ended["failed"] and "install policycoreutils" in ended["msg"]


def test_a_hanging_restorecon_is_ended(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_selinux, "SECONDS", 0.5)
    (tree.folder / "bin" / "restorecon").write_text("#!/bin/sh\nexec sleep 30\n")
    ended = tree.run()
    assert ended["failed"] and "did not end within" in ended["msg"]


OLD, NEW = "system_u:object_r:default_t:s0", "system_u:object_r:var_lib_t:s0-s0:c0.c1023"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"Would relabel /a from {OLD} to {NEW}", [("/a", OLD, NEW)]),
        (f"Would relabel /a b from {OLD} to {NEW}", [("/a b", OLD, NEW)]),
        (f"Would relabel /a from <no context> to {NEW}", [("/a", None, NEW)]),
        (f"Would relabel /a from (null) to {NEW}", [("/a", None, NEW)]),
        (f"restorecon reset /a context {OLD}->{NEW}", [("/a", OLD, NEW)]),
        (f"/sbin/restorecon reset /a context {OLD}->{NEW}", [("/a", OLD, NEW)]),
        (f"/usr/sbin/restorecon reset /a context ->{NEW}", [("/a", None, NEW)]),
        (f"Would relabel /a from {OLD} to {NEW}\nWould relabel /b from {OLD} to {NEW}", [("/a", OLD, NEW), ("/b", OLD, NEW)]),
        (f"/a not reset as customized by admin to {OLD}", []),
        ("Warning no default label for /a", []),
        ("", []),
    ],
)
def test_both_formats_are_read(line: str, expected: list[tuple[str, str | None, str]]) -> None:
    assert parse(line + "\n") == parse(line) == expected


# Written by setfiles 3.4 of Debian 12, which shares this with restorecon, over files made for it.
RECORDED = """Would relabel /tmp/t from (null) to system_u:object_r:var_lib_t:s0
Would relabel /tmp/t/d/n
l from unconfined_u:object_r:user_home_t:s0 to unconfined_u:object_r:var_lib_t:s0
Would relabel /tmp/t/d/a from unconfined_u:object_r:user_home_t:s0 to unconfined_u:object_r:var_lib_t:s0
Would relabel /tmp/t/d/b c from unconfined_u:object_r:user_home_t:s0 to unconfined_u:object_r:var_lib_t:s0
"""


def test_what_a_real_tool_wrote_is_read() -> None:
    kept = "unconfined_u:object_r:var_lib_t:s0"
    assert parse(RECORDED) == [
        ("/tmp/t", None, "system_u:object_r:var_lib_t:s0"),
        ("/tmp/t/d/n\nl", WRONG, kept),
        ("/tmp/t/d/a", WRONG, kept),
        ("/tmp/t/d/b c", WRONG, kept),
    ]


@pytest.mark.parametrize("line", ["Relabeled", "Would relabel /a", f"Would relabel a from {OLD} to {NEW}", f"Would relabel /a from {OLD} to"])
def test_other_words_are_not_taken_for_none(line: str) -> None:
    with pytest.raises(ChangeError, match="is not understood"):
        parse(line + "\n")

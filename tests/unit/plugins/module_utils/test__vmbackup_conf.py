# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The editor of vmbackup.conf, judged by configparser reading a real file as the extension does."""

from __future__ import annotations

import configparser
import io
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.azvm.backup.plugins.module_utils import _vmbackup_conf as conf
from ansible_collections.azvm.backup.plugins.module_utils._vmbackup_conf import EditError, edit, read
from ansible_collections.azvm.backup.plugins.module_utils._vmbackup_conf_mounts import merge_mounts, mount_warnings, repaired_list, skip_list
from ansible_collections.azvm.backup.plugins.module_utils._vmbackup_conf_repair import repair
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.vmbackup_conf import parse_vmbackup_conf
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[4]
FIXTURES = sorted((ROOT / "tests" / "fixtures" / "vmbackup_conf").iterdir())
SECTION = "SnapshotThread"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("conf")


class Extension:
    """What the extension gets: a new parser for each key, every exception swallowed."""

    def __init__(self, folder: Path, data: bytes) -> None:
        self.path = folder / "vmbackup.conf"
        self.path.write_bytes(data)

    def parser(self) -> configparser.ConfigParser:
        parser = configparser.ConfigParser()
        # The extension runs in a UTF-8 locale; the one of the test run does not matter.
        parser.read(self.path, encoding="utf-8")
        return parser

    def get(self, key: str) -> str | None:
        try:
            parser = self.parser()
            return parser.get(SECTION, key) if parser.has_option(SECTION, key) else None
        except Exception:
            return None

    def readable(self) -> bool:
        try:
            self.parser()
        except Exception:
            return False
        return True

    def all_but(self, *keys: str) -> dict[str, dict[str, str]]:
        parser = self.parser()
        said = {name: dict(parser._sections[name]) for name in parser.sections()}  # type: ignore[attr-defined]
        said["DEFAULT"] = dict(parser.defaults())
        said.setdefault(SECTION, {})
        for key in keys:
            said[SECTION].pop(key.lower(), None)
        return said


def rewritten(data: bytes) -> bytes:
    """The file after the extension has set one of its own keys in it."""
    parser = configparser.RawConfigParser()
    parser.read_string(data.decode(), "vmbackup.conf")
    parser.set(SECTION, "seqsnapshot", "1")
    target = io.StringIO()
    parser.write(target)
    return target.getvalue().encode()


def comments(data: bytes) -> list[str]:
    return [line for line in re.split("\r\n|\r|\n", data.decode()) if line.strip()[:1] in ("#", ";")]


EDITS: list[tuple[str, str, dict[str, str | None], str]] = [
    ("empty file", "", {"mountstoskip": "/a"}, "[SnapshotThread]\nMountsToSkip = /a\n"),
    ("spelling of the file stays", "[SnapshotThread]\nMOUNTStoskip:/a\n", {"MountsToSkip": "/a,/b"}, "[SnapshotThread]\nMOUNTStoskip:/a,/b\n"),
    ("blanks around = stay", "[SnapshotThread]\n\ttimeout  =\t5 \n", {"timeout": "60"}, "[SnapshotThread]\n\ttimeout  =\t60\n"),
    ("empty value", "[SnapshotThread]\ntimeout =\n", {"timeout": "60"}, "[SnapshotThread]\ntimeout = 60\n"),
    ("CRLF", "; c\r\n[SnapshotThread]\r\na=1\r\n", {"timeout": "60"}, "; c\r\n[SnapshotThread]\r\na=1\r\ntimeout = 60\r\n"),
    ("no end of line", "[SnapshotThread]\na=1", {"timeout": "60"}, "[SnapshotThread]\na=1\ntimeout = 60\n"),
    ("no section", "[Monitor]\nrun=x", {"timeout": "60"}, "[Monitor]\nrun=x\n\n[SnapshotThread]\ntimeout = 60\n"),
    ("other case of the section", "[snapshotthread]\n", {"timeout": "6"}, "[snapshotthread]\n\n[SnapshotThread]\ntimeout = 6\n"),
    ("empty section", "[SnapshotThread]\n\n  [Monitor]\nrun=x\n", {"timeout": "6"}, "[SnapshotThread]\n  timeout = 6\n\n  [Monitor]\nrun=x\n"),
    ("indented", "[SnapshotThread]\n  a=1\n\n [Monitor]\nrun=x\n", {"timeout": "6"}, "[SnapshotThread]\n  a=1\n  timeout = 6\n\n [Monitor]\nrun=x\n"),
    (
        "several lines",
        "[SnapshotThread]\nMountsToSkip=/a,\n  # why\n  /b\n\nx=1\n",
        {"mountstoskip": "/b"},
        "[SnapshotThread]\nMountsToSkip=/b\n  # why\n\nx=1\n",
    ),
    ("inline comment is the value", "[SnapshotThread]\ntimeout = 5 ; c\n", {"timeout": "5"}, "[SnapshotThread]\ntimeout = 5\n"),
    ("remove", "# 1\n[SnapshotThread]\nTimeout=5\n 6\n# 2\nx=1\n", {"timeout": None}, "# 1\n[SnapshotThread]\n# 2\nx=1\n"),
    ("remove nothing", "[Monitor]\nrun=x", {"timeout": None}, "[Monitor]\nrun=x"),
    ("from [DEFAULT]", "[DEFAULT]\ntimeout=5\n[SnapshotThread]", {"timeout": "5"}, "[DEFAULT]\ntimeout=5\n[SnapshotThread]"),
    ("over [DEFAULT]", "[DEFAULT]\ntimeout=5\n[SnapshotThread]\n", {"timeout": "6"}, "[DEFAULT]\ntimeout=5\n[SnapshotThread]\ntimeout = 6\n"),
    ("a value that was ignored", "[SnapshotThread]\ntimeout=5%\n", {"timeout": "6"}, "[SnapshotThread]\n# azvm.backup: timeout=5%\ntimeout=6\n"),
    ("equal though written with %%", "[SnapshotThread]\nMountsToSkip = /a%%b\n", {"MountsToSkip": "/a%b"}, "[SnapshotThread]\nMountsToSkip = /a%%b\n"),
    ("other text", "[SnapshotThread]\nx=Ü%(\n[ä]\ny:1\n", {"timeout": "6"}, "[SnapshotThread]\nx=Ü%(\ntimeout = 6\n[ä]\ny:1\n"),
    ("unknown key", "[SnapshotThread]\n", {"New_key": "1"}, "[SnapshotThread]\nNew_key = 1\n"),
    (
        "several keys",
        "[SnapshotThread]\n",
        {"SAFEFREEZEWAITINSECONDS": "6", "snapshotmethod": "onlyGuest", "SeqSnapshot": "2"},
        "[SnapshotThread]\nSafeFreezeWaitInSeconds = 6\nSnapshotMethod = onlyGuest\nseqsnapshot = 2\n",
    ),
]


@pytest.mark.parametrize(("before", "wanted", "after"), [case[1:] for case in EDITS], ids=[case[0] for case in EDITS])
def test_edit(before: str, wanted: dict[str, str | None], after: str, folder: Path) -> None:
    written = edit(before.encode(), wanted)
    assert written == after.encode()
    assert edit(written, wanted) == written
    extension = Extension(folder, written)
    assert {key: extension.get(key) for key in wanted} == wanted


@pytest.mark.parametrize(
    ("before", "wanted", "says"),
    [
        ("[SnapshotThread]\na=1\nA=2\n", {"timeout": "6"}, r"duplicate_option, line 3.*ask for repair"),
        ("\ufeff[SnapshotThread]\n", {"timeout": "6"}, "byte_order_mark"),
        ("", {"timeout": "6%"}, "'%'"),
        ("", {"timeout": "6%%"}, "'%'"),
        ("", {"timeout": "6\n7"}, "line break"),
        ("", {"timeout": "6\r"}, "line break"),
        ("", {"timeout": " 6"}, "blank"),
        ("", {"timeout": "6\u00a0"}, "blank"),
        ("", {"timeout": "\udce9"}, "UTF-8"),
        ("", {"timeout": 6}, "has to be text, not int"),
        ("", {"time out": "6"}, "cannot be a key"),
        ("", {"timeout\n": "6"}, "cannot be a key"),
        ("", {"": "6"}, "cannot be a key"),
        ("", {"timeout": "6", "TIMEOUT": "7"}, "twice"),
        ("[DEFAULT]\ntimeout=5\n[SnapshotThread]\ntimeout=6\n", {"timeout": None}, r"\[DEFAULT\]"),
        ("[SnapshotThread]\nMountsToSkip=/a\n  timeout = 6\n", {"mountstoskip": "/b"}, "Line 3 .* timeout.*repair"),
        ("[SnapshotThread]\na = %(timeout)s\ntimeout=5\n", {"a": "5", "timeout": "6"}, "a would be read as '6' and not as '5'"),
    ],
)
def test_edit_refuses_in_one_sentence(before: str, wanted: dict[str, Any], says: str) -> None:
    with pytest.raises(EditError, match=says) as caught:
        edit(before.encode(), wanted)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_reads_the_fixtures_like_the_controller(path: Path) -> None:
    same_verdict(path.read_bytes())


def same_verdict(data: bytes) -> None:
    parsed = parse_vmbackup_conf(data)
    assert read(data) == (parsed["readable"], parsed["reason"], parsed["settings"])
    assert skip_list(parsed["settings"]) == parsed["mounts_to_skip"]


def test_keys_are_those_of_the_controller() -> None:
    keys = yaml.safe_load((ROOT / "plugins" / "plugin_utils" / "_parse" / "_vmbackup_keys.yml").read_text(encoding="utf-8"))
    assert set(conf.SPELLING) == set(keys["read"][SECTION])
    assert set(conf.DEAD) <= set(keys["dead"])


REPAIRS: list[tuple[str, bytes, str, list[str]]] = [
    ("nothing to do", b"[SnapshotThread]\r\nMountsToSkip=/a\r\n", "[SnapshotThread]\r\nMountsToSkip=/a\r\n", []),
    ("UTF-8 BOM", b"\xef\xbb\xbf[SnapshotThread]\ntimeout=5\n", "[SnapshotThread]\ntimeout=5\n", ["byte order mark"]),
    ("BOM twice, no header", b"\xef\xbb\xbf\xef\xbb\xbftimeout=5", "[SnapshotThread]\ntimeout=5", ["byte order mark", "line 1 stands before"]),
    ("UTF-16", "[SnapshotThread]\r\nx=é\r\n".encode("utf-16"), "[SnapshotThread]\r\nx=é\r\n", ["UTF-16"]),
    ("UTF-16 BE", b"\xfe\xff" + "[SnapshotThread]\nx=1\n".encode("utf-16-be"), "[SnapshotThread]\nx=1\n", ["UTF-16"]),
    ("latin-1", b"# \xfcber\n[SnapshotThread]\nMountsToSkip=/caf\xe9\n", "# über\n[SnapshotThread]\nMountsToSkip=/café\n", ["Line 1", "Line 3"]),
    ("mixed", "[SnapshotThread]\nx=é\n# ".encode() + b"\x80\x81\n", "[SnapshotThread]\nx=é\n# \x80\x81\n", ["Line 3"]),
    ("cp1252", b"[SnapshotThread]\n# \x80\n", "[SnapshotThread]\n# €\n", ["Line 2"]),
    ("header", b"# c\r\n\r\nMountsToSkip=/a\r\n", "[SnapshotThread]\r\n# c\r\n\r\nMountsToSkip=/a\r\n", ["line 3 stands before"]),
    ("key twice", b"[SnapshotThread]\nA=1\n 2\n# c\na=3\n", "[SnapshotThread]\n# azvm.backup: A=1\n# azvm.backup:  2\n# c\na=3\n", ["Line 2 .* line 5 sets a"]),
    ("thrice", b"[S]\nA=1\na=2\na=3", "[S]\n# azvm.backup: A=1\n# azvm.backup: a=2\na=3", ["Line 2 .* line 4", "Line 3 .* line 4"]),
    (
        "section twice",
        b"[SnapshotThread]\n  a=1\n  b=1\n [M]\nx=\n y\n[SnapshotThread]\nB=2\n\n[M]\n  z=1",
        "[SnapshotThread]\na=1\n# azvm.backup: b=1\n# azvm.backup: [SnapshotThread]\nB=2\n\n[M]\nx=\n y\n# azvm.backup: [M]\nz=1\n",
        ["Line 7 .* line 1", "Line 10 .* line 4", "Line 3 .* line 8 sets b"],
    ),
    (
        "keys before the header",
        b"a=1\n[SnapshotThread]\na=2\n",
        "[SnapshotThread]\n# azvm.backup: a=1\n# azvm.backup: [SnapshotThread]\na=2\n",
        ["front", "Line 2", "Line 1"],
    ),
    ("DEFAULT twice", b"[DEFAULT]\na=1\n[DEFAULT]\na=2\n", "[DEFAULT]\n# azvm.backup: a=1\n[DEFAULT]\na=2\n", ["Line 2"]),
    (
        "indented",
        b"[SnapshotThread]\n a=1\n  MountsToSkip=/a\n\t\ttimeout: 5\n  b=1",
        "[SnapshotThread]\n a=1\n MountsToSkip=/a\n timeout: 5\n  b=1",
        ["Line 3", "Line 4"],
    ),
    ("indented header", b"[M]\nrun=1\n  [SnapshotThread]\n  timeout=5\n", "[M]\nrun=1\n[SnapshotThread]\n  timeout=5\n", ["Line 3"]),
    ("indented elsewhere", b"[M]\nrun=1\n  timeout=5\n", "[M]\nrun=1\n  timeout=5\n", []),
    (
        "a pasted command",
        b"cat /x/vmbackup.conf[SnapshotThread]\nfsfreeze: True\n MountsToSkip = /a\n",
        "[SnapshotThread]\n# azvm.backup: cat /x/vmbackup.conf[SnapshotThread]\nfsfreeze: True\nMountsToSkip = /a\n",
        ["Line 1 is now a comment", "line 2 stands before", "Line 3 was a part of the value of fsfreeze"],
    ),
    ("junk in front", b"#!/x\n$ y\n[SnapshotThread]\na=1\n", "#!/x\n# azvm.backup: $ y\n[SnapshotThread]\na=1\n", ["Line 2 is now a comment"]),
    ("spelling", b"[snapshotTHREAD]\na=1\n", "[SnapshotThread]\na=1\n", ["Line 1 was spelled"]),
    (
        "spelling, beside ours",
        b"[SnapshotThread]\na=1\n [snapshotthread]\nb=2\n",
        "[SnapshotThread]\na=1\n [snapshotthread]\nb=2\n",
        [],
    ),
    (
        "spelling, merged",
        b"[SnapshotThread]\na=1\n\n[snapshotthread]\nb=2\n[M]\n",
        "[SnapshotThread]\na=1\n\n# azvm.backup: [SnapshotThread]\nb=2\n[M]\n",
        ["Line 4 was spelled", "Line 4 is now a comment"],
    ),
    (
        "spelling, both set it",
        b"[snapshotthread]\nA=1\n 2\n[SnapshotThread]\na=3\n",
        "[SnapshotThread]\n# azvm.backup: A=1\n# azvm.backup:  2\n# azvm.backup: [SnapshotThread]\na=3\n",
        ["Line 1 was spelled", "Line 2 is now a comment, because .* sets a already", "Line 4 is now a comment"],
    ),
    ("only a comment", b"\xef\xbb\xbf# c", "# c", ["byte order mark"]),
]


@pytest.mark.parametrize(("before", "after", "says"), [case[1:] for case in REPAIRS], ids=[case[0] for case in REPAIRS])
def test_repair(before: bytes, after: str, says: list[str], folder: Path) -> None:
    repaired, done = repair(before)
    assert repaired.decode() == after
    assert len(done) == len(says)
    for sentence, pattern in zip(done, says, strict=True):
        assert re.search(pattern, sentence), sentence
        assert sentence.endswith(".")
    assert Extension(folder, repaired).readable()
    assert repair(repaired) == (repaired, [])


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (b"[SnapshotThread]\n timeout\n", r"syntax, line 2\)"),
        (b"\xef\xbb\xbfa=1\n\nMountsToSkip /a\n", r"syntax, line 3\)"),
        (b"[SnapshotThread]\n[M]\n[SnapshotThread]\n=1\n", r"syntax, line 4\)"),
        (b"[SnapshotThread]\nsch\xf6n=1\n", r"undecodable, line 2\)"),
        (b"[sch\xf6n]\na=1\n", r"undecodable, line 1\)"),
        (b"=1\n=1\n", r"syntax, line 1\): the line is no section"),
        (b"\xff\xfe[", "UTF-16"),
        ("[SnapshotThread]\na=1\n".encode("utf-16-le"), r"syntax, line 1\): it has zero bytes"),
    ],
)
def test_repair_refuses_what_is_not_clear(before: bytes, says: str) -> None:
    with pytest.raises(EditError, match=says) as caught:
        repair(before)
    assert str(caught.value).endswith("by hand.")


@pytest.mark.parametrize(
    ("current", "wanted", "state", "merged"),
    [
        ([], ["/a"], "present", ["/a"]),
        (["/a", " /b"], ["/b"], "present", ["/a", "/b"]),
        (["/a", " /b"], ["/c"], "present", ["/a", "/b", "/c"]),
        (["'/a", '/b/"'], ["/a/", "/b"], "present", ["/a", "/b"]),
        (["/a/", "/b/"], ["/a"], "present", ["/a", "/b/"]),
        (["\n/a", "\n/b\n/c", ""], ["/b"], "present", ["/a", "/b", "/c"]),
        (["/b", "/a", "/b"], ["/a", "/a"], "present", ["/b", "/a"]),
        (["/ab"], ["/a"], "present", ["/ab", "/a"]),
        (["/A"], ["/a"], "present", ["/A", "/a"]),
        (["/a", " /b"], ["/a"], "absent", ["/b"]),
        (["/", "/a"], ["/"], "absent", ["/a"]),
        (["/ab", '"/a/"'], ["/a"], "absent", ["/ab"]),
        ([], ["/a"], "absent", []),
        (["/c", "/b/", "/a"], ["/a", "/b", "/d"], "exact", ["/b", "/a", "/d"]),
        (["/a"], [], "exact", []),
    ],
)
def test_merge(current: list[str], wanted: list[str], state: str, merged: list[str]) -> None:
    assert merge_mounts(current, wanted, state) == merged
    assert merge_mounts(merged, wanted, state) == merged


@pytest.mark.parametrize("path", ["", " ", "a", "/a,/b", "/a%b", "/a\n", "/a\tb", "/a\x85b", " /a", "/a ", "'/a'", "/\udce9", None, 5])
def test_a_path_that_the_list_cannot_hold(path: Any) -> None:
    with pytest.raises(EditError, match=r"cannot stand in MountsToSkip: .*\.$"):
        merge_mounts([], [path], "present")


@pytest.mark.parametrize(
    ("value", "repaired"),
    [
        ("", []),
        ("/a,/b", ["/a", "/b"]),
        ("/a, /b ,,/a/", ["/a", "/b"]),
        ("\"/a,'/b/'\"", ["/a", "/b"]),
        ("/a,/b ; why, and how", ["/a", "/b"]),
        ("/a # one\n/b # two", ["/a", "/b"]),
        ("mnt/resource,mnt/other", ["/mnt/resource", "mnt/other"]),
        ("/", ["/"]),
    ],
)
def test_repaired_list(value: str, repaired: list[str]) -> None:
    assert repaired_list({"mountstoskip": value}, ["/mnt/resource"]) == repaired


def test_a_mount_that_looks_like_a_comment_stays() -> None:
    assert repaired_list({"mountstoskip": "/a #1, /b"}, ["/a #1"]) == ["/a #1", "/b"]


def test_an_unknown_state() -> None:
    with pytest.raises(EditError, match="present, absent, exact"):
        merge_mounts([], ["/a"], "gone")


def test_mount_warnings() -> None:
    mounts = [
        {"path": "/", "fstype": "ext4", "device": "/dev/sda1"},
        {"path": "/data", "fstype": "xfs", "device": "/dev/sdc1"},
        {"path": "/nfs", "fstype": "nfs4", "device": "srv:/x"},
        {"path": "/image", "fstype": "ext4", "device": "/dev/loop0"},
        {"path": "/over", "fstype": "ext4", "device": "/dev/sdd1"},
        {"path": "/over", "fstype": "tmpfs", "device": None},
    ]
    found = mount_warnings(["/", "/data", "/nfs", "/image", "/gone", "/over", "/gone"], mounts)
    expected = ["'/' can never", "'/nfs' is nfs4, which", "'/image' is on the loop device /dev/loop0", "'/gone' is not a mount point", "'/over' is tmpfs"]
    assert len(found) == len(expected)
    for sentence, start in zip(found, expected, strict=True):
        assert sentence.startswith(start)


KEYS = [*conf.SPELLING.values(), "fsfreeze", "WorkloadName", "Größe", "two words"]
VALUES = ["", "1", "60", "True", "/a", "/a,/b", "/a, /b", '"/a"', "/a ; why", "50%", "%%", "%(timeout)s", "/daten/ü", "a=b:c", "[x]", "x]"]
INDENTS = ["", "", "", " ", "\t", "    "]
ENDS = st.sampled_from(["\n", "\r\n"])


@st.composite
def any_case(draw: st.DrawFn, words: list[str]) -> str:
    word = draw(st.sampled_from(words))
    return draw(st.sampled_from([word, word.lower(), word.upper(), word.swapcase()]))


def option_lines(keys: list[str]) -> st.SearchStrategy[str]:
    separators = st.sampled_from(["=", " = ", ":", ": ", "\t=\t"])
    return st.builds("{}{}{}{}{}".format, st.sampled_from(INDENTS), any_case(keys), separators, st.sampled_from(VALUES), st.sampled_from(["", " "]))


FILLERS = st.sampled_from(["", "  ", "# note", "; note", "  # indented = note", "\t; MountsToSkip = /x", "#", "# naïve 日本"])
CONTINUATIONS = st.sampled_from(["  /c", "\t/c,/d", "      x = 1", "  timeout = 9", "   [SnapshotThread]", " 7%"])
HEADERS = st.sampled_from([f"[{SECTION}]", "[Monitor]", "[lsblkUser]", "[DEFAULT]", "[snapshotthread]", f"  [{SECTION}]", "[Other] ; x"])


@st.composite
def plausible(draw: st.DrawFn) -> bytes:
    """A file in which nothing stands twice, so that nearly all are readable."""
    lines = draw(st.lists(FILLERS, max_size=2))
    for header in draw(st.lists(HEADERS, max_size=4, unique_by=str.strip)):
        lines.append(header)
        lines += draw(st.lists(FILLERS, max_size=2))
        for option in draw(st.lists(option_lines(KEYS), max_size=5, unique_by=lambda line: re.split("[=:]", line)[0].strip().lower())):
            lines += [option, *draw(st.lists(st.one_of(FILLERS, FILLERS, CONTINUATIONS), max_size=3))]
    return glued(draw, lines)


def glued(draw: st.DrawFn, lines: list[str]) -> bytes:
    end = draw(ENDS)
    text = "".join(line + (draw(ENDS) if draw(st.integers(0, 9)) == 0 else end) for line in lines)
    return (text.rstrip("\r\n") if draw(st.booleans()) else text).encode()


@st.composite
def careless(draw: st.DrawFn) -> bytes:
    """Anything in any order, in any encoding."""
    kinds = st.one_of(FILLERS, HEADERS, option_lines(KEYS), option_lines(KEYS[:3]), CONTINUATIONS, st.sampled_from(["junk", "=1", "café=ü", "# ü"]))
    data = glued(draw, draw(st.lists(kinds, max_size=12)))
    how = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"]))
    return data.decode().encode(how, "ignore")


NEW_VALUES = st.one_of(st.none(), st.sampled_from(["60", "/a,/b", "/a", "True", "/c = d", "; x", "# x", "[x]", ""]), st.text(max_size=6))
WANTED = st.dictionaries(any_case([*conf.SPELLING.values(), "fsfreeze"]), NEW_VALUES, min_size=1, max_size=3)


@settings(max_examples=800, deadline=None)
@given(data=plausible(), wanted=WANTED)
@example(data=b"[SnapshotThread]\n a=1\n[Monitor]\nx=1\n", wanted={"timeout": "1"})
def test_edit_is_read_as_intended(folder: Path, data: bytes, wanted: dict[str, str | None]) -> None:
    extension = Extension(folder, data)
    assume(extension.readable())
    others = extension.all_but(*wanted)
    before = {key: extension.get(key) for key in wanted}
    try:
        written = edit(data, wanted)
    except EditError as error:
        expected_refusal(str(error), data, wanted, before)
        return
    extension = Extension(folder, written)
    assert {key: extension.get(key) for key in wanted} == wanted
    assert extension.all_but(*wanted) == others
    remaining = iter(comments(written))
    assert all(line in remaining for line in comments(data)), "a comment is gone or stands elsewhere"
    assert edit(written, wanted) == written
    if before == wanted and None not in wanted.values():
        assert written == data
    if b"[SnapshotThread]" in written and "seqsnapshot" not in map(str.lower, wanted) and extension.parser().has_section(SECTION):
        after = rewritten(written)
        assert edit(after, wanted) == after


def expected_refusal(sentence: str, data: bytes, wanted: dict[str, str | None], before: dict[str, str | None]) -> None:
    """Only for reasons that the test sees for itself."""
    changed = [value for key, value in wanted.items() if value is not None and value != before[key]]
    bad_value = any("%" in value or "\n" in value or "\r" in value or value != value.strip() for value in changed)
    twice = len({key.lower() for key in wanted}) < len(wanted)
    swallowed = re.search(rb"(?m)^[ \t]+[a-zA-Z_]+\s*[=:]", data) and "ask for repair" in sentence
    inherited = b"[DEFAULT]" in data and "[DEFAULT]" in sentence
    reference = b"%(timeout)s" in data.lower() and "would be read as" in sentence
    assert bad_value or twice or swallowed or inherited or reference, sentence


@settings(max_examples=800, deadline=None)
@given(data=st.one_of(plausible(), careless()))
@example(data=b"=1\n=1\n")
def test_repair_is_readable_or_refused(folder: Path, data: bytes) -> None:
    was_readable = Extension(folder, data).readable()
    try:
        repaired, done = repair(data)
    except EditError as error:
        assert re.search(r"\((syntax|undecodable|byte_order_mark), line \d+\)", str(error))
        return
    assert Extension(folder, repaired).readable()
    assert read(repaired)[0]
    assert bool(done) == (repaired != data)
    assert done or was_readable
    assert repair(repaired) == (repaired, [])
    edit(repaired, {"added_key": "1"})


@settings(max_examples=400, deadline=None)
@given(data=st.one_of(plausible(), careless()))
def test_repair_keeps_the_last_value_of_each_key(folder: Path, data: bytes) -> None:
    """Judged by configparser in its lenient mode, in which the last one wins."""
    lenient = configparser.ConfigParser(strict=False)
    try:
        lenient.read_string(data.decode().replace("\r\n", "\n"))
        repaired, done = repair(data)
    except (UnicodeDecodeError, configparser.Error, EditError):
        return
    if any("indentation" in sentence or "was spelled" in sentence for sentence in done):
        return
    kept = Extension(folder, repaired).parser()
    assert kept._sections == lenient._sections  # type: ignore[attr-defined]
    assert kept.defaults() == lenient.defaults()


@settings(max_examples=600, deadline=None)
@given(data=st.one_of(st.binary(max_size=60), careless(), plausible()))
@example(data=b"\xef\xbb\xbf")
@example(data=b"[SnapshotThread]\na=%(a)s")
def test_read_never_raises_and_agrees(folder: Path, data: bytes) -> None:
    same_verdict(data)
    readable, reason, options = read(data)
    extension = Extension(folder, data)
    assert readable == extension.readable() == (reason is None)
    assert options == {key: extension.get(key) for key in options}
    for change in (repair, lambda given: edit(given, {"timeout": "6"})):
        try:
            change(data)
        except EditError as error:
            assert "\n" not in str(error)


@settings(max_examples=400, deadline=None)
@given(data=plausible(), wanted=st.lists(st.sampled_from(["/a", "/b", "/c", "/d/"]), max_size=3), state=st.sampled_from(["present", "absent", "exact"]))
def test_merged_lists_can_be_written(folder: Path, data: bytes, wanted: list[str], state: str) -> None:
    readable, _reason, options = read(data)
    assume(readable)
    merged = merge_mounts(skip_list(options), wanted, state)
    paths = {path.rstrip("/") for path in wanted}
    assert set(merged).isdisjoint(paths) if state == "absent" else paths <= set(merged)
    try:
        written = edit(data, {"MountsToSkip": ",".join(merged)})
    except EditError as error:
        assert re.search("'%'|ask for repair", str(error))
        return
    assert skip_list({"mountstoskip": Extension(folder, written).get("MountsToSkip") or ""}) == merged

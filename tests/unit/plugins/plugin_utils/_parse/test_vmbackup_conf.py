# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import configparser
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.vmbackup_conf import parse_vmbackup_conf
from hypothesis import example, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[5]
CORPUS = ROOT / "tests" / "fixtures" / "vmbackup_conf"
SAMPLES = ROOT.parent / "shared" / "samples"


def case(name: str) -> bytes:
    [path] = CORPUS.glob(f"vmbackup.conf-1.0.9225.0-ubuntu22.04-en-{name}.*")  # .bin where it is no UTF-8 text
    return path.read_bytes()


def ids(conf: dict[str, Any]) -> list[str]:
    return sorted(warning["id"] for warning in conf["warnings"])


def skip_list(value: str, **more: Any) -> dict[str, Any]:
    return parse_vmbackup_conf(f"[SnapshotThread]\nMountsToSkip={value}\n", **more)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("plain", None),
        ("rewritten", None),
        ("bom", "byte_order_mark"),
        ("utf16", "byte_order_mark"),
        ("latin1", "undecodable"),
        ("duplicate_case", "duplicate_option"),
        ("article", "no_section_header"),
    ],
)
def test_what_the_extension_reads(name: str, reason: str | None) -> None:
    conf = parse_vmbackup_conf(case(name))
    assert (conf["readable"], conf["reason"]) == (reason is None, reason)
    if reason:
        assert (conf["mounts_to_skip"], conf["settings"], conf["ignored_keys"], ids(conf)) == ([], {}, [], [reason])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[a]\n[a]\n", "duplicate_section"),
        ("[SnapshotThread]\nMountsToSkip /a\n", "syntax"),
        ("\ufeff[SnapshotThread]\n", "byte_order_mark"),
        ("MountsToSkip=/a\n[SnapshotThread]\n", "no_section_header"),
    ],
)
def test_more_reasons(text: str, reason: str) -> None:
    conf = parse_vmbackup_conf(text)
    assert (conf["reason"], conf["mounts_to_skip"]) == (reason, [])


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "[Monitor]\nRun=yes\n"])
def test_a_file_without_the_section_is_readable_and_sets_nothing(text: str) -> None:
    conf = parse_vmbackup_conf(text)
    assert (conf["readable"], conf["mounts_to_skip"], conf["settings"], conf["warnings"]) == (True, [], {}, [])


def test_a_blank_behind_the_comma_belongs_to_the_entry() -> None:
    conf = parse_vmbackup_conf(case("rewritten"))
    assert conf["mounts_to_skip"] == ["/mnt/resource", " /data"]
    assert conf["settings"]["seqsnapshot"] == "1"
    assert [(entry["key"], bool(entry["why"])) for entry in conf["ignored_keys"]] == [("fsfreeze", True)]
    assert ids(conf) == ["space_in_skip_list"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/a,/b", []),
        ("/a/", ["trailing_slash"]),
        ("/", ["root_in_skip_list"]),
        ("a,/b", ["relative_skip_path"]),
        ('"/a,/b"', ["quoted_skip_list"]),
        ("/a ; why", ["inline_comment"]),
        ("/a # why", ["inline_comment"]),
        ("/a,\n  /b", ["multi_line_skip_list", "space_in_skip_list"]),
        ("/a%b", ["interpolation"]),
        ("/a%%b", []),
    ],
)
def test_what_does_not_do_what_it_looks_like(value: str, expected: list[str]) -> None:
    assert ids(skip_list(value)) == expected


def test_a_wrong_section_case_is_no_section() -> None:
    conf = parse_vmbackup_conf("[snapshotthread]\nMountsToSkip=/a\n")
    assert (conf["readable"], conf["mounts_to_skip"], ids(conf)) == (True, [], ["wrong_section_case"])
    assert conf["ignored_keys"][0]["section"] == "snapshotthread"


def test_default_counts_only_beside_the_section() -> None:
    assert parse_vmbackup_conf("[DEFAULT]\nMountsToSkip=/a\n")["mounts_to_skip"] == []
    assert parse_vmbackup_conf("[DEFAULT]\nMountsToSkip=/a\n")["ignored_keys"][0]["section"] == "DEFAULT"
    assert parse_vmbackup_conf("[DEFAULT]\nMountsToSkip=/a\n[SnapshotThread]\n")["mounts_to_skip"] == ["/a"]


@pytest.mark.parametrize(("value", "wrong"), [("abc", True), ("--5", True), ("6.5", True), ("", False), ("-1", False), (" 70 ", False)])
def test_numbers(value: str, wrong: bool) -> None:
    conf = parse_vmbackup_conf(f"[SnapshotThread]\nSafeFreezeWaitInSeconds={value}\n")
    assert ids(conf) == (["not_a_number"] if wrong else [])


def test_mounts_tell_which_entries_change_nothing() -> None:
    mounts = [
        {"path": "/a", "freezable": True},
        {"path": "/nfs", "freezable": False},
        {"path": "/both", "freezable": False},
        {"path": "/both", "freezable": True},
    ]
    conf = skip_list("/a,/nfs,/gone,/both,/,x", mounts=mounts)
    assert [(item["id"], item["detail"]) for item in conf["warnings"] if item["id"] in ("never_frozen", "not_a_mount")] == [
        ("never_frozen", "/nfs"),
        ("not_a_mount", "/gone"),
    ]
    assert "not_a_mount" not in ids(skip_list("/gone"))


def test_every_warning_and_reason_is_in_the_evidence_document() -> None:
    text = (ROOT / "docs" / "evidence.md").read_text("utf-8")
    known = set(re.findall(r"`(\w+)`", "".join(line for line in text.splitlines() if line.startswith("`vmbackup_conf."))))
    source = "".join((ROOT / "plugins" / "plugin_utils" / "_parse" / name).read_text("utf-8") for name in ("vmbackup_conf.py", "_vmbackup_warnings.py"))
    used = set(re.findall(r'_unreadable\("(\w+)"', source)) | set(re.findall(r'"id": "(\w+)"', source)) | set(re.findall(r'\(\("(\w+)"', source))
    assert used and used <= known


def oracle(data: bytes) -> tuple[bool, list[str]]:
    """The extension's way, as its public source does it: a new ConfigParser that opens the file, any exception swallowed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vmbackup.conf"
        path.write_bytes(data)
        readable = True
        value: str | None = None
        try:
            parser = configparser.ConfigParser()
            parser.read(path, encoding="utf-8")
        except Exception:
            readable = False
        try:
            parser = configparser.ConfigParser()
            parser.read(path, encoding="utf-8")
            if parser.has_option("SnapshotThread", "MountsToSkip"):
                value = parser.get("SnapshotThread", "MountsToSkip")
        except Exception:
            value = None
        return readable, value.split(",") if value else []


SECTIONS = ["[SnapshotThread]", "[snapshotthread]", "[DEFAULT]", "[Monitor]", "[x", "]"]
KEYS = ["MountsToSkip", "mountstoskip", "fsfreeze", "timeout", "=", ":"]
VALUES = ["/a", "/b", ",", "%", "%%", "%(timeout)s", "%(x)s", ";c", "#c", "'", "é"]
BLANKS = [" ", "\t", "\n", "\n", "\r\n", "\r", "\x00", "\x0b", "\x1c", "\x85", "\u2028", "\ufeff", "[SnapshotThread]\nMountsToSkip=/a,/b\n"]
PIECES = st.sampled_from(SECTIONS + KEYS + VALUES + BLANKS)


@settings(max_examples=300, deadline=None)
@example("[SnapshotThread]\nMountsToSkip=/a\rfsfreeze=1\n")
@example("[SnapshotThread]\n\x85MountsToSkip=/a\n")
@given(st.lists(PIECES, max_size=14).map("".join))
def test_it_agrees_with_configparser(text: str) -> None:
    data = text.encode("utf-8")
    readable, skipped = oracle(data)
    for source in (data, text):
        conf = parse_vmbackup_conf(source)
        assert (conf["readable"], conf["mounts_to_skip"]) == (readable, skipped)
        assert conf["readable"] == (conf["reason"] is None)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([b"", b"[SnapshotThread]\nMountsToSkip=/a\n", b"\xff\xfe", b"\xef\xbb\xbf"]))
def test_it_agrees_with_configparser_about_bytes(data: bytes, head: bytes) -> None:
    conf = parse_vmbackup_conf(head + data)
    assert (conf["readable"], conf["mounts_to_skip"]) == oracle(head + data)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not here")
@pytest.mark.parametrize(
    ("name", "readable", "skipped"),
    [
        ("vmbackupconf-01-shipped-template.conf", True, []),
        ("vmbackupconf-02-handlerutil-sample.conf", True, []),
        ("vmbackupconf-04-monitor-section-only.conf", True, []),
        ("vmbackupconf-05-lsblk-user.conf", True, []),
        ("DERIVED-vmbackupconf-07-after-extension-rewrite.conf", True, ["/mnt/resource", " /data"]),
        ("DERIVED-vmbackupconf-08-duplicate-key-case.conf", False, []),
    ],
)
def test_recorded_files(name: str, readable: bool, skipped: list[str]) -> None:
    conf = parse_vmbackup_conf((SAMPLES / name).read_bytes())
    assert (conf["readable"], conf["mounts_to_skip"]) == (readable, skipped)

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import os
import resource
import time

import pytest
from ansible_collections.azvm.backup.plugins.module_utils._linux_run import AbsentError


def test_a_missing_file_is_absent_and_a_closed_folder_is_denied(fake):
    fake.put("/open/here", "x")
    fake.put("/closed/there", "x")
    (fake.root / "closed").chmod(0o700)
    assert fake.collect_as_nobody(lambda host: host.file("/open/missing"))["status"] == "absent"
    assert fake.collect_as_nobody(lambda host: host.file("/closed/there"))["status"] == "denied"
    assert fake.collect_as_nobody(lambda host: host.file("/closed/missing"))["status"] == "denied"
    assert fake.collect_as_nobody(lambda host: {"data": host.exists("/closed/missing")})["status"] == "denied"
    assert fake.collect_as_nobody(lambda host: {"data": host.names("/closed")})["status"] == "denied"
    assert fake.collect_as_nobody(lambda host: {"data": host.names("/nowhere")})["data"] == []


def test_an_unreadable_file_is_denied(fake):
    fake.put("/etc/secret", "x", mode=0o600)
    source = fake.collect_as_nobody(lambda host: host.file("/etc/secret"))
    assert source["status"] == "denied"
    assert "EACCES" in source["error"]


def test_text_that_is_not_utf8_is_escaped_and_kept_exactly_beside(fake):
    raw = b"[SnapshotThread]\nMountsToSkip=/caf\xe9\n"
    fake.put("/etc/f", raw)
    source = fake.host().file("/etc/f", exact=True)
    assert source["text"] == "[SnapshotThread]\nMountsToSkip=/caf\\xe9\n"
    assert base64.b64decode(source["base64"]) == raw
    fake.put("/etc/g", "\ufeffx=é\r\n")
    assert fake.host().file("/etc/g", exact=True)["text"] == "\ufeffx=é\r\n"
    assert "base64" not in fake.host().file("/etc/g", exact=True)


def test_raw_bytes_never_carry_a_secret_that_text_masks(fake):
    fake.put("/etc/f", b"\xff https://x/?sig=SECRET\n")
    source = fake.host().file("/etc/f", exact=True)
    assert source["text"] == "\\xff https://x/?sig=***\n"
    assert "base64" not in source


def test_the_newest_part_of_a_long_file_is_kept(fake):
    fake.put("/var/log/x", "".join(f"line {number}\n" for number in range(10000)))
    source = fake.host(max_bytes=100).file("/var/log/x")
    assert source["truncated"] is True
    assert len(source["text"]) <= 100
    assert source["text"].startswith("line ")
    assert source["text"].endswith("line 9999\n")


def test_the_cut_never_uncovers_half_a_secret(fake):
    fake.put("/var/log/x", "https://x/?sig=" + "S" * 500 + "\nend\n")
    for most in range(5, 540, 7):
        assert "SS" not in fake.host(max_bytes=most).file("/var/log/x")["text"]


def test_a_huge_file_is_read_from_its_end_only(fake):
    path = fake.put("/var/log/huge", "")
    with path.open("r+b") as stream:
        stream.truncate(5 * 1024**3)  # sparse
        stream.seek(0, os.SEEK_END)
        stream.write(b"\nthe end\n")
    start = time.monotonic()
    data, whole, status = fake.host().tail("/var/log/huge")
    assert time.monotonic() - start < 2
    assert (whole, data.endswith(b"the end\n"), status.st_size > 5 * 1024**3) == (False, True, True)
    assert len(data) <= 8 * 1024 * 1024


def test_a_fifo_in_the_place_of_a_log_does_not_block(fake):
    os.mkfifo(fake.put("/var/log/x").parent / "fifo")
    source = fake.collect(lambda host: host.file("/var/log/fifo"), timeout=2)
    assert source["status"] == "failed"
    assert "not a regular file" in source["error"]


def test_commands_run_in_the_c_locale_without_python_leftovers(fake, monkeypatch):
    monkeypatch.setenv("LC_MESSAGES", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    fake.command("show", 'echo "$LANGUAGE/$LC_ALL/$LC_MESSAGES/$PYTHONPATH/$PYTHONDONTWRITEBYTECODE"; echo oops >&2; exit 3')
    assert fake.host().run("show") == (3, "C/C///1\n", "oops\n")


def test_the_output_of_a_command_is_bounded_while_it_runs(fake):
    fake.command("long", "i=0; while [ $i -lt 40 ]; do head -c 1000000 /dev/zero; i=$((i+1)); done; echo the end")

    def run(host):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        text = host.run("long")[1]
        return {"text": text, "data": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before}

    source = fake.collect(run, max_bytes=1000)
    assert source["text"].endswith("the end\n")
    assert len(source["text"]) == 1000
    assert source["data"] < 10_000  # KiB; the command wrote 40 MB


def test_a_missing_command_is_absent_and_one_without_the_right_is_denied(fake):
    fake.command("closed", "true")
    (fake.bin / "closed").chmod(0o700)
    assert fake.collect(lambda host: {"data": host.run("no-such-command")})["status"] == "absent"
    assert fake.collect_as_nobody(lambda host: {"data": host.run("closed")})["status"] == "denied"


def test_no_command_runs_for_a_root_that_is_not_the_running_system(fake):
    fake.command("true", "touch /tmp/must-not-exist")
    with pytest.raises(AbsentError, match="running system"):
        fake.host(live=None).run("true")


def test_the_root_is_where_files_are(fake):
    fake.put("/etc/f", "below")
    assert fake.host().read("/etc/f") == "below"
    assert fake.host().owner("/etc/f")["mode"] == "0644"
    assert fake.host().owner("/etc/none") == {"path": "/etc/none", "exists": False, "mode": None, "uid": None, "gid": None}

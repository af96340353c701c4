# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os

import pytest
from ansible_collections.azvm.backup.plugins.module_utils import _linux_logs as logs

FOLDER = "/var/log/azure/Microsoft.Azure.RecoveryServices.VMSnapshotLinux"


def _line(time, message, version="1.0.9190.0"):
    return f"{time} [Microsoft.Azure.RecoveryServices.VMSnapshotLinux-{version}]{message}\n"


OLD = _line("2026-11-20 01:00:00.000001", "starting enable") + _line("2026-11-20 01:00:05.000001", "old failure")
RUN = _line("2026-11-22 01:00:00.123456", "starting enable") + _line("2026-11-22 01:00:05.000001", "Failed to FIFREEZE: /data")
NOTHING = _line("2026-11-22 07:00:00.000001", "starting enable") + _line(
    "2026-11-22 07:00:00.000002", "the sequence number are same, so skip, current:3== last:3"
)


def test_the_log_begins_at_the_last_enable(fake):
    fake.put(f"{FOLDER}/extension.log", OLD + RUN)
    source = fake.collect(logs.extension_log)
    assert source["text"] == RUN
    assert source["truncated"] is False
    assert source["path"] == f"{FOLDER}/extension.log"
    assert source["data"]["size"] == len(OLD + RUN)


def test_an_enable_to_no_effect_does_not_hide_the_run_before(fake):
    fake.put(f"{FOLDER}/extension.log", OLD + RUN + NOTHING + NOTHING)
    assert fake.collect(logs.extension_log)["text"] == RUN + NOTHING + NOTHING


def test_only_enables_to_no_effect(fake):
    fake.put(f"{FOLDER}/extension.log", NOTHING + NOTHING)
    assert fake.collect(logs.extension_log)["text"] == NOTHING


def test_a_log_without_enable_is_given_from_its_end(fake):
    fake.put(f"{FOLDER}/extension.log", "".join(_line("2026-11-22 01:00:00.000001", f"line {number}") for number in range(100)))
    source = fake.collect(logs.extension_log, max_bytes=1000)
    assert source["truncated"] is True
    assert source["text"].endswith("]line 99\n")


def test_a_long_run_keeps_its_first_line_and_its_newest_part(fake):
    fake.put(f"{FOLDER}/extension.log", RUN + "".join(_line("2026-11-22 01:00:06.000001", f"line {number}") for number in range(1000)))
    source = fake.collect(logs.extension_log, max_bytes=1000)
    lines = source["text"].splitlines(True)
    assert source["truncated"] is True
    assert len(source["text"]) <= 1000
    assert lines[0] == RUN.splitlines(True)[0]
    assert lines[-1].endswith("]line 999\n")


@pytest.mark.parametrize("newest", ["1.0.9190.0", "1.0.9189.0"])
def test_the_folder_level_of_old_agents(fake, newest):
    for version in ("1.0.9190.0", "1.0.9189.0"):
        path = fake.put(f"{FOLDER}/{version}/extension.log", _line("2026-11-22 01:00:00.000001", "starting enable", version))
        if version != newest:
            os.utime(path, (1, 1))
    source = fake.collect(logs.extension_log)
    assert source["path"] == f"{FOLDER}/{newest}/extension.log"
    assert newest in source["text"]


def test_a_log_in_bytes_that_are_no_text(fake):
    fake.put(f"{FOLDER}/extension.log", RUN.encode() + b"\xff\xfe caf\xe9 \x00 https://a/?sig=SECRET\n")
    text = fake.collect(logs.extension_log)["text"]
    assert text == RUN + "\\xff\\xfe caf\\xe9 \x00 https://a/?sig=***\n"


@pytest.mark.parametrize("source", [logs.extension_log, logs.extension_shell_log, logs.waagent_log])
def test_logs_that_are_not_there_or_closed(fake, source):
    assert fake.collect(source)["status"] == "absent"
    for path in (f"{FOLDER}/extension.log", f"{FOLDER}/shell.log", "/var/log/waagent.log"):
        fake.put(path, "x", mode=0o600)
    assert fake.collect(source)["status"] == "ok"
    assert fake.collect_as_nobody(source)["status"] == "denied"


def test_a_closed_log_folder_is_denied(fake):
    fake.put(f"{FOLDER}/extension.log", RUN)
    (fake.root / "var/log/azure").chmod(0o700)
    assert fake.collect_as_nobody(logs.extension_log)["status"] == "denied"


WAAGENT = """2026-11-19T08:00:00.000000Z ERROR ExtHandler too old
2026-11-21T08:00:00.000000Z INFO ExtHandler nothing
2026-11-21T08:00:01.000000Z WARNING ExtHandler No route exists to 168.63.129.16
2026-11-21T08:00:02.000000Z ERROR ExtHandler broke
Traceback (most recent call last):
  File "x"
2026-11-21T08:00:03.000000Z INFO ExtHandler fine again
2026-11-21T08:00:04.000000Z INFO ExtHandler [Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9190.0] Target handler state: enabled
"""


def test_the_agents_log_is_filtered_and_keeps_its_times(fake):
    fake.put("/var/log/waagent.log", WAAGENT)
    lines = WAAGENT.splitlines(True)
    source = fake.collect(logs.waagent_log)
    assert source["text"] == "".join(lines[2:6] + lines[7:])
    assert source["truncated"] is False


def test_the_rotated_log_is_read_where_the_window_reaches_into_it(fake):
    fake.put("/var/log/waagent.log", WAAGENT.splitlines(True)[2])
    older = fake.put("/var/log/waagent.log.1", "2026-11-20T09:00:00.000000Z ERROR rotated\n")
    os.utime(older, (1795250000, 1795250000))
    assert fake.collect(logs.waagent_log)["text"].startswith("2026-11-20T09:00:00.000000Z ERROR rotated\n2026-11-21")
    os.utime(older, (1, 1))
    assert "rotated" not in fake.collect(logs.waagent_log)["text"]


KERNEL = """2026-11-22T07:00:00.123456+0000 web kernel: EXT4-fs error (device sdc1): ext4_lookup:1855: inode #2: comm ls: deleted inode referenced: 12
2026-11-22T07:00:01.123456+0000 web kernel: EXT4-fs (sdc1): mounted filesystem with ordered data mode
2026-11-22T07:00:02.123456+0000 web kernel: EXT4-fs (sdc1): Remounting filesystem read-only
2026-11-22T07:00:03.123456+0000 web kernel: XFS (sdd1): Corruption of in-memory data (0x8) detected. Shutting down filesystem.
2026-11-22T07:00:03.123456+0000 web kernel: XFS (sdd1): Mounting V5 Filesystem
2026-11-22T07:00:04.123456+0000 web kernel: BTRFS error (device sde): parent transid verify failed
2026-11-22T07:00:05.123456+0000 web kernel: usb 1-1: new device
"""


def _journal(fake):
    fake.put("/var/log/journal/0123/system.journal", "x", mode=0o640)


def test_kernel_lines_from_the_journal(fake):
    _journal(fake)
    fake.command("journalctl", f"echo \"$@\" > {fake.folder}/arguments; cat <<'EOF'\n{KERNEL}EOF")
    lines = KERNEL.splitlines(True)
    assert fake.collect(logs.filesystem_log)["text"] == "".join([lines[0], lines[2], lines[3], lines[5]])
    assert "--since=@1795161600" in (fake.folder / "arguments").read_text()


@pytest.mark.parametrize("journal", [True, False])
def test_kernel_lines_from_the_ring_buffer(fake, journal):
    if journal:
        _journal(fake)
    fake.command("journalctl", "exit 1")
    fake.command(
        "dmesg", "echo '2026-11-01T07:00:00,1+00:00 EXT4-fs error (device sdc1): old'; echo '2026-11-22T07:00:00,123456+00:00 EXT4-fs error (device sdc1): new'"
    )
    assert fake.collect(logs.filesystem_log)["text"] == "2026-11-22T07:00:00,123456+00:00 EXT4-fs error (device sdc1): new\n"


def test_an_empty_journal_of_an_unprivileged_user_is_not_a_healthy_one(fake):
    _journal(fake)
    fake.command("journalctl", "exit 0")
    fake.command("dmesg", "echo 'dmesg: read kernel buffer failed: Operation not permitted' >&2; exit 1")
    assert fake.collect(logs.filesystem_log) == {"status": "ok", "text": "", "truncated": False}
    assert fake.collect_as_nobody(logs.filesystem_log)["status"] == "denied"


AVC = 'type=AVC msg=audit({0}.123:45): avc:  denied  {{ read }} for  pid=1 comm="{1}" path="/x" scontext=a tcontext=b tclass=file\n'


def test_denials_that_touch_the_agent(fake):
    assert fake.collect(logs.selinux_denials)["status"] == "absent"
    recent = AVC.format(1795300000, "waagent")
    fake.put("/var/log/audit/audit.log", AVC.format(1700000000, "waagent") + AVC.format(1795300000, "httpd") + "type=LOGIN waagent\n" + recent, mode=0o600)
    assert fake.collect(logs.selinux_denials)["text"] == recent
    assert fake.collect_as_nobody(logs.selinux_denials)["status"] == "denied"


def test_denials_without_auditd_come_from_the_kernel(fake):
    fake.put("/sys/fs/selinux/enforce", "1")
    _journal(fake)
    line = '2026-11-22T07:00:00.123456+0000 web kernel: audit: type=1400 audit(1795330800.1:5): avc:  denied  { open } for comm="safefreeze"\n'
    fake.command("journalctl", f"cat <<'EOF'\n{KERNEL}{line}EOF")
    assert fake.collect(logs.selinux_denials)["text"] == line

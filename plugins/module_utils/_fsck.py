# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""e2fsck and xfs_repair: how they are called and what their exit codes say. Private to this collection.

Sources: https://man7.org/linux/man-pages/man8/e2fsck.8.html, https://man7.org/linux/man-pages/man8/xfs_repair.8.html,
https://docs.kernel.org/filesystems/ext4/globals.html (super block).
"""

import os
import struct
import subprocess
import tempfile
import time

from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError
from ansible_collections.azvm.backup.plugins.module_utils._tools import environment, find

EXT_MAGIC, EXT_ERRORS = 0xEF53, 0x0002
# Bits of e2fsck's exit code after which nothing can be said of the file system.
EXT_FAILED = {8: "operational error", 16: "usage error", 32: "ended on request", 128: "a shared library is missing"}
EXT_LEFT, EXT_REBOOT = 4, 2
XFS_DIRTY_CODE = 2
# The dry run of xfs_repair ends with 1 for a log that was not replayed too; only its words, English in the C locale, tell it from damage.
XFS_DIRTY = b"valuable metadata changes in a log"
# After SIGTERM e2fsck stops at the next safe place.
STOP_SECONDS = 60
TAIL_BYTES = 1500


def filesystem(path):
    """ext or xfs, by the super block; ChangeError for everything else."""
    head = _head(path)
    if head[:4] == b"XFSB":
        return "xfs"
    if len(head) >= 1084 and struct.unpack_from("<H", head, 1080)[0] == EXT_MAGIC:
        return "ext"
    raise ChangeError(
        "{0} holds no ext2, ext3, ext4 or XFS file system that can be recognized, so nothing is done; look with `blkid -p {0}`. "
        "When its super block is damaged, repair it by hand from a copy of it (`e2fsck -b 32768`).".format(path)
    )


def errors_recorded(path):
    """Whether the kernel noted errors in the super block of an ext file system, which e2fsck -n alone does not count as damage."""
    head = _head(path)
    return bool(struct.unpack_from("<H", head, 1082)[0] & EXT_ERRORS)


def _head(path):
    with open(path, "rb") as stream:
        return stream.read(2048)


def look(path, kind, seconds, log):
    """The dry run: {filesystem, clean, exit_code}; what the tool says goes to the stream `log`."""
    start = log.seek(0, os.SEEK_END)
    command = ["e2fsck", "-n", "-f", "--", path] if kind == "ext" else ["xfs_repair", "-n", "--", path]
    code = call(command, seconds, log, "It only looked, and has been stopped: give it more time with `timeout`.", kill=True)
    log.seek(start)
    said = log.read()
    if kind == "xfs":
        if XFS_DIRTY in said:
            raise dirty(path)
        if code not in (0, 1):
            raise failed(command, code, said, "look by hand")
        return {"filesystem": kind, "clean": code == 0, "exit_code": code}
    _refuse_failed(command, code, said)
    return {"filesystem": kind, "clean": code == 0 and not errors_recorded(path), "exit_code": code}


def repair(path, kind, assume_yes, seconds, log):
    """The repair; sentences to warn of. ChangeError where it leaves damage."""
    start = log.seek(0, os.SEEK_END)
    if kind == "xfs":
        return _repair_xfs(path, seconds, log, start)
    command = ["e2fsck", "-f", "-p", "--", path]
    code = call(command, seconds, log, "It was asked to stop.")
    if code & EXT_LEFT and not code & sum(EXT_FAILED):
        if not assume_yes:
            raise ChangeError(
                "`e2fsck -p` repaired what is safe on {0} and left damage whose repair may lose files; save what can be read, then run again with "
                "assume_yes, or answer by hand: `e2fsck -f {0}`.".format(path)
            )
        command = ["e2fsck", "-f", "-y", "--", path]
        code = call(command, seconds, log, "It was asked to stop.")
    log.seek(start)
    _refuse_failed(command, code, log.read())
    if code & EXT_LEFT:
        raise ChangeError("`{0}` could not repair everything; restore the data from a backup, or look at the disk.".format(" ".join(command)))
    return ["e2fsck says that the host is to be restarted before {0} is used.".format(path)] if code & EXT_REBOOT else []


def _repair_xfs(path, seconds, log, start):
    command = ["xfs_repair", "--", path]
    code = call(command, seconds, log, "It was asked to stop and has to be run again before the file system is mounted.")
    if code == XFS_DIRTY_CODE:
        raise dirty(path)
    if code:
        log.seek(start)
        raise failed(command, code, log.read(), "run it again by hand before the file system is mounted")
    return []


def dirty(path):
    return ChangeError(
        "The log of {0} holds changes that were never replayed, so it is not repaired; mount it once and unmount it (`mount {0} /mnt && umount /mnt`), then "
        "run again. Throwing the log away (`xfs_repair -L`) loses data and is left to a person.".format(path)
    )


def _refuse_failed(command, code, said):
    for bit, meaning in sorted(EXT_FAILED.items()):
        if code & bit:
            raise failed(command, code, said, meaning)


def failed(command, code, said, meaning):
    tail = " ".join(said[-TAIL_BYTES:].decode("utf-8", "replace").split())
    return ChangeError("`{0}` ended with {1} ({2}): {3}".format(" ".join(command), code, meaning, tail))


def call(command, seconds, log, late, kill=False):
    """The exit code of a tool whose words go to a stream. A repair is asked to stop when its time is up and is never killed."""
    program = find(command[0])
    if program is None:
        package = "e2fsprogs" if command[0] == "e2fsck" else "xfsprogs"
        raise ChangeError("There is no command `{0}` on this host, so {1} is not checked; install {2}.".format(command[0], command[-1], package))
    log.seek(0, os.SEEK_END)
    log.write("# {0} {1}\n".format(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), " ".join(command)).encode())
    log.flush()
    # run_command keeps all output in memory and cannot ask a tool to stop.
    process = subprocess.Popen(  # pylint: disable=ansible-bad-function
        [program] + command[1:], env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )
    code = _wait(process, seconds)
    if code is None:
        process.terminate()
        code = _end(process, kill)
        still = " It still runs as process {0}.".format(process.pid) if code is None else ""
        raise ChangeError("`{0}` did not end within {1} s. {2}{3}".format(" ".join(command), seconds, late, still))
    if code < 0:
        raise ChangeError("`{0}` was ended by signal {1}; look at the memory and the disk of the host, then run again.".format(" ".join(command), abs(code)))
    return code


def _wait(process, seconds):
    """The exit code, None where the tool still runs."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def _end(process, kill):
    code = _wait(process, STOP_SECONDS)
    if code is None and kill:
        process.kill()
        code = _wait(process, 1)
    return code


def scratch():
    """A stream for what the dry run says; it has no name and is gone with the process."""
    return tempfile.TemporaryFile()

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs, filtered here so that only what diagnosis reads leaves the host. Private to this collection."""

import datetime
import os
import re

from ansible_collections.azvm.backup.plugins.module_utils._linux_host import SCAN_BYTES
from ansible_collections.azvm.backup.plugins.module_utils._linux_run import AbsentError, DeniedError
from ansible_collections.azvm.backup.plugins.module_utils._linux_text import cut, decode, iso, keep_lines, mask

JOURNALS = ("/var/log/journal", "/run/log/journal")


def _newest(host, name):
    """The newest log of that name; agents up to 2.2.20 had one more folder level, the version of the extension."""
    folder = host.plan["extension"]["log_dir"]
    paths = [os.path.join(folder, name)] + [os.path.join(folder, version, name) for version in host.names(folder, "[0-9]*")]
    dated = [(status.st_mtime, path) for status, path in ((host.stat(path), path) for path in paths) if status]
    if not dated:
        raise AbsentError("there is no {0} in {1}".format(name, folder))
    return max(dated)[1]


def extension_log(host):
    """The log since the last Enable that did something: an agent that restarts enables again with the same number, to no effect."""
    plan = host.plan["extension"]
    path = _newest(host, plan["log"])
    data, whole, status = host.tail(path)
    lines = decode(data).splitlines(True)
    starts = [number for number, line in enumerate(lines) if line.rstrip().endswith(plan["enable_marker"])]
    ends = starts[1:] + [len(lines)]
    skipped = plan["enable_skipped"]
    effective = [start for start, end in zip(starts, ends) if not any(mark in line for line in lines[start:end] for mark in skipped)]
    start = (effective or starts or [0])[-1]
    head = lines[start] if starts else ""
    text, was_cut = cut(mask("".join(lines[start:])), host.max_bytes, mask(head))
    return {"text": text, "truncated": was_cut or not (whole or starts), "path": path, "data": {"modified_at": iso(status.st_mtime), "size": status.st_size}}


def extension_shell_log(host):
    """What handle.sh wrote last."""
    return host.file(_newest(host, host.plan["extension"]["shell_log"]))


def waagent_log(host):
    """Errors, warnings and what concerns the extension or the wire server, also from the file that was rotated away."""
    plan = host.plan["agent"]
    data, whole, status = host.tail(plan["log"])
    lines = decode(data).splitlines(True)
    rotated = plan["log"] + ".1"
    older = host.stat(rotated)
    if whole and older and older.st_mtime >= host.since.timestamp():
        lines = decode(host.tail(rotated)[0]).splitlines(True) + lines
    terms = plan["log_keep"] + [host.wireserver or ""]
    kept = keep_lines(lines, lambda line: any(term in line for term in terms if term), host.since)
    return dict(host.text("".join(kept)), path=plan["log"], data={"modified_at": iso(status.st_mtime), "size": status.st_size})


def filesystem_log(host):
    """Kernel lines about damaged file systems and failing disks."""
    wanted = re.compile("|".join(host.plan["filesystem_log"]["patterns"]))
    return host.text("".join(_kernel_lines(host, wanted.search)))


def _kernel_lines(host, wanted):
    """Lines of the kernel since the window began, from the journal, else from the ring buffer."""
    if _journal_readable(host):
        since = "--since=@{0}".format(int(host.since.timestamp()))
        code, output, _errors = host.run(
            # Not --dmesg: that is this boot only, and a reboot does not repair a file system.
            "journalctl",
            "--quiet",
            "--no-pager",
            "--output=short-iso-precise",
            since,
            "_TRANSPORT=kernel",
            most=SCAN_BYTES,
        )
        if code == 0:
            return [line for line in output.splitlines(True) if wanted(line)]
    code, output, errors = host.run("dmesg", "--time-format", "iso", most=SCAN_BYTES)
    if code:
        raise (RuntimeError if host.elevated else DeniedError)("dmesg ended with {0}: {1}".format(code, errors.strip()))
    return keep_lines(output.splitlines(True), wanted, host.since)


def _journal_readable(host):
    """journalctl shows an empty journal to a user who may not read it, and ends with 0."""
    for folder in JOURNALS:
        try:
            machines = host.names(folder)
            paths = [os.path.join(folder, machine, "system.journal") for machine in machines]
            if any(os.access(host.path(path), os.R_OK) for path in paths):
                return True
        except OSError:
            continue
    return False


def selinux_denials(host):
    """AVC lines that name the agent or the extension, from the audit log or, without auditd, from the kernel."""
    plan = host.plan["selinux"]
    audit = host.stat(plan["audit_log"])
    if audit is None and not host.exists(plan["enforce"]):
        raise AbsentError("SELinux is not enabled")

    def wanted(line):
        return plan["denial_marker"] in line and any(term in line for term in plan["denial_keep"])

    if audit is None:
        return host.text("".join(_kernel_lines(host, wanted)))
    lines = decode(host.tail(plan["audit_log"])[0]).splitlines(True)
    return dict(host.text("".join(line for line in lines if wanted(line) and _audit_time(line) >= host.since)), path=plan["audit_log"])


def _audit_time(line):
    """The time of ``msg=audit(1732300000.123:45)``; a line without one counts as new."""
    found = re.search(r"audit\((\d{1,11})[.:]", line)
    return datetime.datetime.fromtimestamp(int(found.group(1)) if found else 2**32, datetime.timezone.utc)

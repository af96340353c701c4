# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files, folders and commands of the host that is looked at, bounded in bytes. Private to this collection."""

import base64
import fnmatch
import os
import select
import stat
import subprocess

from ansible_collections.azvm.backup.plugins.module_utils._linux_run import AbsentError, DeniedError
from ansible_collections.azvm.backup.plugins.module_utils._linux_text import cut, decode, iso, mask

# A log may have gigabytes; what was written last is in here.
SCAN_BYTES = 8 * 1024 * 1024


class Host:
    """Paths below `root`, limits, the plan, and since when logs count. `live` is false for a root that is not the running system."""

    def __init__(self, plan, since, now, root="/", timeout=20, max_bytes=65536, wireserver=None, live=None):
        self.plan = plan
        self.since = since
        self.now = now
        self.root = root
        self.timeout = timeout
        self.max_bytes = max_bytes
        self.wireserver = wireserver
        self.live = os.path.realpath(root) == "/" if live is None else live
        self.elevated = os.geteuid() == 0

    def path(self, path):
        """Where a path of the host is for this process."""
        return path if self.root == "/" else os.path.join(self.root, path.lstrip("/"))

    def stat(self, path):
        """os.stat_result, or None where nothing exists. A folder on the way that may not be searched is a PermissionError."""
        try:
            return os.stat(self.path(path))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def exists(self, path):
        """os.path.exists() would call what it may not see missing."""
        return self.stat(path) is not None

    def names(self, folder, pattern="*"):
        """Sorted names in a folder; none where it does not exist. glob.glob() would hide a PermissionError."""
        try:
            return sorted(fnmatch.filter(os.listdir(self.path(folder)), pattern))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def tail(self, path, most=SCAN_BYTES):
        """(bytes, whole, os.stat_result) of a regular file: at most its last `most` bytes, from the beginning of a line."""
        # O_NONBLOCK: a FIFO in the place of a log must not block.
        handle = os.open(self.path(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise ValueError("{0} is not a regular file".format(path))
            whole = status.st_size <= most
            if not whole:
                stream.seek(status.st_size - most)
            data = stream.read(most)
        return data if whole else data.partition(b"\n")[2], whole, status

    def read(self, path):
        """The text of a small file; FileNotFoundError where it does not exist."""
        return decode(self.read_bytes(path))

    def read_bytes(self, path):
        """The bytes of a file of /proc, /sys or /etc, whose st_size may be 0: at most SCAN_BYTES."""
        handle = os.open(self.path(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            return stream.read(SCAN_BYTES) or b""

    def read_or_none(self, path):
        """The text of a small file, None where it does not exist."""
        try:
            return self.read(path)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def text(self, text, truncated=False):
        """The fields `text` and `truncated` of a source, masked before anything is cut off."""
        text, was_cut = cut(mask(text), self.max_bytes)
        return {"text": text, "truncated": bool(truncated or was_cut)}

    def file(self, path, exact=False):
        """A source that is one file; `exact` adds the raw bytes where text cannot hold them."""
        data, whole, status = self.tail(path)
        source = self.text(decode(data), not whole)
        source.update(path=path, data={"modified_at": iso(status.st_mtime), "size": status.st_size})
        if exact and decode(data).encode("utf-8") != data and len(data) <= self.max_bytes and mask(decode(data)) == decode(data):
            source["base64"] = base64.b64encode(data).decode("ascii")
        return source

    def owner(self, path):
        """{path, exists, mode, uid, gid}; the mode as octal digits."""
        status = self.stat(path)
        if status is None:
            return {"path": path, "exists": False, "mode": None, "uid": None, "gid": None}
        return {"path": path, "exists": True, "mode": "{0:04o}".format(stat.S_IMODE(status.st_mode)), "uid": status.st_uid, "gid": status.st_gid}

    def program(self, name):
        """The path of a command of the running system; AbsentError where there is none."""
        if not self.live:
            raise AbsentError("commands are only run on the running system, not below {0}".format(self.root))
        found = None
        for folder in self.plan["program_dirs"]:
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK) and not os.path.isdir(path):
                return path
            found = path if os.path.exists(path) else found
        if found:
            raise DeniedError("{0} may not be executed".format(found))
        raise AbsentError("there is no command {0}".format(name))

    def run(self, name, *arguments, **options):
        """(exit_code, output, errors) of a command as text in the C locale, the newest part of each; no shell."""
        most = options.get("most", self.max_bytes)
        # run_command cannot keep only the newest part: it joins all output anew with each piece. 64 MB took it 27 s, more than a source has; this takes 0.6 s.
        process = subprocess.Popen(  # pylint: disable=ansible-bad-function
            [self.program(name)] + list(arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self._environment()
        )
        parts = {process.stdout.fileno(): b"", process.stderr.fileno(): b""}
        poll = select.poll()
        for number in parts:
            poll.register(number, select.POLLIN | select.POLLHUP)
        waiting = len(parts)
        while waiting:
            for number, _event in poll.poll():
                chunk = os.read(number, 65536)
                parts[number] = (parts[number] + chunk)[-most:]
                if not chunk:
                    poll.unregister(number)
                    waiting -= 1
        # The time limit is that of the source: it ends the whole process group.
        return process.wait(), decode(parts[process.stdout.fileno()]), decode(parts[process.stderr.fileno()])

    def _environment(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_"))}
        # Python tools must not leave compiled files behind, and nothing may open a pager.
        environment.update(
            LANGUAGE="C", LC_ALL="C", PATH=":".join(self.plan["program_dirs"]), PYTHONDONTWRITEBYTECODE="1", SYSTEMD_PAGER="", SYSTEMD_COLORS="0"
        )
        return environment

    def units(self, names, properties):
        """[{property: text}] of the systemd units among names that exist. `systemctl show` starts nothing."""
        if not self.live or not self.exists("/run/systemd/system"):
            raise AbsentError("systemd does not run here")
        code, output, errors = self.run("systemctl", "show", "--no-pager", "--property=" + ",".join(("Id", "LoadState") + tuple(properties)), "--", *names)
        units = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in output.split("\n\n")]
        units = [unit for unit in units if unit.get("LoadState")]
        if not units:
            raise RuntimeError("systemctl show ended with {0}: {1}".format(code, errors.strip()))
        return [unit for unit in units if unit["LoadState"] != "not-found"]

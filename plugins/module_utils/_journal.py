# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The undo journal and the lease of a Linux host. Private to this collection; docs/undo_journal.md describes the files.

An entry is written and flushed before the change that it undoes, so that a run that dies at any point leaves one that says what was before.
"""

import contextlib
import datetime
import errno
import fcntl
import json
import os
import uuid

FOLDER = "/var/lib/azvm-backup"
SCHEMA = 1
OPEN, DONE, FAILED, UNDONE = "open", "done", "failed", "undone"
TIME = "%Y-%m-%dT%H:%M:%SZ"


class LeaseHeldError(Exception):
    """Another run changes this host; says which, and until when."""


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def iso(moment):
    return moment.astimezone(datetime.timezone.utc).strftime(TIME)


def parse(text):
    """The time of an entry or lease; ValueError where it is none."""
    return datetime.datetime.strptime(text, TIME).replace(tzinfo=datetime.timezone.utc)


def write_durably(path, data, mode=0o600):
    """Replace a file so that after a crash it is the old or the new one, whole; the caller's umask does not count."""
    folder = os.path.dirname(path)
    temporary = os.path.join(folder, ".{0}.{1}".format(os.path.basename(path), uuid.uuid4().hex))
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(handle, mode)
            stream.write(data)
            stream.flush()
            os.fsync(handle)
        os.rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(folder)


def sync_folder(folder):
    """Make a new or removed name in a folder last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def boot_id():
    """Which boot of the host this is; a lease of an earlier one is dead."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as stream:
            return stream.read().strip()
    except OSError:
        return None


class Journal:
    """The folder of one host. Reading never makes anything."""

    def __init__(self, folder=FOLDER):
        self.folder = folder
        self.undo = os.path.join(folder, "undo")
        self.lease_file = os.path.join(folder, "lease.json")

    def entries(self):
        """Every entry, oldest first; one that cannot be understood has the status `unreadable`."""
        try:
            names = sorted(name for name in os.listdir(self.undo) if name.endswith(".json") and not name.startswith("."))
        except FileNotFoundError:
            return []
        return [self._entry(name) for name in names]

    def _entry(self, name):
        try:
            with open(os.path.join(self.undo, name), "rb") as stream:
                entry = json.loads(stream.read().decode("utf-8"))
            if entry["schema"] != SCHEMA or entry["id"] != name[: -len(".json")]:
                raise ValueError("another schema or id")
            return entry
        except (KeyError, TypeError, ValueError) as error:
            return {"id": name[: -len(".json")], "run": None, "status": "unreadable", "fix": None, "target": None, "items": [], "error": str(error)}

    def lease(self):
        """The lease as it stands, whoever has it: {run, expires_at, boot_id}, None where there is none, or {unreadable: why}."""
        try:
            with open(self.lease_file, "rb") as stream:
                lease = json.loads(stream.read().decode("utf-8"))
            parse(lease["expires_at"])
            return {key: lease[key] for key in ("run", "expires_at", "boot_id")}
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, ValueError) as error:
            return {"unreadable": str(error)}

    def guard(self):
        """What the gates ask of a host besides evidence: its lease and what was tried before."""
        attempts = [
            {
                "fix": entry["fix"],
                "target": entry["target"],
                "at": entry.get("closed_at") or entry.get("opened_at"),
                "status": entry["status"],
                "fingerprint": entry.get("fingerprint"),
            }
            for entry in self.entries()
            if entry["status"] != UNDONE
        ]
        lease = self.lease()
        if lease and "unreadable" not in lease and self._dead(lease):
            lease = None
        return {"lease": lease, "attempts": attempts}

    @contextlib.contextmanager
    def leased(self, run, minutes):
        """Hold the lease for a run while something is changed. It stays with the run afterwards, until `release` or its end.

        Raises:
            LeaseHeldError: another run has it and is not dead, or is changing the host at this moment.
        """
        self._make_folders()
        handle = os.open(os.path.join(self.folder, "lease.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock(handle)
            lease = self.lease()
            if lease and lease.get("run") != run and not self._dead(lease):
                raise LeaseHeldError(
                    "The run {0} changes this host and has its lease until {1}; wait for it, or for the lease to end.".format(lease["run"], lease["expires_at"])
                )
            ends = now() + datetime.timedelta(minutes=minutes)
            write_durably(self.lease_file, json.dumps({"run": run, "expires_at": iso(ends), "boot_id": boot_id()}).encode())
            yield
        finally:
            os.close(handle)  # and with it the lock

    def release(self, run):
        """Give the lease of a run back; whether there was one."""
        lease = self.lease()
        if not lease or lease.get("run") != run:
            return False
        os.unlink(self.lease_file)
        sync_folder(self.folder)
        return True

    def open(self, **fields):
        """Write an entry ahead of its change, and return it."""
        moment = now()
        number = "{0:%Y%m%dT%H%M%S%f}Z-{1}".format(moment, uuid.uuid4().hex[:8])
        entry = dict(fields, schema=SCHEMA, id=number, status=OPEN, opened_at=iso(moment), closed_at=None, error=None)
        self.write(entry)
        return entry

    def close(self, entry, status, error=None):
        """Say how the change of an entry ended."""
        entry.update(status=status, closed_at=iso(now()), error=error)
        self.write(entry)

    def write(self, entry):
        write_durably(os.path.join(self.undo, entry["id"] + ".json"), json.dumps(entry, indent=1, sort_keys=True).encode("utf-8"))

    def purge(self, days):
        """Remove entries whose change was closed longer ago; an open one is kept, because it was never resolved. Returns their ids."""
        limit = now() - datetime.timedelta(days=days)
        old = [entry["id"] for entry in self.entries() if entry["status"] in (DONE, FAILED, UNDONE) and parse(entry["closed_at"]) < limit]
        for number in old:
            os.unlink(os.path.join(self.undo, number + ".json"))
        return old

    def _make_folders(self):
        for folder in (self.folder, self.undo):
            try:
                os.mkdir(folder, 0o700)
                sync_folder(os.path.dirname(folder))
            except FileExistsError:
                os.chmod(folder, 0o700)

    @staticmethod
    def _lock(handle):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            raise LeaseHeldError("Another change is being made on this host at this moment; run again when it is done.")

    @staticmethod
    def _dead(lease):
        """A lease that ended, or whose host was started anew since. One that cannot be understood is not known to be dead."""
        if "unreadable" in lease:
            raise LeaseHeldError("The lease of this host cannot be understood ({0}); look at lease.json and remove it.".format(lease["unreadable"]))
        return parse(lease["expires_at"]) <= now() or (lease["boot_id"] is not None and lease["boot_id"] != boot_id())

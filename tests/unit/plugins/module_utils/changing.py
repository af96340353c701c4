# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A setter over plain files, and what stands in for AnsibleModule, for the tests of the road that every change takes."""

from __future__ import annotations

import base64
import hashlib
import os
import signal
from pathlib import Path
from typing import Any, NoReturn

from ansible_collections.azvm.backup.plugins.module_utils._change import Setter, run_change
from ansible_collections.azvm.backup.plugins.module_utils._journal import Journal
from ansible_collections.azvm.backup.plugins.module_utils._undo_items import replace, state
from ansible_collections.azvm.backup.plugins.modules.undo_linux import choose, undo_entry


class EndedError(Exception):
    """exit_json or fail_json was called."""

    def __init__(self, failed: bool, result: dict[str, Any]) -> None:
        super().__init__(result)
        self.failed, self.result = failed, result


class Module:
    """The part of AnsibleModule that run_change uses."""

    _name = "a_module"

    def __init__(self, change: dict[str, Any] | None = None, check_mode: bool = False) -> None:
        self.params, self.check_mode = {"change": change}, check_mode
        self.warned: list[str] = []

    def warn(self, text: str) -> None:
        self.warned.append(text)

    def exit_json(self, **result: Any) -> NoReturn:
        raise EndedError(False, result)

    def fail_json(self, **result: Any) -> NoReturn:
        raise EndedError(True, result)


class FileSetter(Setter):
    """Gives a file its content; None removes it."""

    def __init__(self, path: Path, content: bytes | None, fail: bool = False) -> None:
        super().__init__(str(path))
        self.content, self.fail = content, fail

    def read(self) -> dict[str, Any]:
        found = state({"kind": "file", "path": self.target})
        return {"content": found.get("base64")}

    def wanted(self) -> dict[str, Any]:
        return {"content": None if self.content is None else base64.b64encode(self.content).decode()}

    def undo_items(self) -> list[dict[str, Any]]:
        item: dict[str, Any] = {"kind": "file", "path": self.target}
        item["before"] = state(item)
        item["after"] = {"exists": False}
        if self.content is not None:
            attributes = self._attributes(item["before"])
            item["after"] = {**attributes, "exists": True, "base64": self.wanted()["content"]}
        return [item]

    def _attributes(self, before: dict[str, Any]) -> dict[str, Any]:
        if before["exists"]:
            return {key: before[key] for key in ("mode", "uid", "gid", "label")}
        return {"mode": "0644", "uid": os.getuid(), "gid": os.getgid(), "label": None}

    def act(self) -> None:
        if self.content is None:
            Path(self.target).unlink()
        else:
            replace(self.target, self.content, self._attributes(state({"kind": "file", "path": self.target})))
        if self.fail:
            raise OSError("the disk is gone")


def change(folder: Path, setter: Setter, *, check_mode: bool = False, **told: Any) -> EndedError:
    """Take the road; how it ended."""
    try:
        run_change(Module(told or None, check_mode), setter, str(folder))
    except EndedError as ended:
        return ended
    raise AssertionError("the module did not end")


def undo_all(folder: Path, which: str = "last") -> list[dict[str, Any]]:
    """Undo a run, as the module undo_linux does."""
    journal = Journal(str(folder))
    return [undo_entry(entry, journal, act=True) for entry in choose(journal.entries(), which)]


def tree_hash(folder: Path) -> str:
    """One value for the names, contents and modes below a folder."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(f"{path.relative_to(folder)} {path.lstat().st_mode:o} {path.lstat().st_uid}\n".encode())
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


# What reaches the disk; the process dies right before the call of that number.
DANGEROUS = ("open", "rename", "fsync", "fchmod", "chmod", "unlink", "mkdir")


def die_at(number: int) -> None:
    """kill -9 this process at the given call of a function that changes something."""
    left = [number]

    def wrap(function: Any) -> Any:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)

        return wrapped

    for name in DANGEROUS:
        setattr(os, name, wrap(getattr(os, name)))


def die_changing(journal: Path, file: Path, number: int) -> int:
    """Change a file in a process that dies at the given call; how it ended: 0, or minus the signal."""
    child = os.fork()
    if child == 0:
        try:
            die_at(number)
            failed = change(journal, FileSetter(file, b"new\n"), run="r1").failed
        except BaseException:
            failed = True
        os._exit(int(failed))
    _child, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)

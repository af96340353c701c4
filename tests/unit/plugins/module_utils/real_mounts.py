# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mount namespace of a test's own, and doubles of tools on PATH."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CLONE_NEWNS = 0x00020000


def in_namespace(function: Callable[[], Any]) -> Any:
    """What a function returns, run where its mounts are seen by nobody else and end with it."""
    if os.geteuid() != 0:
        pytest.skip("NOT CHECKED: only root can mount; run the tests as root to see real mounts taken off and put back")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        answer: dict[str, Any] = {"error": "the child ended"}
        try:
            if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
                answer = {"skip": os.strerror(ctypes.get_errno())}
            else:
                subprocess.run(["mount", "--make-rprivate", "/"], check=True)
                answer = {"data": function()}
        except BaseException as error:
            answer = {"error": repr(error)}
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        answer = json.loads(stream.read())
    os.waitpid(child, 0)
    if "skip" in answer:
        pytest.skip(f"NOT CHECKED: no mount namespace can be made here ({answer['skip']})")
    assert "error" not in answer, answer
    return answer["data"]


def double(folder: Path, name: str, script: str) -> None:
    """A tool of that name; `$STATE` is the folder it keeps its state in."""
    folder.mkdir(exist_ok=True)
    target = folder / name
    target.write_text(f"#!/bin/sh\nSTATE={folder}\n{script}\n", encoding="utf-8")
    target.chmod(0o755)

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes and log literals of the snapshot extension for Linux, and what they say together. Private to this collection."""

from __future__ import annotations

import functools

from ._data import HERE, load_data

# The extension reports code 4 with the status "success" before it begins, so that the agent does not wait for it.
# https://github.com/Azure/azure-linux-extensions, VMBackup/main/handle.py (ExtensionTempTerminalState).
_TRANSITIONING = 4
# App consistent, file system consistent, and nothing to do because the task was done before.
_GOOD = frozenset({0, 1, 3})


@functools.lru_cache(maxsize=1)
def code_names() -> dict[int, str]:
    """The extension's own name of each status code."""
    names: dict[int, str] = load_data(HERE / "_extension_codes.yml")
    return names


@functools.lru_cache(maxsize=1)
def signature_ids() -> dict[str, str]:
    """Log literal -> signature id, in the order of the data file."""
    return {literal: entry["id"] for entry in load_data(HERE / "_extension_signatures.yml") for literal in entry["literals"]}


def outcome(status: str, code: int | None) -> str:
    """What a status and its code mean together: the code is the truth where the status says success."""
    if status != "success" or code is None or code in _GOOD:
        return status
    return "transitioning" if code == _TRANSITIONING else "error"

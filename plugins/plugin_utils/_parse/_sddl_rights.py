# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access masks and their names. Private to this collection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._data import HERE, load_data

Ace = dict[str, Any]
WORDS: dict[str, Any] = load_data(HERE / "_sddl.yml")


def right_names(mask: int) -> list[str]:
    """Names of file rights that make up a mask; bits without a name stay as one hexadecimal number."""
    rest = file_mask(mask)
    names, have = [], rest
    for name, bits in WORDS["right_names"].items():
        if have & bits == bits and rest & bits:
            names.append(name)
            rest &= ~bits
    return [*names, f"0x{rest:x}"] if rest else names


def file_mask(mask: int) -> int:
    """The mask with generic rights replaced by what they mean on files."""
    for generic, bits in WORDS["generic"].items():
        mask = mask & ~generic | bits if mask & generic else mask
    return mask


def make_ace(kind: str, sid: str | None, mask: int, flags: Iterable[str] = ()) -> Ace:
    """An access control entry in the shape of the filter sddl."""
    return {"type": kind, "sid": sid, "mask": mask, "rights": right_names(mask), "flags": list(flags)}

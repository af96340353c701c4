# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell how the access to a folder differs from a default. Private to this collection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ._sddl_rights import WORDS, Ace, file_mask, make_ace

MACHINEKEYS_DEFAULT: str = WORDS["machinekeys_default"]
_EVERYONE, _FULL = "S-1-1-0", 0x1F01FF


def _granted(aces: Iterable[Ace]) -> dict[str, int]:
    """Mask by SID of the entries that allow something on the folder itself, without conditions."""
    masks: dict[str, int] = defaultdict(int)
    for ace in aces:
        if ace["type"] == "allow" and "inherit_only" not in ace["flags"]:
            masks[ace["sid"]] |= file_mask(ace["mask"])
    return masks


def _reaches_further(ace: Ace) -> bool:
    """Whether an entry allows something besides the folder itself, or under a condition."""
    return ace["type"].startswith("allow") and (ace["type"] != "allow" or any(flag != "inherited" for flag in ace["flags"]))


def difference(actual: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    """How a folder's access differs from a default, by SID and right; order, owner and group do not count.

    Returns:
        `is_default`; `missing`, what the default allows and this does not; `extra`, what this allows beyond, also to what is created inside;
        `denied`, entries that deny.
    """
    have, want = _granted(actual["aces"]), _granted(default["aces"])
    if "no_access_control" in actual["flags"]:
        have = {**dict.fromkeys(want, _FULL), _EVERYONE: _FULL}
    extra = [make_ace("allow", sid, mask & ~want.get(sid, 0)) for sid, mask in have.items() if mask & ~want.get(sid, 0)]
    shared = [ace for ace in actual["aces"] if _reaches_further(ace)]
    extra = [ace for ace in extra if all(ace["sid"] != other["sid"] for other in shared)] + shared
    missing = [make_ace("allow", sid, mask & ~have.get(sid, 0)) for sid, mask in want.items() if mask & ~have.get(sid, 0)]
    denied = [ace for ace in actual["aces"] if ace["type"].startswith("deny")]
    same = not (missing or extra or denied) and ("protected" in actual["flags"]) == ("protected" in default["flags"])
    return {"is_default": same, "missing": missing, "extra": extra, "denied": denied}

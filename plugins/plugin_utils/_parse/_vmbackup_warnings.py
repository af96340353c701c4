# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What in a readable vmbackup.conf does not do what it looks like. Private to this collection."""

from __future__ import annotations

from typing import Any

Mounts = list[dict[str, Any]]


def _of_the_list(raw: str, skip: list[str]) -> list[tuple[str, str]]:
    found = []
    if "\n" in raw:
        found.append(("multi_line_skip_list", raw.replace("\n", "\\n")))
    if any(mark in raw for mark in "'\""):
        found.append(("quoted_skip_list", raw))
    if " ;" in raw or " #" in raw:
        found.append(("inline_comment", raw))
    for entry in skip:
        path = entry.strip()
        if entry != path:
            found.append(("space_in_skip_list", entry))
        if path == "/":
            found.append(("root_in_skip_list", entry))
        elif path.endswith("/"):
            found.append(("trailing_slash", entry))
        if path and not path.startswith("/") and path[0] not in "'\"":
            found.append(("relative_skip_path", entry))
    return found


def _of_the_mounts(skip: list[str], mounts: Mounts) -> list[tuple[str, str]]:
    """Only clean entries: what is wrong with the others is said already."""
    freezable = {mount["path"] for mount in mounts if mount.get("freezable")}
    mounted = {mount["path"] for mount in mounts}
    clean = [entry for entry in skip if entry == entry.strip() and entry.startswith("/") and not entry.endswith("/")]
    return [("never_frozen" if entry in mounted else "not_a_mount", entry) for entry in clean if entry not in freezable]


def warnings(raw: str, skip: list[str], mounts: Mounts | None) -> list[dict[str, str]]:
    """Warnings about MountsToSkip; those that need to know the mounts only when these are given."""
    found = _of_the_list(raw, skip) + (_of_the_mounts(skip, mounts) if mounts is not None else [])
    return [{"id": name, "detail": detail} for name, detail in found]

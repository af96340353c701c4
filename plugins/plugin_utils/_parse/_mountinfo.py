# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/proc/self/mountinfo. Private to this collection. Source: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html."""

from __future__ import annotations

import re
from typing import Any

from ._errors import ParseError

_ESCAPE = re.compile(r"\\([0-7]{3})")


def _plain(text: str) -> str:
    """The kernel writes blanks, tabs, line ends and backslashes as octal numbers."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), text)


def parse_mountinfo(text: str) -> list[dict[str, Any]]:
    """One entry for each mount: ``{device_number, root, path, options, filesystem, device, super_options}``.

    Raises:
        ParseError: a line is none of mountinfo.
    """
    mounts = []
    for number, line in enumerate(text.split("\n"), 1):  # other line ends are no line ends here: the kernel does not escape them
        if not line.strip():
            continue
        head, found, tail = line.partition(" - ")
        fields, kind = head.split(" "), tail.split(" ")
        if not found or len(fields) < 6 or len(kind) < 3:
            raise ParseError("This is no line of /proc/self/mountinfo", position=f"line {number}")
        mounts.append(
            {
                "device_number": fields[2],
                "root": _plain(fields[3]),
                "path": _plain(fields[4]),
                "options": fields[5].split(","),
                "filesystem": kind[0],
                "device": _plain(kind[1]),
                "super_options": kind[2].split(","),
            }
        )
    return mounts

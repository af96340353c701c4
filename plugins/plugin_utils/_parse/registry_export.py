# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse a registry export (.reg). Private to this collection; the shape is in plugins/filter/registry_export.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ._decode import to_text
from ._errors import ParseError

Entry = dict[str, Any]
# learn.microsoft.com/windows/win32/sysinfo/registry-value-types
_TYPES = {0: "none", 1: "sz", 2: "expand_sz", 3: "binary", 4: "dword", 5: "dword_big_endian", 6: "link", 7: "multi_sz", 11: "qword"}
_HEADER = re.compile(r"\s*(?:(?P<five>Windows Registry Editor Version 5\.00)|REGEDIT4)\s*", re.ASCII)
_KEY = re.compile(r"\[(-?)(.+)\]\s*")
_ENTRY = re.compile(r'(?:@|"((?:[^"\\]|\\.)*)")\s*=\s*(.*)', re.DOTALL)
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_HEX = re.compile(r"hex(?:\(([0-9a-f]{1,8})\))?:((?:[0-9a-f]{2}(?:,[0-9a-f]{2})*)?),?\s*", re.IGNORECASE | re.ASCII)
_DWORD = re.compile(r"dword:([0-9a-f]{1,8})\s*", re.IGNORECASE | re.ASCII)


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; lines that end with a backslash, and texts with a line break in them, are joined."""
    pending, start = "", 0
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if not pending:
            if not line.strip() or line.lstrip().startswith(";"):
                continue
            start = number
        quoted = re.match(r'(?:@|"(?:[^"\\]|\\.)*")\s*="', pending or line)
        whole = f"{pending}\n{line}" if pending and quoted else pending + line.strip()
        if quoted and not re.search(r'="(?:[^"\\]|\\.)*"\s*$', whole, re.DOTALL):
            pending = whole
        elif not quoted and whole.endswith("\\") and not whole.startswith("["):
            pending = whole[:-1]
        else:
            yield start, whole
            pending = ""
    if pending:
        raise ParseError("The export ends inside a value: it was cut", position=f"line {start}")


def _hex_entry(kind: int, digits: str, wide: bool) -> Entry:
    data = bytes.fromhex(digits.replace(",", ""))
    name = _TYPES.get(kind, f"type_{kind}")
    if name in ("sz", "expand_sz", "multi_sz"):
        # Version 5 holds UTF-16, REGEDIT4 the ANSI page of the machine, which the file does not name.
        text = data.decode("utf-16-le", "replace") if wide else to_text(data)
        parts = text.split("\0")
        return {"type": name, "data": [part for part in parts if part] if name == "multi_sz" else parts[0]}
    if (name == "dword" and len(data) == 4) or (name == "qword" and len(data) == 8):
        return {"type": name, "data": int.from_bytes(data, "little")}
    return {"type": name, "data": data.hex()}


def _entry(text: str, wide: bool, line: int) -> Entry:
    if text.strip() == "-":
        return {"type": "deleted", "data": None}
    if match := _TEXT.fullmatch(text):
        return {"type": "sz", "data": _unescape(match.group(1))}
    if match := _DWORD.fullmatch(text):
        return {"type": "dword", "data": int(match.group(1), 16)}
    if match := _HEX.fullmatch(text):
        return _hex_entry(int(match.group(1) or "3", 16), match.group(2), wide)
    raise ParseError(f"{text[:40]!r} is no value of a registry export", position=f"line {line}")


def parse_registry_export(source: str | bytes) -> dict[str, dict[str, Entry] | None]:
    """Keys with their values, as written; a key that the file deletes is None, a value that it deletes has the type `deleted`.

    Args:
        source: a .reg file of version 5 or REGEDIT4. The default value of a key has the name "".

    Raises:
        ParseError: it is no registry export, or it was cut; says in which line.
    """
    statements = _statements(to_text(source).lstrip("\ufeff"))
    header = _HEADER.fullmatch(next(statements, (0, ""))[1])
    if not header:
        raise ParseError("No registry export: the first line is neither `Windows Registry Editor Version 5.00` nor `REGEDIT4`")
    keys: dict[str, dict[str, Entry] | None] = {}
    entries: dict[str, Entry] | None = None
    for line, text in statements:
        if key := _KEY.fullmatch(text):
            entries = None if key.group(1) else keys.get(key.group(2)) or {}
            keys[key.group(2)] = entries
            continue
        match = _ENTRY.fullmatch(text)
        if not match or entries is None:
            reason = "does not belong to a key" if match else "is neither a key nor a value of a registry export"
            raise ParseError(f"{text[:40]!r} {reason}", position=f"line {line}")
        entries[_unescape(match.group(1) or "")] = _entry(match.group(2), header.group("five") is not None, line)
    return keys

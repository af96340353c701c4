# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse a security descriptor in SDDL. Private to this collection; the shape is in plugins/filter/sddl.yml."""

from __future__ import annotations

import re
from typing import Any

from ._decode import to_text
from ._errors import ParseError
from ._sddl_rights import WORDS, Ace, make_ace

_PART = re.compile(r"([OGDS]):([^():]*?)(?=\(|[OGDS]:|$)")
_SID = re.compile(r"S-1(?:-(?:\d+|0x[0-9A-F]+))+", re.ASCII)


def _sid(text: str, at: int) -> str | None:
    word = text.strip().upper()
    if not word:
        return None
    sid = word if _SID.fullmatch(word) else WORDS["sids"].get(word)
    if sid is None:
        raise ParseError(f"{word[:40]!r} is no SID and no SID alias of SDDL", position=f"character {at + 1}")
    return str(sid)


def _mask(text: str, at: int) -> int:
    word = text.strip().upper()
    if re.fullmatch(r"0X[0-9A-F]{1,8}|\d{1,10}", word, re.ASCII):
        return int(word, 16 if word.startswith("0X") else 10)
    pairs = re.findall("..?", word)
    if any(pair not in WORDS["rights"] for pair in pairs):
        raise ParseError(f"{word[:40]!r} is no access mask of SDDL", position=f"character {at + 1}")
    mask = 0
    for pair in pairs:
        mask |= WORDS["rights"][pair]
    return mask


def _words(text: str, known: dict[str, str], what: str, at: int) -> list[str]:
    pattern = "|".join(sorted(known, key=len, reverse=True))
    word = text.strip().upper()
    if not re.fullmatch(f"(?:{pattern})*", word):
        raise ParseError(f"{word[:40]!r} are no {what} of SDDL", position=f"character {at + 1}")
    return [known[item] for item in re.findall(pattern, word)]


def _ace(text: str, at: int) -> Ace:
    fields = text.split(";", 6)
    if len(fields) < 6:
        raise ParseError(f"An access control entry has six fields, this one {len(fields)}: {text[:60]!r}", position=f"character {at + 1}")
    kind = WORDS["ace_types"].get(fields[0].strip().upper())
    if kind is None:
        raise ParseError(f"{fields[0][:20]!r} is no type of an access control entry", position=f"character {at + 1}")
    return make_ace(kind, _sid(fields[5], at), _mask(fields[2], at), _words(fields[1], WORDS["ace_flags"], "entry flags", at))


def _aces(text: str, start: int) -> tuple[list[Ace], int]:
    """The entries from a position on, and where they end; conditions may hold brackets."""
    aces: list[Ace] = []
    while start < len(text) and text[start] == "(":
        depth, end = 1, start + 1
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        if depth:
            raise ParseError("The descriptor ends inside an access control entry: it was cut", position=f"character {start + 1}")
        aces.append(_ace(text[start + 1 : end - 1], start))
        start = end
    return aces, start


def parse_sddl(source: str | bytes) -> dict[str, Any]:
    """The owner, group, flags and access entries (the system entries are checked and left out).

    Args:
        source: a descriptor, or the file that `icacls /save` writes (its first descriptor counts).

    Raises:
        ParseError: it is no SDDL, or it was cut; says at which character.
    """
    lines = [line.strip("\ufeff \t\x00") for line in to_text(source).splitlines()]
    text = next((line for line in lines if re.match(r"[OGDS]:", line)), None)
    if text is None:
        raise ParseError("No security descriptor: no line begins with O:, G:, D: or S: as SDDL does")
    if "D:" not in text:
        raise ParseError(f"The descriptor {text[:60]!r} has no access list (D:): it was cut or saved without it")
    parts: dict[str, Any] = {"owner": None, "group": None, "flags": [], "aces": []}
    at = 0
    while at < len(text):
        match = _PART.match(text, at)
        if not match:
            raise ParseError(f"{text[at : at + 20]!r} is not SDDL", position=f"character {at + 1}")
        part, head = match.groups()
        if part in "OG":
            parts["owner" if part == "O" else "group"] = _sid(head, at)
            at = match.end()
            continue
        flags = _words(head, WORDS["acl_flags"], "list flags", at)
        aces, at = _aces(text, match.end())
        if part == "D":
            parts.update(flags=flags, aces=aces)
    return parts

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse `vssadmin list writers` of any language. Private to this collection; the shape is in plugins/filter/vss_writers.yml."""

from __future__ import annotations

import collections
import re
from typing import Any

from ._decode import to_text
from ._errors import ParseError
from ._vss_blocks import Block, find_blocks
from ._vss_fields import STATES, means_error, state_class, writer_name
from ._vss_lines import Line, Listing, is_preamble, read_listing

Writer = dict[str, Any]


def _id_problems(ids: list[Line | None]) -> list[str]:
    named = zip(("id", "instance_id"), [*ids[:2], None, None], strict=False)
    return [f"{name}_missing" if line is None else f"{name}_unreadable" for name, line in named if line is None or line.guid is None]


def _error_problem(text: str | None) -> str | None:
    if not text:
        return "last_error_missing"
    failed = means_error(text)
    return "last_error_unknown_text" if failed is None else "last_error_set" if failed else None


def _writer(block: Block, last: bool) -> Writer:
    name = writer_name(block.name)
    ids: list[Line | None] = [*block.ids]
    if block.name is None and len(ids) == 1:
        ids.insert(0, None)  # cut at its head: what is left is the instance id
    state = block.state.number if block.state else None
    error = (block.error.value or None) if block.error else None
    known = state is not None and state < len(STATES)
    problems = [
        "truncated" if (last and (state is None or not error)) or block.name is None else None,
        None if name else "name_missing",
        *_id_problems(ids),
        "state_missing" if state is None else None if known else "state_out_of_range",
        _error_problem(error),
    ]
    guids = [line and line.guid for line in ids[:2]] + [None, None]
    return {
        "name": name,
        "id": guids[0],
        "instance_id": guids[1],
        "state": state,
        "state_name": STATES[state] if state is not None and known else None,
        "class": state_class(state),
        "last_error": error,
        "problems": [problem for problem in problems if problem],
    }


def _refuse(listing: Listing) -> ParseError:
    """Why this is no writer listing."""
    if not listing.lines:
        what = "only the beginning of a banner" if listing.banner else "nothing"
        return ParseError(f"No writer listing: there is {what}; run `vssadmin list writers` in an elevated prompt and save all of its output")
    if "G" in listing.kinds:
        return ParseError("No writer listing: no writer has a state such as [1]; give the output of `vssadmin list writers`, not of another command")
    shown = listing.lines[0].text.strip()[:80]
    return ParseError(f"No writer listing: neither writers nor only the banner; it says {shown!r}. vssadmin needs administrator rights: run it elevated")


def _is_writer_listing(listing: Listing) -> bool:
    kinds = listing.kinds
    if "S" in kinds:
        return listing.banner or "GS" in kinds
    lines = listing.lines
    if not (listing.banner and listing.copyright):
        return False
    # Without any state: no writer at all, or the very first one was cut. Providers have two lines before their id, shadow copies none.
    while lines and is_preamble(lines[:1]):
        lines = lines[1:]
    return not lines or re.fullmatch("OGG?O?", "".join(line.kind for line in lines)) is not None


def parse_vss_writers(source: str | bytes) -> list[Writer]:
    """The writers of a listing in their order; `[]` for a banner without writers.

    Args:
        source: output of `vssadmin list writers`, or a console session that holds it.

    Raises:
        ParseError: this is no writer listing (empty, an error message, the output of another command, something else).
    """
    listing = read_listing(to_text(source))
    if not _is_writer_listing(listing):
        raise _refuse(listing)
    if "G" not in listing.kinds and "S" not in listing.kinds:
        return []
    blocks = list(find_blocks(listing.lines))
    writers = [_writer(block, last=index == len(blocks)) for index, block in enumerate(blocks, start=1)]
    counts = collections.Counter(writer["id"] for writer in writers if writer["id"])
    for writer in writers:
        if counts[writer["id"]] > 1:
            writer["problems"].append("duplicate_id")
    return writers

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the lines of a writer listing together to writers. Private to this collection.

Runs of id and state lines are the anchors. Of the other lines between two anchors the first is the last error of the writer before, the last
one the name of the writer that follows.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from ._vss_lines import Line

_ANCHOR = re.compile(r"G{1,2}S?|S")


@dataclasses.dataclass
class Block:
    """The lines of one writer, as far as they are there."""

    name: Line | None = None
    ids: list[Line] = dataclasses.field(default_factory=list)
    state: Line | None = None
    error: Line | None = None


def _is(line: Line, kind: str, labels: dict[str, set[str | None]]) -> bool:
    """Whether the label of a line was seen in lines of this kind and never in the others."""
    return all((line.label in seen) == (name == kind) for name, seen in labels.items())


def _seen_labels(gaps: list[list[Line]]) -> dict[str, set[str | None]]:
    """Labels of the gaps that hold both a last error and a name; they decide where a gap has one line only."""
    whole = [gap for gap in gaps if len(gap) == 2]
    return {"error": {gap[0].label for gap in whole}, "name": {gap[1].label for gap in whole}}


def _name_index(gap: list[Line], anchor: str) -> int:
    """Where the name stands among the lines before an anchor; before a bare state stand name, id and instance id."""
    return len(gap) - 1 if anchor.startswith("G") else max(len(gap) - 3, 0)


def find_blocks(lines: list[Line]) -> Iterator[Block]:
    """The writers in their order; a last one of which only the name is left has neither ids nor state."""
    kinds = "".join(line.kind for line in lines)
    anchors = list(_ANCHOR.finditer(kinds))
    edges = [0, *(edge for anchor in anchors for edge in anchor.span()), len(lines)]
    gaps = [lines[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    labels = _seen_labels(gaps[1:-1])
    block: Block | None = None
    for gap, anchor in zip(gaps, [*anchors, None], strict=True):
        rest = gap
        if block:
            if block.state is None:
                rest = rest[1:]  # where no state was found, its line is damaged or cut and stands here
            # A single line is the name that is due before an anchor, and the last error at the end, unless its label says otherwise.
            due = anchor and len(rest) == 1
            if rest and (_is(rest[0], "error", labels) if due else not _is(rest[0], "name", labels)):
                block.error, rest = rest[0], rest[1:]
            yield block
        if not anchor:
            if rest:
                yield Block(name=rest[0])
            return
        found = lines[anchor.start() : anchor.end()]
        index = _name_index(rest, anchor.group())
        block = Block(rest[index] if rest else None, [*rest[index + 1 :], *(line for line in found if line.kind == "G")])
        block.state = found[-1] if found[-1].kind == "S" else None

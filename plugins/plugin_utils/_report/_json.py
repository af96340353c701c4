# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JSON. Private to this collection."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from ._build import Report


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity; an edited document can."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


def _dump(value: Any) -> str:
    # ASCII: no character of a log can reorder or hide what is shown around it.
    try:
        return json.dumps(value, allow_nan=False, default=str)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False, default=str)


def _list(name: str, entries: list[Any], last: bool = False) -> Iterator[str]:
    yield f"  {_dump(name)}: ["
    for number, entry in enumerate(entries):
        yield f"{',' if number else ''}\n    {_dump(entry)}"
    yield ("\n  ]" if entries else "]") + ("\n" if last else ",\n")


def to_json(report: Report) -> Iterator[str]:
    """The report piece by piece: one line for each host, fix and code, so that a diff of two reports can be read."""
    yield "{\n"
    keys = list(report)
    for key in keys:
        if isinstance(report[key], list):
            yield from _list(key, report[key], last=key == keys[-1])
        else:
            yield f"  {_dump(key)}: {_dump(report[key])}{'' if key == keys[-1] else ','}\n"
    yield "}\n"

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writer atlas: what is known of VSS writers. The only reader of `_writer_atlas.yml`. Private to this collection."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ._data import HERE, load_data

ATLAS = HERE.parent / "_writer_atlas.yml"


@functools.lru_cache(maxsize=4)
def _index(path: Path) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    rows = load_data(path)["writers"]
    return {row["id"].lower(): row for row in rows if row.get("id")}, {row["name"].casefold(): row for row in rows}


def lookup(writer: Mapping[str, Any], atlas: Path = ATLAS) -> dict[str, Any] | None:
    """The row of a writer, by its id, else by its name (ids are cut or redacted in what people send); None for one that is not in the atlas."""
    by_id, by_name = _index(atlas)
    return by_id.get((writer.get("id") or "").lower()) or by_name.get((writer.get("name") or "").casefold())


def missing_writers(writers: Iterable[Mapping[str, Any]], atlas: Path = ATLAS) -> list[str]:
    """Names of the writers that every Windows lists and that are not in this listing, in the order of the atlas."""
    seen = {row["name"] for row in (lookup(writer, atlas) for writer in writers) if row}
    return [row["name"] for row in load_data(atlas)["writers"] if row.get("always_present") and row["name"] not in seen]

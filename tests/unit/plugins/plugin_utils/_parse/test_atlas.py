# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._atlas import lookup, missing_writers


@pytest.fixture
def atlas(tmp_path: Path) -> Path:
    path = tmp_path / "atlas.yml"
    path.write_text(
        "writers:\n"
        "  - {name: First Writer, id: 00000000-0000-4000-8000-000000000001, service: One, impact: low, always_present: true}\n"
        "  - {name: Second Writer, id: null, service: Two, impact: high, always_present: true}\n"
        "  - {name: Third Writer, id: 00000000-0000-4000-8000-000000000003, service: null, impact: critical, always_present: false}\n",
        encoding="utf-8",
    )
    return path


def service(writer: dict[str, str | None], atlas: Path) -> str | None:
    row = lookup(writer, atlas)
    return row["service"] if row else "not in the atlas"


def test_the_id_wins_over_the_name(atlas: Path) -> None:
    assert service({"name": "Second Writer", "id": "00000000-0000-4000-8000-000000000001"}, atlas) == "One"


def test_the_name_is_the_identity_where_the_id_is_unreadable_or_made_up(atlas: Path) -> None:
    assert service({"name": "first writer", "id": None}, atlas) == "One"
    assert service({"name": "Second Writer", "id": "a1111111-1a11-2222-a33a-1050253ae220"}, atlas) == "Two"


def test_an_unknown_writer_is_not_guessed(atlas: Path) -> None:
    assert lookup({"name": "Fourth Writer", "id": None}, atlas) is None
    assert lookup({"name": "", "id": None}, atlas) is None


def test_missing_are_the_always_present_ones_that_are_not_listed(atlas: Path) -> None:
    assert missing_writers([], atlas) == ["First Writer", "Second Writer"]
    assert missing_writers([{"name": "x", "id": "00000000-0000-4000-8000-000000000001"}], atlas) == ["Second Writer"]
    assert missing_writers([{"name": "First Writer", "id": None}, {"name": "Second Writer", "id": None}], atlas) == []


def test_the_atlas_of_the_collection_knows_the_express_writers() -> None:
    assert {"Task Scheduler Writer", "VSS Metadata Store Writer", "System Writer"} <= set(missing_writers([]))

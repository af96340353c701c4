# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import Catalogue, CatalogueError, load_catalogue, read_card

CARD = """
code: {code}
handles: []
aliases: {aliases}
title: A title
os: [linux]
phase: agent
meaning: What it means.
causes_of: {causes_of}
causes:
  - id: c
    title: A cause
    evidence: [{{expr: "{expr}", confidence: likely}}]
    fix: null
    risk: R0
    disruption: none
    reboot: never
    advice: [Do it.]
obsolete: false
links: [{{title: Link, url: 'https://learn.microsoft.com/x'}}]
"""


def write(folder: Path, code: str, *, name: str | None = None, aliases: str = "[]", causes_of: str = "[]", expr: str = "parsed.x") -> Path:
    path = folder / f"{name or code}.yml"
    path.write_text(CARD.format(code=code, aliases=aliases, causes_of=causes_of, expr=expr))
    return path


def test_codes_aliases_and_integers_are_found_without_regard_to_case(tmp_path: Path) -> None:
    write(tmp_path, "AzureVmOffline", aliases="[380008, VmOffline]")
    catalogue = load_catalogue(tmp_path)
    for name in ("AzureVmOffline", "azurevmoffline", 380008, "380008", " VMOFFLINE "):
        card = catalogue.resolve(name)
        assert card is not None
        assert card.code == "AzureVmOffline"
    assert catalogue.resolve("AzureVmOfflin") is None
    assert catalogue.nearest("AzureVmOfflin") == ["AzureVmOffline"]


def test_a_name_in_two_cards_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "CodeA", aliases="[codeb]")
    write(tmp_path, "CodeB")
    with pytest.raises(CatalogueError, match=r"(?i)codeb stands in two cards"):
        load_catalogue(tmp_path)


def test_an_orphan_in_causes_of_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "CodeA", causes_of="[Missing]")
    with pytest.raises(CatalogueError, match="CodeA names Missing"):
        load_catalogue(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"name": "Other"}, "file name must be the code"), ({"expr": "parsed.x["}, "not a JMESPath expression"), ({"aliases": "["}, "cannot be read")],
)
def test_a_card_that_cannot_be_used_says_which_and_why(tmp_path: Path, arguments: dict[str, str], message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        read_card(write(tmp_path, "CodeA", **arguments))


def test_causes_follow_causes_of_once_and_through_rings(tmp_path: Path) -> None:
    write(tmp_path, "CodeA", causes_of="[CodeB]")
    write(tmp_path, "CodeB", causes_of="[CodeA, CodeC]")
    write(tmp_path, "CodeC")
    catalogue: Catalogue = load_catalogue(tmp_path)
    assert [home.code for home, _cause in catalogue.causes(catalogue.cards["CodeA"])] == ["CodeA", "CodeB", "CodeC"]
    assert catalogue.may_explain("CodeC") == ["CodeB"]

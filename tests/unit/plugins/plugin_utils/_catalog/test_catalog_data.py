# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue as data: what must hold for every card, whatever it says."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import HERE, Catalogue, load_catalogue, load_fixes, read_card, read_yaml
from ansible_collections.azvm.backup.plugins.plugin_utils._expressions import Expression

ROOT = Path(__file__).resolve().parents[5]
FIXTURES = ROOT / "tests" / "fixtures" / "catalog"
PATHS = sorted((HERE / "_catalog").glob("*.yml"))
SCHEMA = jsonschema.Draft202012Validator(json.loads((HERE / "_catalog_schema.json").read_bytes()))
# Section 1 of the research: every situation of the article has a handle.
HANDLES = {
    f"{prefix}{number}"
    for prefix, count in {"BT": 9, "C": 24, "J": 4, "RS": 13, "P": 2, "A": 8, "N": 4, "W": 2}.items()
    for number in (f"{i:02d}" if prefix == "C" else str(i) for i in range(1, count + 1))
}
NOTHING: tuple[Any, ...] = (None, False, "", [], {})


def _lines(name: str) -> list[str]:
    return (FIXTURES / name).read_text(encoding="utf-8").split("\n")[:-1]


def _documented_sources() -> dict[str, set[str]]:
    """The source names in the tables of docs/evidence.md, by system."""
    text = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    sections = {system: text.split(f"## {system.title()} sources", 1)[1].split("\n## ", 1)[0] for system in ("linux", "windows")}
    return {system: set(re.findall(r"^\| `([a-z_0-9]+)` \|", section, re.MULTILINE)) for system, section in sections.items()}


SOURCES = _documented_sources()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def card(request: pytest.FixtureRequest) -> dict[str, Any]:
    data: dict[str, Any] = read_yaml(request.param)
    return data


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_card_follows_the_schema(path: Path) -> None:
    assert [f"{list(error.path)}: {error.message}" for error in SCHEMA.iter_errors(read_yaml(path))] == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_file_name_is_the_code_and_every_expression_compiles(path: Path) -> None:
    assert read_card(path).code == path.stem


def test_codes_and_aliases_are_unique_without_regard_to_case() -> None:
    names = Counter(str(name).lower() for path in PATHS for data in [read_yaml(path)] for name in (data["code"], *data["aliases"]))
    assert [name for name, count in names.items() if count > 1] == []


def test_no_card_names_a_missing_one(catalogue: Catalogue) -> None:
    assert {home for card in catalogue for home in card.causes_of} <= set(catalogue.cards)


def test_no_card_can_have_its_own_causes_twice(catalogue: Catalogue) -> None:
    for card in catalogue:
        assert card.code not in card.causes_of


def test_no_cause_is_out_of_reach(catalogue: Catalogue) -> None:
    """What a card names in causes_of must be able to happen on a system of that card."""
    for card in catalogue:
        for home in card.causes_of:
            assert set(card.os) & set(catalogue.cards[home].os), f"{card.code} cannot have the causes of {home}: no common system"


def test_every_handle_has_a_card(catalogue: Catalogue) -> None:
    assert HANDLES - {handle for card in catalogue for handle in card.handles} == set()
    assert {handle for card in catalogue for handle in card.handles} <= HANDLES


@pytest.mark.parametrize("code", _lines("article_codes.txt"))
def test_every_code_of_the_article_has_a_card(catalogue: Catalogue, code: str) -> None:
    found = catalogue.resolve(code.upper())
    assert found is not None
    assert found.code == code or code.isdigit()


def test_integers_and_the_other_spelling_lead_to_the_literal_code(catalogue: Catalogue) -> None:
    wanted: dict[str | int, str] = {
        320001: "ResourceNotFound",
        "400094": "BCMV2VMNotFound",
        380008: "AzureVmOffline",
        "extensioninstallationfailedmsdtc": "ExtensionInstallationFailedMDTC",
    }
    assert {name: card.code for name in wanted if (card := catalogue.resolve(name))} == wanted


def test_sources_are_documented_for_a_system_of_the_card(card: dict[str, Any]) -> None:
    for cause in card["causes"]:
        texts = [item["expr"] for item in cause["evidence"]] + list(((cause["fix"] or {}).get("vars") or {}).values())
        used = frozenset().union(*(Expression(text).sources for text in texts))
        assert used, f"{cause['id']} reads no source"
        assert any(used <= SOURCES[system] for system in card["os"]), f"{cause['id']} reads {sorted(used)}: not all are sources of one of {card['os']}"


def test_every_name_after_parsed_is_seen_by_the_loader(card: dict[str, Any]) -> None:
    """The judge asks an expression which sources it reads; a form that hides one would let an unreadable source count as read."""
    for cause in card["causes"]:
        for item in cause["evidence"]:
            assert set(re.findall(r"parsed\.(\w+)", item["expr"])) == set(Expression(item["expr"]).names)


def test_confirmed_needs_an_entry_inside_the_window(card: dict[str, Any]) -> None:
    for cause in card["causes"]:
        for item in cause["evidence"]:
            if item["confidence"] == "confirmed":
                assert re.search(r"in_window\s*==\s*`true`|last_run|last_backup", item["expr"]), f"{cause['id']}: state alone confirms nothing"


EMPTY_SCOPES = {
    "no parsed": {},
    "parsed is null": {"parsed": None},
    "nothing parsed": {"parsed": {"window": {}, "last_backup": {"outcome": "failure"}}},
    "all absent": {"parsed": {name: {"absent": True} for names in SOURCES.values() for name in names}},
    "all empty objects": {"parsed": {name: {} for names in SOURCES.values() for name in names}},
}


@pytest.mark.parametrize("scope", EMPTY_SCOPES.values(), ids=EMPTY_SCOPES)
def test_a_missing_source_matches_nothing(catalogue: Catalogue, scope: dict[str, Any]) -> None:
    matched = [
        f"{card.code}/{cause.id}" for card in catalogue for cause in card.causes for item in cause.evidence if item.expression.search(scope) not in NOTHING
    ]
    assert matched == []


def test_links_are_well_formed_and_lead_to_the_vendor(card: dict[str, Any]) -> None:
    for link in card["links"]:
        parts = urlsplit(link["url"])
        assert parts.scheme == "https"
        assert parts.netloc in ("learn.microsoft.com", "github.com")
        assert re.fullmatch(r"/[A-Za-z0-9./_-]+", parts.path)
        assert re.fullmatch(r"[a-z0-9-]*", parts.fragment)
        assert not parts.query


def test_fix_roles_are_planned_and_named_by_the_pattern(card: dict[str, Any]) -> None:
    fixes = load_fixes()
    for cause in card["causes"]:
        if cause["fix"]:
            role = cause["fix"]["role"]
            assert fixes[role]["os"] in card["os"], role
            assert all(name.startswith(f"{role}_") for name in cause["fix"]["vars"])


@pytest.mark.parametrize(("role", "fix"), load_fixes().items())
def test_a_fix_says_what_it_costs(role: str, fix: dict[str, str], catalogue: Catalogue) -> None:
    assert re.fullmatch(r"fix(_[a-z0-9]+)+", role)
    assert set(fix) == {"os", "title", "risk", "disruption", "reboot", "undo"}
    assert fix["os"] in ("windows", "linux")
    assert not role.endswith("_linux" if fix["os"] == "windows" else "_windows")
    assert fix["risk"] in ("R1", "R2", "R3"), "R0 changes nothing and R4 is no matter of a role"
    assert fix["disruption"] in (("none",) if fix["risk"] == "R1" else ("low", "medium", "high"))
    assert fix["reboot"] in ("never", "if_required", "always")
    assert fix["undo"] in ("exact", "settings") or (fix["undo"] == "none" and fix["risk"] > "R1"), "R1 is reversible"
    assert any(cause.fix and cause.fix["role"] == role for card in catalogue for cause in card.causes), "a fix of no cause"


def test_ids_of_causes_are_unique(card: dict[str, Any]) -> None:
    ids = [cause["id"] for cause in card["causes"]]
    assert len(ids) == len(set(ids))


def test_nothing_ends_in_silence(catalogue: Catalogue) -> None:
    """A code that is reported and of which nothing is seen still has advice on every system of its card."""
    for card in catalogue:
        systems: list[str | None] = [*card.os] or [None]
        for system in systems:
            inherited = [line for home, cause in catalogue.causes(card) if system in home.os for line in cause.advice]
            assert card.advice or inherited, f"{card.code} says nothing on {system}"


def test_a_card_for_no_system_has_no_causes(card: dict[str, Any]) -> None:
    assert card["os"] or not card["causes"]


def test_no_localized_words_and_no_secrets() -> None:
    for path in PATHS:
        text = path.read_text(encoding="utf-8")
        assert text.isascii(), f"{path.name} holds a character that no key name, id or command needs"
        assert "sig=" not in text

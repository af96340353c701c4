# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each cause of each card: evidence that shows it, and a near miss that does not, from the raw sources through the judge.

A fixture holds one document as the collector would give it (docs/evidence.md), and either `expect`, findings that must come out, or `reject`,
codes ("Code" or "Code/cause") that must not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import CONFIDENCES, Catalogue, load_catalogue
from ansible_collections.azvm.backup.plugins.plugin_utils._expressions import Expression
from ansible_collections.azvm.backup.plugins.plugin_utils._judge import judge
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.document import parse_document

FOLDER = Path(__file__).resolve().parents[5] / "tests" / "fixtures" / "codes"
MATCHES = sorted(FOLDER.glob("*.match.json"))
NEARS = sorted(FOLDER.glob("*.near.json"))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def _read(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_bytes())
    return data


def _not_understood(verdict: dict[str, Any]) -> list[str]:
    """Sources that the fixture gives and the parsers refuse: then a near miss would prove nothing."""
    return [f"{item['source']}: {item['reason']}" for item in verdict["unchecked"] if item["status"] == "not_understood"]


@pytest.mark.parametrize("path", MATCHES, ids=lambda path: path.name)
def test_evidence_shows_the_cause(path: Path, catalogue: Catalogue) -> None:
    fixture = _read(path)
    verdict = judge(fixture["document"], catalogue)
    found = {(item["cause_of"], item["cause"]): item["confidence"] for item in verdict["findings"]}
    for wanted in fixture["expect"]:
        assert found.get((wanted["code"], wanted["cause"])) == wanted["confidence"], (found, _not_understood(verdict))


@pytest.mark.parametrize("path", NEARS, ids=lambda path: path.name)
def test_near_miss_does_not(path: Path, catalogue: Catalogue) -> None:
    fixture = _read(path)
    verdict = judge(fixture["document"], catalogue)
    found = {name for item in verdict["findings"] for name in (item["code"], f"{item['code']}/{item['cause']}")}
    assert found & set(fixture["reject"]) == set()
    # A source that a fixture breaks on purpose says so; anything else that is refused is a mistake in the fixture.
    assert fixture.get("not_understood", []) == [item.split(":")[0] for item in _not_understood(verdict)], _not_understood(verdict)


@pytest.mark.parametrize("path", MATCHES, ids=lambda path: path.name)
def test_the_cause_is_confirmed_when_its_code_is_reported(path: Path, catalogue: Catalogue) -> None:
    fixture = _read(path)
    codes = [wanted["code"] for wanted in fixture["expect"]]
    verdict = judge({**fixture["document"], "requested_codes": codes}, catalogue)
    confirmed = {(item["code"], item["cause"]) for item in verdict["findings"] if item["confidence"] == "confirmed" and item["reported"]}
    assert {(wanted["code"], wanted["cause"]) for wanted in fixture["expect"]} <= confirmed


@pytest.mark.parametrize("path", MATCHES, ids=lambda path: path.name)
def test_unreadable_sources_show_nothing(path: Path, catalogue: Catalogue) -> None:
    """The same host, read without permission: no finding, and no health either."""
    document = _read(path)["document"]
    denied = {name: {"status": "denied", "error": "access denied"} for name in document["sources"]}
    verdict = judge({**document, "sources": denied, "requested_codes": []}, catalogue)
    assert verdict["findings"] == []
    assert verdict["status"] == "partly_checked"


def _scopes() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each fixture with what the expressions of the catalogue see of it."""
    fixtures = [_read(path) for path in MATCHES + NEARS]
    return [(fixture, {**fixture["document"], "parsed": parse_document(fixture["document"])[0]}) for fixture in fixtures]


def _must_not_show(fixture: dict[str, Any], code: str, cause: str, confidence: str) -> bool:
    """Whether a fixture says that this cause is not seen, or not with so much confidence."""
    surest = [item["confidence"] for item in fixture.get("expect", []) if (item["code"], item["cause"]) == (code, cause)]
    lower = bool(surest) and CONFIDENCES.index(surest[0]) < CONFIDENCES.index(confidence)
    return lower or bool({code, f"{code}/{cause}"} & set(fixture.get("reject", [])))


def test_a_fixture_notices_when_an_expression_forgets_the_window(catalogue: Catalogue) -> None:
    """Old events and logs are the commonest false alarm: for every expression that looks at the window there is an entry outside of it."""
    scopes = _scopes()
    unguarded = []
    for card in catalogue:
        for cause in card.causes:
            for item in cause.evidence:
                if "in_window==`true`" in item.expression.text:
                    careless = Expression(item.expression.text.replace("in_window==`true`", "`true`"))
                    told = [scope for fixture, scope in scopes if _must_not_show(fixture, card.code, cause.id, item.confidence)]
                    if not any(careless.search(scope) for scope in told):
                        unguarded.append(f"{card.code}/{cause.id}: {item.expression.text}")
    assert unguarded == []


def test_every_cause_has_a_match_and_every_card_a_near_miss(catalogue: Catalogue) -> None:
    matched = {(wanted["code"], wanted["cause"]) for path in MATCHES for wanted in _read(path)["expect"]}
    assert [f"{card.code}/{cause.id}" for card in catalogue for cause in card.causes if (card.code, cause.id) not in matched] == []
    near = {name.split("/")[0] for path in NEARS for name in _read(path)["reject"]}
    assert [card.code for card in catalogue if card.causes and card.code not in near] == []


def test_fixtures_name_cards_and_causes_that_exist(catalogue: Catalogue) -> None:
    known = {name for card in catalogue for name in (card.code, *(f"{card.code}/{cause.id}" for cause in card.causes))}
    named = {name for path in NEARS for name in _read(path)["reject"]}
    named |= {f"{item['code']}/{item['cause']}" for path in MATCHES for item in _read(path)["expect"]}
    assert named - known == set()

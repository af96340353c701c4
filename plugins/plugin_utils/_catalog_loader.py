# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load the catalogue: one YAML card per error code. The only reader of `_catalog/`. Private to this collection."""

from __future__ import annotations

import dataclasses
import difflib
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ._expressions import Expression

try:  # libyaml reads the whole catalogue in a tenth of the time
    from yaml import CSafeLoader as _Loader
except ImportError:  # pragma: no cover - depends on how PyYAML was built
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

HERE = Path(__file__).resolve().parent
CONFIDENCES = ("possible", "likely", "confirmed")


class CatalogueError(ValueError):
    """A card cannot be used; says which file and why."""


@dataclasses.dataclass(frozen=True)
class Evidence:
    """An expression whose result is the proof, and how much it proves."""

    expression: Expression
    confidence: str


@dataclasses.dataclass(frozen=True)
class Cause:
    """One reason for a code, with what shows it and what helps."""

    id: str
    title: str
    evidence: tuple[Evidence, ...]
    left_behind: bool
    common: bool
    fix: dict[str, Any] | None
    risk: str
    advice: list[str]

    @functools.cached_property
    def sources(self) -> frozenset[str]:
        """The sources of the evidence document that this cause is judged by."""
        return frozenset().union(*(item.expression.sources for item in self.evidence))


@dataclasses.dataclass(frozen=True)
class Card:
    """A documented code or symptom."""

    code: str
    handles: list[str]
    aliases: list[str | int]
    title: str
    os: list[str]
    phase: str
    meaning: str
    causes_of: list[str]
    causes: tuple[Cause, ...]
    advice: list[str]
    article_errors: list[dict[str, str]]
    obsolete: bool | str
    links: list[dict[str, str]]


class Catalogue:
    """All cards, found by code, alias or integer, without regard to case."""

    def __init__(self, cards: list[Card]) -> None:
        self.cards = {card.code: card for card in sorted(cards, key=lambda card: card.code.lower())}
        self._names: dict[str, Card] = {}
        for card in self.cards.values():
            for name in (card.code, *card.aliases):
                known = self._names.setdefault(str(name).lower(), card)
                if known is not card:
                    raise CatalogueError(f"The name {name} stands in two cards: {known.code} and {card.code}.")
        self._explained_by: dict[str, list[str]] = {}
        for card in self.cards.values():
            for home in card.causes_of:
                if home not in self.cards:
                    raise CatalogueError(f"Card {card.code} names {home} in causes_of, and there is no such card.")
                self._explained_by.setdefault(home, []).append(card.code)

    def __iter__(self) -> Iterator[Card]:
        return iter(self.cards.values())

    def resolve(self, code: str | int) -> Card | None:
        """The card of a code, alias or integer; None when it is unknown."""
        return self._names.get(str(code).strip().lower())

    def nearest(self, code: str | int, count: int = 3) -> list[str]:
        """The codes whose names look most like an unknown one, best first."""
        wanted = str(code).strip().lower()
        close = difflib.get_close_matches(wanted, self._names, n=count * 2, cutoff=0.5)
        return list(dict.fromkeys(self._names[name].code for name in close))[:count]

    def causes(self, card: Card) -> Iterator[tuple[Card, Cause]]:
        """The causes of a card and of the cards it names in causes_of, each with its home card."""
        seen = {card.code}
        queue = [card]
        while queue:
            home = queue.pop(0)
            for cause in home.causes:
                yield home, cause
            for code in home.causes_of:
                if code not in seen:
                    seen.add(code)
                    queue.append(self.cards[code])

    def may_explain(self, code: str) -> list[str]:
        """The codes that name this card in causes_of: what its causes can lead to."""
        return self._explained_by.get(code, [])


def read_yaml(path: Path) -> Any:
    """The content of a data file of this collection."""
    with path.open(encoding="utf-8") as file:
        return yaml.load(file, Loader=_Loader)


@functools.lru_cache(maxsize=1)
def load_fixes() -> dict[str, dict[str, str]]:
    """What each fix is, by its name: os, title, risk, disruption, reboot, undo."""
    fixes: dict[str, dict[str, str]] = read_yaml(HERE / "_fixes.yml")
    return fixes


def _cause(data: dict[str, Any]) -> Cause:
    fix = data["fix"]
    if fix is not None:
        known = load_fixes().get(fix["role"])
        if known is None:
            raise CatalogueError(f"Cause {data['id']} names the fix {fix['role']}, and _fixes.yml has none of that name.")
        fix = {
            "role": fix["role"],
            "vars": {name: Expression(text) for name, text in fix["vars"].items()},
            **{key: known[key] for key in ("risk", "disruption", "reboot", "undo")},
            "available": (HERE.parent.parent / "roles" / fix["role"]).is_dir(),
        }
    evidence = tuple(Evidence(Expression(item["expr"]), item["confidence"]) for item in data["evidence"])
    risk = (fix or data)["risk"]
    return Cause(data["id"], data["title"], evidence, data.get("left_behind", False), data.get("common", False), fix, risk, data["advice"])


def read_card(path: Path) -> Card:
    """One card.

    Raises:
        CatalogueError: the file is no card; says which file and why.
    """
    try:
        data = read_yaml(path)
        if data["code"] != path.stem:
            raise CatalogueError(f"Card {path.name} says code {data['code']}; the file name must be the code.")
        return Card(
            **{key: data[key] for key in ("code", "handles", "aliases", "title", "os", "phase", "meaning", "obsolete", "links")},
            causes_of=data.get("causes_of", []),
            causes=tuple(_cause(cause) for cause in data["causes"]),
            advice=data.get("advice", []),
            article_errors=data.get("article_errors", []),
        )
    except CatalogueError:
        raise
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise CatalogueError(f"Card {path.name} cannot be read: {type(error).__name__}: {error}") from error


@functools.lru_cache(maxsize=1)
def load_catalogue(folder: Path = HERE / "_catalog") -> Catalogue:
    """The catalogue of this collection; read once per process."""
    return Catalogue([read_card(path) for path in sorted(folder.glob("*.yml"))])

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find causes in the evidence of one host. Private to this collection."""

from __future__ import annotations

from typing import Any

from .._catalog_loader import CONFIDENCES, Card, Catalogue, Cause
from .._expressions import Expression

Finding = dict[str, Any]
NOTHING: tuple[Any, ...] = (None, False, "", [], {})


def _proof(expression: Expression, value: Any) -> dict[str, Any]:
    return {"source": ", ".join(sorted(expression.names)), "path": expression.text, "value": value}


class Judgement:
    """The judgement of one host; made once, asked once."""

    def __init__(self, document: dict[str, Any], parsed: dict[str, Any], catalogue: Catalogue, unreadable: set[str]) -> None:
        self._scope = {**document, "parsed": parsed}
        self._os = document["host"]["os"]
        self._catalogue = catalogue
        self._unreadable = unreadable
        self._succeeded = parsed["last_backup"] if parsed["last_backup"]["outcome"] == "success" else None
        self.notes: list[str] = []
        self.unknown_codes: list[dict[str, Any]] = []
        self._reported = self._reported_cards(document)

    def _reported_cards(self, document: dict[str, Any]) -> list[Card]:
        """Cards of the codes that the job, or else the user, gave; a job's code wins (DESIGN 3)."""
        from_job = (document.get("job") or {}).get("codes") or []
        from_user = document.get("requested_codes") or []
        job_cards = self._known(from_job)
        user_cards = self._known(from_user)
        if not job_cards:
            return user_cards
        ignored = [card.code for card in user_cards if card not in job_cards]
        if ignored:
            self.notes.append(f"The job reports {', '.join(card.code for card in job_cards)}, so azvm_codes {', '.join(ignored)} was not used for this host.")
        return job_cards

    def _known(self, codes: list[str | int]) -> list[Card]:
        cards: dict[str, Card] = {}
        for code in codes:
            card = self._catalogue.resolve(code)
            if card:
                cards[card.code] = card
            else:
                self.unknown_codes.append({"code": str(code), "nearest": self._catalogue.nearest(code)})
        return list(cards.values())

    def findings(self) -> list[Finding]:
        """All findings, the surest and riskiest first."""
        found: list[Finding] = []
        told: set[tuple[str, str]] = set()
        for card in self._reported:
            if card.os and self._os not in card.os:
                self.notes.append(f"{card.code} was reported, but it is a code of {' and '.join(card.os)} and this host runs {self._os}.")
                continue
            found += self._reported_findings(card, told)
        for card in self._catalogue:
            if self._os in card.os:
                for cause in card.causes:
                    evidence = [] if (card.code, cause.id) in told else self._evidence(cause)
                    confidence = max((item["confidence"] for item in evidence), key=CONFIDENCES.index, default=None)
                    if confidence and not self._left_behind(card, cause) and not self._common(card, cause, confidence):
                        found.append(self._finding(card, card, cause, confidence, evidence))
        return sorted(found, key=lambda item: (-CONFIDENCES.index(item["confidence"]), not item["reported"], item["risk"], item["code"], item["cause"] or ""))

    def _reported_findings(self, card: Card, told: set[tuple[str, str]]) -> list[Finding]:
        found, looked = [], []
        for home, cause in self._catalogue.causes(card):
            if self._os not in home.os or (home.code, cause.id) in told:
                continue
            evidence = self._evidence(cause)
            looked.append(cause)
            if evidence:
                told.add((home.code, cause.id))
                found.append(self._finding(card, home, cause, "confirmed", evidence, reported=True))
        return found or [self._bare(card, looked)]

    def _evidence(self, cause: Cause) -> list[Finding]:
        """The expressions of a cause that match, each with its proof."""
        proofs = []
        for item in cause.evidence:
            value = item.expression.search(self._scope)
            if value not in NOTHING:
                proofs.append({**_proof(item.expression, value), "confidence": item.confidence})
        return proofs

    def _left_behind(self, card: Card, cause: Cause) -> bool:
        """State that a good backup leaves behind too says nothing once the newest backup succeeded."""
        if not (cause.left_behind and self._succeeded):
            return False
        self.notes.append(f"{cause.title} ({card.code}): not a finding, because the newest backup succeeded ({self._succeeded['at'] or 'time not known'}).")
        return True

    def _common(self, card: Card, cause: Cause, confidence: str) -> bool:
        """What is also so on most hosts whose backups work is worth a line, not a finding, until its code is reported or a log shows it."""
        if not (cause.common and confidence == "possible"):
            return False
        self.notes.append(f"{cause.title} ({card.code}): not a finding by itself, because it is normal on many hosts; report the code to see it judged.")
        return True

    def _finding(self, card: Card, home: Card, cause: Cause, confidence: str, evidence: list[Finding], *, reported: bool = False) -> Finding:
        contradicts = []
        if reported and self._succeeded and self._succeeded["basis"] != "job":
            says = "the newest backup that this host shows succeeded"
            contradicts.append({"source": self._succeeded["basis"], "path": "parsed.last_backup", "value": self._succeeded, "says": says})
        fix = cause.fix and {**cause.fix, "vars": {name: expression.search(self._scope) for name, expression in cause.fix["vars"].items()}}
        return {
            **self._head(card, reported, confidence),
            "handles": list(dict.fromkeys(card.handles + home.handles)),
            "cause": cause.id,
            "cause_of": home.code,
            "cause_title": cause.title,
            "evidence": [{key: item[key] for key in ("source", "path", "value")} for item in evidence],
            "contradicts": contradicts,
            "fix": fix,
            "risk": cause.risk,
            "advice": list(cause.advice),
            "article_errors": card.article_errors if card is home else home.article_errors + card.article_errors,
        }

    def _bare(self, card: Card, looked: list[Cause]) -> Finding:
        """A reported code of which nothing was seen: contradicted where everything was readable, else open."""
        unread = sorted(frozenset().union(*(cause.sources for cause in looked)) & self._unreadable)
        contradicts = []
        if looked and not unread:
            contradicts = [{**_proof(item.expression, None), "says": f"{cause.title}: not seen on this host"} for cause in looked for item in cause.evidence]
        elif unread:
            self.notes.append(f"{card.code} was reported and no cause was seen, but {', '.join(unread)} could not be read, so nothing is ruled out.")
        return {
            **self._head(card, True, "confirmed"),
            "handles": card.handles,
            "cause": None,
            "cause_of": card.code,
            "cause_title": None,
            "evidence": [],
            "contradicts": contradicts,
            "fix": None,
            "risk": "R0" if card.os else "R4",
            "advice": card.advice or list(dict.fromkeys(line for cause in looked for line in cause.advice)),
            "article_errors": card.article_errors,
        }

    def _head(self, card: Card, reported: bool, confidence: str) -> Finding:
        return {
            "code": card.code,
            "title": card.title,
            "meaning": card.meaning,
            "phase": card.phase,
            "confidence": confidence,
            "reported": reported,
            "may_explain": self._catalogue.may_explain(card.code),
            "obsolete": card.obsolete,
            "links": card.links,
        }

    def codes_that_read(self, source: str) -> list[str]:
        """The codes of this system whose own causes are judged by a source."""
        return [card.code for card in self._catalogue if self._os in card.os and any(source in cause.sources for cause in card.causes)]

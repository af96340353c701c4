# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge many documents. Private to this collection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ._catalog_loader import CONFIDENCES, Catalogue
from ._judge import Verdict, judge_or_explain, not_checked, not_understood
from ._parse._errors import ParseError
from ._parse.document import read_document


def _documents(documents: list[dict[str, Any]], files: list[Path], folder: Path | None) -> Iterator[tuple[str, Any]]:
    """Each host's name and its document, or the ParseError that reading it gave. One file at a time is in memory."""
    for document in documents:
        yield str((document.get("host") or {}).get("inventory_name")), document
    if folder:
        if not folder.is_dir():
            raise ParseError(f"{folder} is no folder; give the azvm_evidence_dir of a diagnosis")
        files = files + sorted(folder.glob("*.json"))
        if not files:
            raise ParseError(f"{folder} holds no evidence document (*.json); give the azvm_evidence_dir of a diagnosis")
    for path in files:
        name = unquote(path.stem)
        try:
            yield name, read_document(path)
        except ParseError as error:
            yield name, error


def judge_fleet(
    catalogue: Catalogue, *, documents: list[dict[str, Any]], files: list[Path], folder: Path | None, expected: list[str], codes: list[str]
) -> list[Verdict]:
    """The verdict on every host, one each; hosts that are expected and gave nothing are "not checked".

    Args:
        catalogue: from `load_catalogue()`.
        documents: evidence documents.
        files: saved evidence documents.
        folder: a folder of saved evidence documents, or None.
        expected: names of hosts that must be in the result.
        codes: codes to judge by in place of each document's `requested_codes`; empty to keep those.

    Raises:
        ParseError: the folder is none, or holds nothing to judge.
    """
    verdicts: dict[str, Verdict] = {}
    for name, document in _documents(documents, files, folder):
        if isinstance(document, ParseError):
            verdict = not_understood(name, str(document))
        else:
            if codes:
                document = {**document, "requested_codes": codes}
            verdict = judge_or_explain(name, document, catalogue)
        verdict["inventory_name"] = str(verdict["inventory_name"] or name)
        verdicts[verdict["inventory_name"]] = verdict
    for name in expected:
        if name not in verdicts:
            verdicts[name] = not_checked(name, "no_evidence: nothing was collected from this host in this run")
    return list(verdicts.values())


def failing(verdicts: list[Verdict], fail_on: list[str]) -> list[str]:
    """Why a run counts as failed: each reason with its number of hosts."""
    reasons = []
    for wanted in fail_on:
        if wanted in CONFIDENCES:
            count = sum(any(finding["confidence"] == wanted for finding in verdict["findings"]) for verdict in verdicts)
            label = f"with {wanted} findings"
        else:
            statuses = ("not_checked", "not_understood") if wanted == "not_checked" else (wanted,)
            count = sum(verdict["status"] in statuses for verdict in verdicts)
            label = wanted.replace("_", " ")
        if count:
            reasons.append(f"{count} host{'s' if count > 1 else ''} {label}")
    return reasons

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge: an evidence document and the catalogue in, a verdict out. Pure: no clock, no I/O. Private to this collection.

The rules (docs/guide_how_it_decides.md):
* a finding is a cause of a code. It is *confirmed* when the vault or the user reported the code, or when a log entry inside the window shows it;
  else *likely* or *possible*;
* a reported code of which the host shows nothing is a finding with `contradicts`, if all that could show it was readable;
* what an old failure left behind is no finding after a good backup;
* what is also so on hosts whose backups work (`common`) is none either while it is merely possible;
* what could not be read is `unchecked`, and a host with unchecked sources is never healthy.
"""

from __future__ import annotations

from typing import Any

from .._catalog_loader import Catalogue
from .._parse._errors import ParseError
from .._parse.document import check_document, parse_document
from ._event_logs import unread_logs
from ._findings import Judgement
from ._listing import listing_doubts

__all__ = ["judge"]

Verdict = dict[str, Any]


def _blank(document: dict[str, Any]) -> Verdict:
    host, job = document.get("host") or {}, document.get("job")
    return {
        "inventory_name": host.get("inventory_name"),
        **{key: host.get(key) for key in ("computer_name", "os", "os_name", "os_version")},
        "collected_at": document.get("collected_at"),
        "elevated": (document.get("collector") or {}).get("elevated"),
        "status": "not_checked",
        "reason": None,
        "requested_codes": document.get("requested_codes") or [],
        "unknown_codes": [],
        "job": job or None,
        "window": None,
        "last_backup": None,
        "findings": [],
        "unchecked": [],
        "notes": [],
    }


def not_understood(name: str, reason: str) -> Verdict:
    """The verdict on a host whose evidence cannot be judged."""
    return {**_blank({"host": {"inventory_name": name}}), "status": "not_understood", "reason": reason}


def not_checked(name: str, reason: str) -> Verdict:
    """The verdict on a host that gave no evidence at all."""
    return {**_blank({"host": {"inventory_name": name}}), "reason": reason}


def judge(document: dict[str, Any], catalogue: Catalogue) -> Verdict:
    """What is wrong with a host, as far as its evidence shows.

    Args:
        document: an evidence document (docs/evidence.md).
        catalogue: from `load_catalogue()`.

    Returns:
        A verdict: `status` (findings, healthy, partly_checked, not_checked), `findings`, `unchecked`, `notes` and what the document says of the host.

    Raises:
        ParseError: this is no evidence document, or one of another schema.
    """
    verdict = _blank(check_document(document))
    if "not_checked" in document:
        refusal = document["not_checked"]
        return {**verdict, "reason": ": ".join(str(refusal[key]) for key in ("reason", "detail") if refusal.get(key))}
    parsed, unchecked = parse_document(document)
    unchecked += listing_doubts(document, parsed) + unread_logs(document)
    judgement = Judgement(document, parsed, catalogue, unreadable={item["source"] for item in unchecked})
    verdict.update(
        window=parsed["window"],
        last_backup=parsed["last_backup"],
        findings=judgement.findings(),
        unknown_codes=judgement.unknown_codes,
        unchecked=[{**item, "codes": judgement.codes_that_read(item["source"])} for item in unchecked],
        notes=judgement.notes,
    )
    verdict["status"] = "findings" if verdict["findings"] else "partly_checked" if unchecked else "healthy"
    return verdict


def judge_or_explain(name: str, document: Any, catalogue: Catalogue) -> Verdict:
    """As `judge`, but evidence that is not understood is a verdict too: one host must not stop the others."""
    try:
        return judge(document, catalogue)
    except ParseError as error:
        return not_understood(name, str(error))

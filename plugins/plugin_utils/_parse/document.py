# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read every source of an evidence document. Private to this collection; the shapes are in docs/evidence.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ._context import Context, iso, parse_time
from ._errors import ParseError
from ._last_backup import last_backup
from ._linux_readers import READERS as LINUX_READERS
from ._windows_readers import READERS as WINDOWS_READERS

SCHEMA = 1
READERS = {"linux": LINUX_READERS, "windows": WINDOWS_READERS}
# For these, not being there is part of what is parsed, not only a status.
ABSENT: dict[str, dict[str, Any]] = {"extension": {"installed": False}, "handler_state": {"installed": False}}
Unchecked = list[dict[str, Any]]


def check_document(document: Any) -> dict[str, Any]:
    """The document, when it is one that can be judged.

    Raises:
        ParseError: it is no evidence document, or one of another schema.
    """
    if not isinstance(document, dict) or "sources" not in document or "host" not in document:
        raise ParseError("This is no evidence document: it has no `host` and `sources`; give a file that azvm.backup.guest_info saved")
    if document.get("schema") != SCHEMA:
        raise ParseError(
            f"Evidence of schema {document.get('schema')!r}; this version of azvm.backup reads schema {SCHEMA}: collect again or use the version that saved it"
        )
    if not isinstance(document["sources"], dict) or not isinstance(document["host"], dict):
        raise ParseError("`host` and `sources` of an evidence document are objects; this one was changed")
    if "not_checked" not in document:
        if document["host"].get("os") not in READERS:
            raise ParseError(f"Evidence of an operating system {document['host'].get('os')!r}; known are {' and '.join(READERS)}")
        if parse_time(document.get("collected_at")) is None:
            raise ParseError(f"`collected_at` is {document.get('collected_at')!r}, not a UTC time such as 2026-11-22T08:00:00Z")
    return document


def read_document(path: Path) -> dict[str, Any]:
    """A saved evidence document.

    Raises:
        ParseError: the file is not readable, no JSON (with line and column) or no evidence document.
    """
    try:
        return check_document(json.loads(path.read_bytes()))
    except json.JSONDecodeError as error:
        raise ParseError(f"{path.name} is not JSON: {error.msg}", position=f"line {error.lineno}, column {error.colno}") from error
    except UnicodeDecodeError as error:
        raise ParseError(f"{path.name} is not JSON: it is not UTF-8 text", position=f"byte {error.start}") from error
    except OSError as error:
        raise ParseError(f"{path.name} cannot be read: {error.strerror}") from error


def _read_source(name: str, context: Context, unchecked: Unchecked) -> None:
    source = context.document["sources"].get(name)
    if not isinstance(source, dict):
        unchecked.append({"source": name, "status": "failed", "reason": "the document does not hold this source"})
        return
    status = source.get("status")
    if status == "absent":
        context.parsed.setdefault(name, {**ABSENT.get(name, {}), "absent": True})
        return
    if status != "ok":
        unchecked.append(
            {"source": name, "status": status if status in ("denied", "timeout") else "failed", "reason": str(source.get("error") or f"status {status}")}
        )
        return
    try:
        context.parsed[name] = READERS[context.document["host"]["os"]][name](source, context)
    except ParseError as error:
        unchecked.append({"source": name, "status": "not_understood", "reason": str(error)})
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # A document may have been edited or come from another version: one odd source must not hide the others.
        unchecked.append({"source": name, "status": "not_understood", "reason": f"not in the shape of docs/evidence.md: {type(error).__name__}: {error}"})


def parse_document(document: dict[str, Any]) -> tuple[dict[str, Any], Unchecked]:
    """What the sources say, and which could not be read or understood.

    Args:
        document: an evidence document that passed `check_document`.

    Returns:
        `parsed` as in docs/evidence.md, and a list of `{source, status, reason}`.
    """
    context = Context.of(document)
    context.parsed["window"] = {"start": iso(context.window_start), "end": iso(context.window_end), "basis": context.basis}
    unchecked: Unchecked = []
    for name in READERS[document["host"]["os"]]:
        _read_source(name, context, unchecked)
    context.parsed["last_backup"] = last_backup(context.parsed, context)
    return context.parsed, unchecked

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse `vssadmin list providers` and `vssadmin list shadows` of any language. Private to this collection."""

from __future__ import annotations

import re
from typing import Any

from ._decode import to_text
from ._errors import ParseError
from ._vss_fields import writer_name
from ._vss_lines import Line, is_preamble, read_listing
from ._windows_facts import FACTS

Provider = dict[str, Any]
_VERSION = re.compile(r"^\d+(?:\.\d+){1,3}$", re.ASCII)
# The device of a shadow copy has the same name in every language; each copy shows it once.
_COPY = re.compile(r"HarddiskVolumeShadowCopy(\d+)", re.ASCII)


def _known(name: str, identity: str | None) -> str:
    """Whose provider it is, by its id, else by the product name in its name."""
    for owner, signs in FACTS["vss_providers"].items():
        if identity in signs["ids"] or any(sign in name.casefold() for sign in signs["names"]):
            return str(owner)
    return "other"


def _provider(before: list[Line], identity: Line, version: str | None) -> Provider:
    name = writer_name(before[-2] if len(before) > 1 else before[-1] if before else None)
    return {"name": name, "id": identity.guid, "version": version, "known": _known(name, identity.guid)}


def parse_vss_providers(source: str | bytes) -> list[Provider]:
    """The providers; a provider is a name, a type, an id and a version, on a line each.

    Raises:
        ParseError: this is no listing of providers.
    """
    listing = read_listing(to_text(source))
    lines = listing.lines
    providers: list[Provider] = []
    before: list[Line] = []
    for line, after in zip(lines, [*lines[1:], None], strict=False):
        if line.kind == "G":
            version = after.value if after and _VERSION.match(after.value) else None
            providers.append(_provider(before, line, version))
            before = []
        elif not _VERSION.match(line.value):
            before.append(line)
    shaped = "S" not in listing.kinds and all(provider["name"] for provider in providers)
    if not shaped or (not providers and not (listing.banner and is_preamble(lines))) or (providers and all(item["version"] is None for item in providers)):
        raise ParseError("No listing of VSS providers; give the output of `vssadmin list providers` from an elevated prompt")
    return providers


def parse_vss_shadows(source: str | bytes, providers: list[Provider]) -> dict[str, Any]:
    """How many shadow copies there are, and the ids of those providers whose name the listing shows.

    Raises:
        ParseError: there are no shadow copies, and what stands in their place is no whole sentence (an error has a label and a colon).
    """
    text = to_text(source)
    copies = set(_COPY.findall(text))
    if not copies:
        listing = read_listing(text)
        if not listing.banner or not is_preamble(listing.lines):
            raise ParseError("No listing of shadow copies; give the output of `vssadmin list shadows` from an elevated prompt")
    return {"count": len(copies), "provider_ids": [item["id"] for item in providers if copies and item["name"] and item["name"] in text]}

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user typed as error codes. Private to this collection."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError

from ._catalog_loader import load_catalogue


def code_list(given: Any) -> list[str]:
    """The codes of a list, of one name or integer, or of text with commas, as text without blanks around them.

    Raises:
        AnsibleFilterError: it is none of these.
    """
    if isinstance(given, (str, int)) and not isinstance(given, bool):
        given = [part for part in str(given).split(",") if part.strip()]
    if not isinstance(given, list):
        raise AnsibleFilterError(f"azvm.backup.code_list: codes are a list, or text with commas, not {type(given).__name__}: {given!r}")
    return [str(code).strip() for code in given]


def unknown_codes(given: Any) -> list[str]:
    """A sentence for each code that the catalogue does not know, with the nearest that it does."""
    sentences = []
    for code in code_list(given):
        catalogue = load_catalogue()
        if catalogue.resolve(code) is None:
            nearest = catalogue.nearest(code)
            hint = f"the nearest known codes are {', '.join(nearest)}" if nearest else "no known code looks like it"
            sentences.append(f"Unknown error code {code!r}: {hint}; all codes are in docs/error_codes.md.")
    return sentences

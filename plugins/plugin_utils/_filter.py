# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a parser as a filter. Private to this collection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ansible.errors import AnsibleFilterError

from ._parse._errors import ParseError

Result = TypeVar("Result")


def run_parser(name: str, parser: Callable[[str | bytes], Result], value: Any) -> Result:
    """What the parser makes of text or bytes.

    Raises:
        AnsibleFilterError: the value is neither text nor bytes, or the parser does not understand it; the sentence is the parser's.
    """
    if not isinstance(value, (str, bytes)):
        raise AnsibleFilterError(
            f"azvm.backup.{name}: the input is {type(value).__name__}, not text or bytes such as lookup('azvm.backup.log_file', path) gives"
        )
    try:
        return parser(value)
    except ParseError as error:
        raise AnsibleFilterError(f"azvm.backup.{name}: {error}") from error

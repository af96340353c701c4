# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error of every parser. Private to this collection."""

from __future__ import annotations


class ParseError(ValueError):
    """The input was read but is not understood.

    Args:
        message: one sentence: what was expected, what stands there instead.
        position: where, for people: ``line 12``, ``byte 40``; appended to the sentence.
    """

    def __init__(self, message: str, *, position: str | None = None) -> None:
        super().__init__(f"{message} ({position})" if position else message)
        self.position = position

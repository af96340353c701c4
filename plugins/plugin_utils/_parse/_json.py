# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON with an error that says where. Private to this collection."""

from __future__ import annotations

import json
from typing import Any

from ._errors import ParseError


def load_json(text: str, what: str) -> Any:
    """The value of a JSON text.

    Raises:
        ParseError: it is none; with line and column.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ParseError(f"The {what} is not JSON: {error.msg}", position=f"line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise ParseError(f"The {what} is not JSON of a sane depth") from error

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a backup job, by whatever name a tool gives them. Private to this collection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ._azure_codes import codes_in, is_code


def snake_case(text: Any) -> str | None:
    """CompletedWithWarnings -> completed_with_warnings."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[\s-]+", "_", text.strip()).lower() if isinstance(text, str) and text.strip() else None


class Fields:
    """The fields of an object by any of their names; tools differ in the case."""

    def __init__(self, data: Any) -> None:
        self._data = {str(key).lower(): value for key, value in data.items()} if isinstance(data, dict) else {}

    def get(self, *names: str) -> Any:
        """The first field that is there and not empty."""
        return next((self._data[name] for name in names if self._data.get(name) not in (None, "", [], {})), None)

    def sub(self, name: str) -> Fields:
        """The object in a field; an empty one where there is none."""
        return Fields(self.get(name))

    def objects(self, *names: str) -> list[Fields]:
        """The objects in a field that is a list, or one object."""
        value = self.get(*names)
        return [Fields(item) for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def _code(value: Any) -> Iterator[str | int]:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return
    if isinstance(value, int) or value.strip().isdigit():
        if int(value):
            yield int(value)
    elif re.fullmatch(r"\w+", value.strip(), re.ASCII):
        yield value.strip()
    else:
        yield from codes_in(value)  # code and message were swapped


def job_errors(job: Fields, dynamic: Any) -> tuple[list[str | int], list[str]]:
    """Codes and messages, from every field that may hold either."""
    codes: list[str | int] = []
    messages: list[str] = []
    for error in job.objects("errordetails", "error"):
        codes += _code(error.get("errorcode", "code"))
        texts = [error.get(name) for name in ("errortitle", "errorcode", "code", "errorstring", "errormessage", "message")]
        texts = [text for text in texts if isinstance(text, str) and not text.strip().isdigit()]
        codes += [code for text in texts for code in codes_in(text)]
        messages += [text.strip() for text in texts if not is_code(text) and " " in text.strip()]
    if isinstance(dynamic, str):
        codes += codes_in(dynamic)
        messages.append(dynamic.strip())
    return list(dict.fromkeys(codes)), list(dict.fromkeys(messages))

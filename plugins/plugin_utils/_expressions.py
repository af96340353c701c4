# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JMESPath expressions of the catalogue: compiled once, with our functions, knowing the sources they read. Private to this collection."""

from __future__ import annotations

import functools
import re
from typing import Any, cast

from ansible.errors import AnsibleError

try:
    import jmespath
    import jmespath.exceptions
    import jmespath.functions
except ImportError:  # said where an expression is compiled: ansible-doc and ansible-test load every plugin without it
    jmespath = None  # type: ignore[assignment]

# What `parsed` holds besides sources.
COMPUTED = frozenset({"window", "last_backup"})


def version_numbers(text: str) -> tuple[int, ...] | None:
    """The numbers of a dotted version, or None where it does not begin with one."""
    match = re.match(r"\s*(\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in match.group(1).split(".")) if match else None


@functools.cache
def _options() -> Any:
    """JMESPath's options with our functions; says plainly when there is no JMESPath."""
    if jmespath is None:
        raise AnsibleError(
            "azvm.backup judges evidence with the Python package jmespath, and the Python of ansible-playbook has none: run `pip install jmespath` there."
        )

    class _Functions(jmespath.functions.Functions):
        @jmespath.functions.signature({"types": ["string", "null"]}, {"types": ["string"]})
        def _func_version_below(self, version: str | None, minimum: str) -> bool:
            """True when both are versions and the first is smaller; an unknown version is not below anything."""
            have, want = version_numbers(version or ""), version_numbers(minimum)
            if have is None or want is None:
                return False
            width = max(len(have), len(want))
            return have + (0,) * (width - len(have)) < want + (0,) * (width - len(want))

        @jmespath.functions.signature({"types": ["string", "null"]})
        def _func_lower(self, text: str | None) -> str | None:
            return None if text is None else text.lower()

    return jmespath.Options(custom_functions=_Functions())


def _sources(node: dict[str, Any]) -> set[str]:
    """Names that follow `parsed.` anywhere in a JMESPath syntax tree."""
    children = [child for child in node.get("children", []) if isinstance(child, dict)]
    found: set[str] = set()
    if node.get("type") == "subexpression" and len(children) > 1 and children[0] == {"type": "field", "children": [], "value": "parsed"}:
        name = children[1]
        while name.get("type") == "index_expression":  # `parsed.mounts[0]`: the name stands inside
            name = name["children"][0]
        if name.get("type") == "field":
            found.add(name["value"])
    for child in children:
        found |= _sources(child)
    return found


class Expression:
    """A compiled expression.

    Raises:
        ValueError: the text is not JMESPath; says where.
    """

    def __init__(self, text: str) -> None:
        self.text = " ".join(text.split())
        _options()
        try:
            self._compiled = jmespath.compile(self.text)
        except jmespath.exceptions.JMESPathError as error:
            raise ValueError(f"not a JMESPath expression: {self.text}: {error}") from error
        self.names = frozenset(_sources(cast("dict[str, Any]", self._compiled.parsed)))
        self.sources = self.names - COMPUTED

    def search(self, scope: dict[str, Any]) -> Any:
        """The result over a document with `parsed`; a value of the wrong type gives None (it proves nothing)."""
        try:
            return self._compiled.search(scope, options=_options())
        except jmespath.exceptions.JMESPathError:
            return None

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._expressions import Expression


@pytest.mark.parametrize(
    ("version", "minimum", "below"),
    [
        ("2.2.47", "2.2.53.1", True),
        ("2.2.53.1", "2.2.53.1", False),
        ("2.10.0", "2.2.53.1", False),
        ("2.2.53", "2.2.53.0", False),
        ("2.7.41491.1009", "2.7.41491.1010", True),
        ("unknown", "2.2.53.1", False),
        (None, "2.2.53.1", False),
    ],
)
def test_versions_are_compared_by_their_numbers(version: str | None, minimum: str, below: bool) -> None:
    assert Expression(f"version_below(parsed.a.v, '{minimum}')").search({"parsed": {"a": {"v": version}}}) is below


def test_an_expression_knows_its_sources() -> None:
    expression = Expression('parsed.events[?in_window==`true`] && parsed.services.VSS.state || parsed."mounts"[0] && parsed.last_backup.outcome')
    assert expression.sources == {"events", "services", "mounts"}
    assert expression.names == {"events", "services", "mounts", "last_backup"}


def test_a_value_of_the_wrong_type_proves_nothing() -> None:
    assert Expression("contains(parsed.a, 'x')").search({"parsed": {}}) is None


def test_what_is_no_expression_says_where() -> None:
    with pytest.raises(ValueError, match="not a JMESPath expression: parsed\\.a\\["):
        Expression("parsed.a[")

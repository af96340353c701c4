# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""fix_calls, change_outcomes, policy_errors: from findings to changes, from changes to what became of the findings, and what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy import changes, outcomes, plan, policy


def fix_calls(findings: list[dict[str, Any]], plan_path: str = "", host: str = "", max_age: int = 24) -> list[dict[str, Any]]:
    """See fix_calls.yml."""
    calls = changes.fix_calls(findings)
    if not plan_path:
        return calls
    path = Path(plan_path).expanduser()
    if path.is_dir():
        path = path / f"{host}.yml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if path.parent == Path(plan_path).expanduser():
            return []  # a folder of plans that has none for this host
        raise AnsibleFilterError(f"azvm_plan names {plan_path}, and there is no such file or folder; give the plan that azvm.backup.remediate wrote.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise AnsibleFilterError(f"The plan {path} cannot be read ({error}); give one that azvm.backup.remediate wrote.") from error
    try:
        return plan.ground_calls(plan.read_plan(text, str(path), host, datetime.now(timezone.utc), int(max_age)), calls)
    except plan.PlanError as error:
        raise AnsibleFilterError(str(error)) from error


def policy_errors(values: dict[str, Any]) -> list[str]:
    """See policy_errors.yml."""
    try:
        policy.read_policy(values)
    except policy.PolicyError as error:
        return [f"{error}."]
    return []


def change_outcomes(records: list[dict[str, Any]], before: dict[str, Any], after: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """See change_outcomes.yml."""
    return outcomes.outcomes(before, after or None, records)


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"fix_calls": fix_calls, "change_outcomes": change_outcomes, "policy_errors": policy_errors}

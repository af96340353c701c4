# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gate 4: what a host is for others. Private to this collection; pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ._shapes import Change, Facts, Verdict, disruptive, subject
from .policy import Policy

_LABELS = {"domain_controller": "domain controller", "cluster_node": "cluster node"}


def host_class(change: Change, facts: Facts | None, policy: Policy, _now: datetime) -> Verdict:
    """Gate 4: no disruptive change of a domain controller, cluster node or availability-group replica that is not named."""
    if not disruptive(change):
        return "yes", f"{subject(change)} is of risk R1, for which the class of the host does not matter."
    if facts is not None and facts["os"] == "linux":
        return "yes", f"{change['host']} runs Linux, and the protected classes are of Windows hosts."
    role = (facts["parsed"] or {}).get("host_role") if facts is not None and facts["os"] == "windows" and "host_role" not in facts["unreadable"] else None
    if not isinstance(role, dict) or not all(isinstance(role.get(key), bool) for key in _LABELS):
        return "unknown", (
            f"Whether {change['host']} is a domain controller or cluster node is not known, because host_role could not be read, "
            f"so {change['fix']} is not applied; collect again, with WMI (Winmgmt) running on a Windows host."
        )
    return _windows(change, role, policy)


def _windows(change: Change, role: dict[str, Any], policy: Policy) -> Verdict:
    for key, label in _LABELS.items():
        if role[key] and key not in policy.allow_host_classes:
            why = f"{change['host']} is a {label}, and {subject(change)} would disturb more than this host"
            return "no", f"{why}; add {key} to azvm_allow_host_classes if that is wanted."
    # Evidence shows no availability groups. Only those on a cluster fail over, so a restart elsewhere disturbs its own host alone.
    instances = role.get("sql_instances")
    if role["cluster_node"] and instances != [] and "availability_group" not in policy.allow_host_classes:
        return "unknown", (
            f"{change['host']} is a cluster node with SQL Server, and whether it holds a replica of an availability group is not collected, "
            f"so {change['fix']} is not applied; add availability_group to azvm_allow_host_classes if that is wanted."
        )
    classes = [label for key, label in _LABELS.items() if role[key]]
    if classes:
        return "yes", f"{change['host']} is a {' and '.join(classes)}, which azvm_allow_host_classes allows."
    return "yes", f"{change['host']} is neither domain controller nor cluster node."

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gates 0 to 2: what the operator allows, and when. Private to this collection; pure."""

from __future__ import annotations

import difflib
from datetime import datetime

from .._catalog_loader import CONFIDENCES, load_fixes
from ._shapes import RISKS, Change, Facts, Verdict, disruptive, effective_risk, subject
from .policy import MAX_RISKS, Policy


def applied(change: Change, _facts: Facts | None, policy: Policy, _now: datetime) -> Verdict:
    """Gate 0: nothing is applied unasked."""
    if policy.named:
        return "yes", f"The play names the role of {subject(change)} itself, which counts as azvm_apply."
    if policy.apply:
        return "yes", f"azvm_apply is true, so {subject(change)} may be applied."
    return "no", f"{subject(change)} is only planned, because azvm_apply is not true; read the plan, then set azvm_apply to true."


def allowed(change: Change, _facts: Facts | None, policy: Policy, _now: datetime) -> Verdict:
    """Gate 1: the fix is on the list, its risk is not too high, and the evidence carries it."""
    risk = effective_risk(change)
    if risk is None:
        return _no_risk(change)
    if risk not in MAX_RISKS:
        return "no", f"{subject(change)} is of risk {risk}, and only {', '.join(MAX_RISKS)} are ever applied; do by hand what its advice says."
    if policy.named:
        return "yes", f"The play names the role of {subject(change)} itself, which counts as azvm_allow and azvm_max_risk."
    if change["fix"] not in policy.allow:
        return "no", f"{subject(change)} is not allowed, because azvm_allow does not list {change['fix']}; add it if this fix is wanted."
    if RISKS.index(risk) > RISKS.index(policy.max_risk):
        return "no", f"{subject(change)} is of risk {risk}, and azvm_max_risk is {policy.max_risk}; raise azvm_max_risk to {risk} if that is wanted."
    return _carried(change, risk)


def _no_risk(change: Change) -> Verdict:
    if change["fix"] in load_fixes():
        return "unknown", f"The risk of {subject(change)} is {change['risk']!r}, which is none of {', '.join(RISKS)}; make the plan again."
    near = ", ".join(difflib.get_close_matches(str(change["fix"]), load_fixes(), n=3)) or "none"
    return "unknown", f"The risk of {subject(change)} is not known, because there is no fix of that name (nearest: {near}); correct the plan or make it again."


def _carried(change: Change, risk: str) -> Verdict:
    """Whether the finding behind a change is sure enough for its risk."""
    reported, confidence = change["reported"], change["confidence"]
    if confidence not in CONFIDENCES or not isinstance(reported, bool):
        return "unknown", f"How sure the finding behind {subject(change)} is cannot be told from {confidence!r} and reported {reported!r}; make the plan again."
    if change["cause"] is None:
        return "no", f"Nothing on {change['host']} shows a cause of {change['code']}, so {change['fix']} has no ground; follow the advice of the code."
    if confidence == "possible" and not reported:
        return "no", (
            f"{subject(change)} rests on a merely possible finding ({change['code']}) that nobody reported; "
            f"give the code by azvm_codes or the job by azvm_job if backups fail with it."
        )
    if risk != "R1" and not (reported and confidence == "confirmed"):
        return "no", (
            f"{subject(change)} is of risk {risk}, which needs a reported code and a matching condition, and {change['code']} is "
            f"{'' if reported else 'not reported and '}{confidence}; give the code by azvm_codes or the job by azvm_job if backups fail with it."
        )
    return "yes", f"azvm_allow lists {change['fix']}, its risk {risk} is within azvm_max_risk, and {change['code']} is {confidence} on {change['host']}."


def in_window(change: Change, _facts: Facts | None, policy: Policy, now: datetime) -> Verdict:
    """Gate 2: disruptive changes only inside a maintenance window."""
    if not disruptive(change):
        return "yes", f"{subject(change)} is of risk R1, which needs no maintenance window."
    if not policy.window:
        return "unknown", f"Whether {subject(change)} may disturb the host now is not known, because azvm_window is not set; set azvm_window, or 'always'."
    inside = next((window for window in policy.window if window.contains(now)), None)
    if inside:
        return "yes", f"It is {inside.clock(now)}, inside the maintenance window {inside.text}."
    texts = " or ".join(window.text for window in policy.window)
    return "no", f"{subject(change)} has to wait, because it is {policy.window[0].clock(now)}, outside the maintenance window {texts}; run again inside it."

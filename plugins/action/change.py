# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""change: make one change of a host, through all gates."""

from __future__ import annotations

import getpass
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import load_fixes
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.document import check_document, parse_document
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy._shapes import Facts, GateResult, disruptive
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.changes import change_of, plain
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.gates import decide, refusal
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.plan import differs, planned_change
from ansible_collections.azvm.backup.plugins.plugin_utils._remedy.policy import Policy, PolicyError, read_policy

SPEC: dict[str, dict[str, Any]] = {
    "fix": {"type": "str", "required": True},
    "module": {"type": "str", "required": True},
    "module_options": {"type": "dict", "default": {}},
    "policy": {"type": "dict", "default": {}},
    "call": {"type": "dict", "default": {}},
    "collect": {"type": "dict", "default": {}},
    "run": {"type": "str"},
    "stopped": {"type": "str"},
}
# Gates before this one need nothing of the host.
FIRST_HOST_GATE = 3
display = Display()


class ActionModule(ActionBase):
    """Probe in check mode, ask the gates, and only then have the setter act."""

    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._vars = task_vars or {}
        _unused, self._options = self.validate_argument_spec(argument_spec=SPEC)
        self._host = str(self._vars.get("inventory_hostname", "localhost"))
        self._call = self._options["call"] or None
        policy = self._policy()
        fix = self._known_fix()
        probe = self._module(check=True)
        result.update(changed=False, **self._record(fix, policy, probe))
        result["gates"] = [gate.__dict__ for gate in self._gates]
        for text in probe.get("warnings") or []:
            display.warning(f"{self._host}: {text}")
        if self._call is None and result["record"]["status"] == "failed":
            result.update(failed=True, msg=result["record"]["reason"])
        elif self._call is None and result["record"]["status"] == "skipped":
            display.warning(result["record"]["reason"])
        result["changed"] = result["record"]["changed"]
        return result

    def _policy(self) -> Policy:
        try:
            return read_policy({**self._options["policy"], "named": self._call is None})
        except PolicyError as error:
            raise AnsibleActionFail(f"{error}.") from error

    def _known_fix(self) -> str:
        fix = str(self._options["fix"])
        if fix not in load_fixes():
            raise AnsibleActionFail(f"{fix} is no fix of this collection, so nothing was done on {self._host}; see docs/error_codes.md for their names.")
        system = "windows" if getattr(self._connection._shell, "_IS_WINDOWS", False) else "linux"
        if load_fixes()[fix]["os"] != system:
            raise AnsibleActionFail(f"{fix} is for {load_fixes()[fix]['os']} hosts and {self._host} is a {system} host; take the role off this host.")
        return fix

    def _record(self, fix: str, policy: Policy, probe: dict[str, Any]) -> dict[str, Any]:
        """What the probe showed, what the gates said, and what was done."""
        self._gates: list[GateResult] = []
        record = {
            "role": fix,
            "target": probe.get("target") or fix,
            "serves": self._call["serves"] if self._call else [],
            "change": None,
            "status": "failed",
            "changed": False,
            "gate": None,
            "reason": str(probe.get("msg")),
            "undo_id": None,
            "edited": False,
        }
        if probe.get("failed"):
            # A setter that says what it is about, and why not, leaves the finding to people; whatever else went wrong is a failure.
            return {"record": {**record, "status": "manual" if self._call and probe.get("target") else "failed"}}
        if not probe["changed"]:
            return {"record": {**record, "status": "unchanged", "reason": f"{probe['target']} is as {fix} wants it."}}
        change = record["change"] = change_of(fix, self._call, self._host, probe)
        planned, missing = planned_change(self._call, probe["target"])
        if missing or (planned and differs(planned, probe)):
            return {"record": {**record, "status": "skipped", "gate": "plan", "reason": missing or differs(planned, probe)}}  # type: ignore[arg-type]
        record["edited"] = bool(planned and planned["edited"])
        self._gates = self._ask(policy, {**change, "fix": fix, "expected_before": (planned or {}).get("before")}, probe["guard"])
        refused = refusal(self._gates)
        if refused:
            status = "planned" if refused.name == "apply" else "skipped"
            return {"record": {**record, "status": status, "gate": refused.name, "reason": refused.reason}}
        if self._options["stopped"]:
            return {"record": {**record, "status": "skipped", "gate": "stop_after", "reason": self._options["stopped"]}}
        if self._task.check_mode:
            reason = "All gates pass; check mode stops here."
            return {"record": {**record, "status": "planned", "changed": True, "reason": reason}, "diff": probe.get("diff")}
        return self._act(change, probe, record)

    def _ask(self, policy: Policy, change: dict[str, Any], guard: dict[str, Any]) -> list[GateResult]:
        """All gates; evidence is collected anew only for a disruptive change that the first gates let pass."""
        facts: Facts = {
            "parsed": None,
            "unreadable": [],
            "os": load_fixes()[change["fix"]]["os"],
            "job": None,
            "lease": guard["lease"],
            "run": self._options["run"] or "",
            "attempts": guard["attempts"],
            "fingerprint": self._ground("fingerprint"),
            "collected_at": None,
        }
        now = datetime.now(timezone.utc)
        gates = decide(change, facts, policy, now)  # type: ignore[arg-type]
        refused = refusal(gates)
        if not refused or refused.number < FIRST_HOST_GATE or not disruptive(change):  # type: ignore[arg-type]
            return gates
        return decide(change, {**facts, **self._fresh()}, policy, datetime.now(timezone.utc))  # type: ignore[arg-type]

    def _fresh(self) -> dict[str, Any]:
        """What the host shows at this moment; nothing where it cannot be told, so that the gates refuse."""
        document = self._run_action("azvm.backup.guest_info", self._options["collect"])["evidence"]
        try:
            parsed, unchecked = parse_document(check_document(document))
        except ParseError:
            return {}
        if "not_checked" in document:
            return {}
        unreadable = [item["source"] for item in unchecked]
        return {"parsed": parsed, "unreadable": unreadable, "job": document["job"], "collected_at": document["collected_at"]}

    def _act(self, change: dict[str, Any], probe: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
        told = {
            **{key: change[key] for key in ("code", "reason")},
            "fix": change["role"],
            "run": self._options["run"],
            "actor": f"{self._vars.get('awx_user_name') or getpass.getuser()}",
            "expected_before": probe["before"],
            "fingerprint": self._ground("fingerprint"),
        }
        answer = self._stock(told) if probe.get("stock") else self._module(change=told)
        if answer.get("failed") or "changed" not in answer:
            reason = str(answer.get("msg") or answer.get("module_stderr") or "The setter gave no answer.")
            status = "skipped" if answer.get("gate") else "failed"
            return {"record": {**record, "status": status, "gate": answer.get("gate"), "reason": reason}}
        done = {"changed": answer["changed"], "undo_id": answer["undo_id"]}
        if answer["needs_reboot"]:
            return {
                "record": {**record, **done, "status": "needs_reboot", "reason": f"{probe['target']} is changed, and takes effect after a restart of the host."}
            }
        return {"record": {**record, **done, "status": "applied", "reason": f"{probe['target']} was changed and reads back so."}, "diff": probe.get("diff")}

    def _stock(self, told: dict[str, Any]) -> dict[str, Any]:
        """A module that is not ours acts between the opening and the end of the journal entry."""
        opened = self._module(change={**told, "step": "open"})
        if opened.get("failed") or not opened.get("undo_id"):
            return opened
        stock = opened["stock"]
        acted = self._run_action(stock["module"], stock["options"])
        error = f"{stock['module']} failed on {self._host}: {acted.get('msg')}" if acted.get("failed") else None
        return self._module(change={**told, "step": "commit", "entry": opened["undo_id"], "error": error})

    def _run_action(self, name: str, options: dict[str, Any]) -> dict[str, Any]:
        """The result of another action on this host, as if it were a task."""
        task = self._task.copy()
        task.args = dict(options)
        action = self._shared_loader_obj.action_loader.get(
            name,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        answer: dict[str, Any] = action.run(task_vars=self._vars)
        return answer

    def _ground(self, key: str) -> Any:
        return ((self._call or {}).get("finding") or {}).get(key)

    def _module(self, check: bool = False, change: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the setter; `check` looks only."""
        told = {key: value for key, value in (change or {}).items() if value is not None}
        options = plain({**self._options["module_options"], "change": told})
        before = self._task.check_mode
        self._task.check_mode = check or before
        try:
            answer: dict[str, Any] = self._execute_module(module_name=self._options["module"], module_args=options, task_vars=self._vars)
        except (AnsibleConnectionFailure, OSError) as error:  # pywinrm lets some errors of its HTTP library through as they are
            answer = {"unreachable": True, "msg": error}
        finally:
            self._task.check_mode = before
        if answer.get("unreachable"):
            lost = "" if change is None else ", and whether the change was made is not known; the undo journal of the host tells"
            return {"failed": True, "msg": f"{self._host} could not be reached{lost}: {' '.join(str(answer.get('msg')).split())}"}
        if "changed" not in answer or ("guard" not in answer and not answer.get("failed")):
            return {**answer, "failed": True, "msg": answer.get("msg") or answer.get("module_stderr") or "The setter gave no answer."}
        return answer

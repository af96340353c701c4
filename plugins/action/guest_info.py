# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""guest_info: collect the evidence document of one host in one round trip."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import load_catalogue
from ansible_collections.azvm.backup.plugins.plugin_utils._codes import code_list, unknown_codes
from ansible_collections.azvm.backup.plugins.plugin_utils._collect import collection_plan
from ansible_collections.azvm.backup.plugins.plugin_utils._files import write_atomically
from ansible_collections.azvm.backup.plugins.plugin_utils._jobs import JobError, choose_job
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._context import JOB_MARGIN, iso, parse_time
from ansible_collections.azvm.backup.plugins.plugin_utils._version import COLLECTION_VERSION

# Ansible loads this file once, in the process that forks a worker for each host: what is loaded here, no worker has to load for itself
# when it judges. A controller without jmespath is told so there.
with contextlib.suppress(AnsibleError):
    load_catalogue()

# Options that go to the collector as they are.
COLLECTOR_OPTIONS = ("lookback_hours", "max_bytes", "timeout", "wireserver")
SPEC: dict[str, dict[str, Any]] = {
    "codes": {"type": "raw", "default": []},
    "evidence_dir": {"type": "path"},
    "job": {"type": "raw"},
    "jobs": {"type": "raw"},
    "lookback_hours": {"type": "int", "default": 48},
    "max_bytes": {"type": "int", "default": 65536},
    "timeout": {"type": "int", "default": 20},
    "wireserver": {"type": "str", "default": "168.63.129.16"},
}


class ActionModule(ActionBase):
    """Picks the collector by the shell of the host, and makes its answer a document."""

    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        _unused, options = self.validate_argument_spec(argument_spec=SPEC)
        name = task_vars.get("inventory_hostname", "localhost")
        wrong = unknown_codes(options["codes"])
        if wrong:
            raise AnsibleActionFail(" ".join(wrong))
        try:
            job = choose_job(options["job"], options["jobs"], name)
        except JobError as error:
            raise AnsibleActionFail(f"guest_info on {name}: {error}") from error
        document = {
            "schema": 1,
            "lookback_hours": options["lookback_hours"],
            **self._collect(options, job, task_vars),
            "requested_codes": code_list(options["codes"]),
            "job": job,
        }
        document["host"] = {"inventory_name": name, **document["host"]}
        document["collector"] = {"version": COLLECTION_VERSION, **document["collector"]}
        result.update(changed=False, evidence=document, evidence_file=None)
        if options["evidence_dir"]:
            result["evidence_file"] = self._save(document, Path(options["evidence_dir"]))
        return result

    def _collect(self, options: dict[str, Any], job: dict[str, Any] | None, task_vars: dict[str, Any]) -> dict[str, Any]:
        """The collector's answer; a host that gives none is a document too, so that the report can say so."""
        system = "windows" if getattr(self._connection._shell, "_IS_WINDOWS", False) else "linux"
        arguments = {key: options[key] for key in COLLECTOR_OPTIONS}
        arguments["plan"] = collection_plan(system)
        started = parse_time((job or {}).get("started_at"))
        if started:
            arguments["window_start"] = iso(started - JOB_MARGIN)
        try:
            answer = self._execute_module(module_name=f"azvm.backup.guest_info_{system}", module_args=arguments, task_vars=task_vars)
        except (AnsibleConnectionFailure, OSError) as error:
            # pywinrm lets some errors of its HTTP library through as they are; those are OSErrors.
            return _nothing("unreachable", str(error))
        except AnsibleError as error:
            return _nothing("collector_failed", str(error))
        if answer.get("unreachable"):
            return _nothing("unreachable", str(answer.get("msg")))
        if "evidence" not in answer:
            return _nothing("collector_failed", str(answer.get("msg") or answer.get("module_stderr") or answer.get("module_stdout") or "no answer"))
        evidence: dict[str, Any] = answer["evidence"]
        return evidence

    def _save(self, document: dict[str, Any], folder: Path) -> str:
        host = document["host"]["inventory_name"]
        path = folder / f"{quote(host, safe='')}.json"
        try:
            write_atomically(path, json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
        except OSError as error:
            raise AnsibleActionFail(f"The evidence of {host} cannot be saved in {folder}: {error.strerror}; choose another azvm_evidence_dir.") from error
        return str(path)


def _nothing(reason: str, detail: str) -> dict[str, Any]:
    return {
        "collected_at": None,
        "collector": {"elevated": None, "seconds": None},
        "host": {"computer_name": None, "os": None, "os_name": None, "os_version": None, "vm_id": None},
        "sources": {},
        "not_checked": {"reason": reason, "detail": " ".join(detail.split())},
    }

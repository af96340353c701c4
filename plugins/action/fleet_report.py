# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet_report: judge evidence documents and write the report. Runs on the controller only."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import load_catalogue
from ansible_collections.azvm.backup.plugins.plugin_utils._files import write_atomically
from ansible_collections.azvm.backup.plugins.plugin_utils._fleet import failing, judge_fleet
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._context import iso
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._report import build_report, read_outcomes, render_all, summary_line, summary_text
from ansible_collections.azvm.backup.plugins.plugin_utils._version import COLLECTION_VERSION

FORMATS = ["html", "json", "markdown", "junit"]
SPEC: dict[str, dict[str, Any]] = {
    "codes": {"type": "list", "elements": "str", "default": []},
    "dest": {"type": "path", "required": True},
    "evidence": {"type": "list", "elements": "dict", "default": []},
    "evidence_dir": {"type": "path"},
    "evidence_files": {"type": "list", "elements": "path", "default": []},
    "fail_on": {"type": "list", "elements": "str", "choices": ["not_checked", "partly_checked", "confirmed", "likely", "possible"], "default": []},
    "formats": {"type": "list", "elements": "str", "choices": FORMATS, "default": FORMATS},
    "hosts": {"type": "list", "elements": "str", "default": []},
    "outcomes": {"type": "dict", "default": {}},
    "title": {"type": "str", "default": "Azure VM Backup diagnosis"},
}


class ActionModule(ActionBase):
    """Judges, renders and sums up; the rules are in `_judge`, the wording of the report in `_report`."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _unused, options = self.validate_argument_spec(argument_spec=SPEC)
        files = [Path(path) for path in options["evidence_files"]]
        try:
            outcomes = read_outcomes(options["outcomes"])
            verdicts = judge_fleet(
                load_catalogue(),
                documents=options["evidence"],
                files=files,
                folder=Path(options["evidence_dir"]) if options["evidence_dir"] else None,
                # What was done to a host is told, even when nothing was collected from it.
                expected=[*options["hosts"], *outcomes],
                codes=options["codes"],
            )
        except ParseError as error:
            raise AnsibleActionFail(f"fleet_report: {error}") from error
        meta = {"generated_at": iso(datetime.now(timezone.utc)), "collection_version": COLLECTION_VERSION, "title": options["title"]}
        report = build_report(verdicts, meta, outcomes)
        text = summary_text(report)
        try:
            written = render_all(report, Path(options["dest"]), options["formats"])
            write_atomically(Path(options["dest"]) / "summary.txt", "\n".join([*text, summary_line(report, written.get("html"))]) + "\n")
        except OSError as error:
            raise AnsibleActionFail(f"The report cannot be written to {options['dest']}: {error.strerror or error}; choose another azvm_report_dir.") from error
        result.update(
            changed=False,
            summary=summary_line(report, written.get("html")),
            summary_text=text,
            files={name: str(path) for name, path in written.items()},
            counts=report["summary"],
        )
        result["failing"] = failing(verdicts, options["fail_on"])
        if result["failing"]:
            result.update(failed=True, msg=f"The report is written; failing as asked by fail_on: {', '.join(result['failing'])}.")
        return result

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which backup job belongs to a host. Private to this collection."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ._parse._errors import ParseError
from ._parse.azure_job import parse_azure_job

Job = dict[str, Any]


class JobError(ValueError):
    """What was given as a job or as jobs is none; one sentence."""


def _job(given: Any) -> Job:
    try:
        return parse_azure_job(given)
    except ParseError as error:
        raise JobError(f"azvm_job is not understood: {error}") from error


def _jobs(given: Any) -> Sequence[Job]:
    """Jobs from a list, or from the path of a JSON file that holds one (such as `az backup job list` prints)."""
    if isinstance(given, str):
        try:
            given = json.loads(Path(given).expanduser().read_bytes())
        except OSError as error:
            raise JobError(f"azvm_jobs names {given}, which cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise JobError(f"azvm_jobs names {given}, which is not JSON: {error}.") from error
    if isinstance(given, dict) and isinstance(given.get("value"), list):
        given = given["value"]  # the list as the REST interface returns it
    if not isinstance(given, list):
        raise JobError(f"azvm_jobs is a list of backup jobs or the path of a JSON file with one, not {type(given).__name__}.")
    return [_job(item) for item in given]


def choose_job(job: Any, jobs: Any, host: str) -> Job | None:
    """The job of a host: the one given for it, else the newest of `jobs` that names it.

    Args:
        job: a backup job (dict, JSON text, or an error pasted from the portal), or None.
        jobs: backup jobs of many VMs (list, or the path of a JSON file), or None.
        host: the name of the host in the inventory; compared with the VM name without regard to case, with and without its domain.

    Raises:
        JobError: what was given is not a job or a list of jobs.
    """
    if job:
        return _job(job)
    names = {host.lower(), host.lower().split(".")[0]}
    mine = [item for item in _jobs(jobs) if str(item.get("vm_name") or "").lower() in names] if jobs else []
    return max(mine, key=lambda item: item.get("started_at") or "", default=None)

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writer atlas as data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import HERE, read_yaml

WRITERS: list[dict[str, Any]] = read_yaml(HERE / "_writer_atlas.yml")["writers"]
BY_NAME = {writer["name"]: writer for writer in WRITERS}
# The names of the research (section 3.4), as committed with the first catalogue.
NAMES = (Path(__file__).resolve().parents[5] / "tests" / "fixtures" / "catalog" / "writers.txt").read_text(encoding="utf-8").split("\n")[:-1]
# Writers that no run may ever restart, and the service that such a restart would touch.
NEVER = {"NTDS": None, "Microsoft Exchange Writer": "MSExchangeRepl", "Cluster Database": "ClusSvc", "Cluster Shared Volume VSS Writer": "ClusSvc"}


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer["name"])
def test_writer_is_complete(writer: dict[str, Any]) -> None:
    assert set(writer) == {"name", "id", "service", "impact", "always_present", "express", "notes", "source"}
    assert writer["impact"] in ("low", "medium", "high", "critical")
    assert isinstance(writer["always_present"], bool)
    assert isinstance(writer["express"], bool)
    assert writer["notes"].endswith(".")
    assert writer["source"]
    if writer["id"] is not None:
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", writer["id"])
    # A key name has no blanks; a display name ("Cryptographic Services") would be another language elsewhere.
    assert writer["service"] is None or re.fullmatch(r"[A-Za-z0-9_]+", writer["service"])


def test_ids_and_names_are_unique() -> None:
    ids = [writer["id"] for writer in WRITERS if writer["id"]]
    assert len(ids) == len(set(ids))
    assert len({writer["name"].lower() for writer in WRITERS}) == len(WRITERS)


@pytest.mark.parametrize("name", NAMES)
def test_every_known_writer_is_there(name: str) -> None:
    assert name in BY_NAME


@pytest.mark.parametrize(("name", "service"), NEVER.items(), ids=NEVER)
def test_what_must_never_restart_is_critical(name: str, service: str | None) -> None:
    assert (BY_NAME[name]["impact"], BY_NAME[name]["service"]) == ("critical", service)


def test_all_writers_of_a_critical_service_are_critical() -> None:
    """An allow-list by writer must not restart by a second writer what it may not by the first."""
    critical = {writer["service"] for writer in WRITERS if writer["impact"] == "critical" and writer["service"]}
    assert {writer["impact"] for writer in WRITERS if writer["service"] in critical} == {"critical"}


def test_express_writers_have_no_service_and_are_always_there() -> None:
    for writer in WRITERS:
        if writer["express"]:
            assert writer["service"] is None
            assert writer["always_present"]


def test_no_writer_is_sent_to_a_service_that_does_not_host_it() -> None:
    """Maps in the web send writers to the COM+ Event System; its restart breaks VSS for all of them."""
    assert not {writer["service"] for writer in WRITERS} & {"EventSystem", "Schedule", "pla", "EventLog", "NTDS"}

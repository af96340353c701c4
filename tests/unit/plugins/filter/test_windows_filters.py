# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters over Windows and Azure formats: thin, so what is tested is that they answer, refuse in a sentence, and are described as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.azvm.backup.plugins.filter import azure_job, registry_export, sddl, vss_writers, windows_events

ROOT = Path(__file__).resolve().parents[4]
FILTERS: dict[str, Callable[..., Any]] = {
    name: function for module in (azure_job, registry_export, sddl, vss_writers, windows_events) for name, function in module.FilterModule().filters().items()
}
LISTING = (ROOT / "tests" / "fixtures" / "vss_writers" / "vssadmin-1.1-ws2022-ja-one_failed.txt").read_bytes()
EVENT = "<Event><System><Provider Name='VSS'/><EventID>13</EventID><Level>2</Level></System><EventData><Data>0x800401fb</Data></EventData></Event>"
GOOD: dict[str, Any] = {
    "vss_writers": LISTING,
    "windows_events": EVENT,
    "registry_export": 'REGEDIT4\n[HKEY_LOCAL_MACHINE\\A]\n"b"="c"\n',
    "sddl": "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)",
    "sddl_difference": "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)",
    "azure_job": "Error Code: UserErrorFsFreezeFailed",
}


def documentation(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "plugins" / "filter" / f"{name}.yml").read_text("utf-8"))
    return loaded


def test_the_examples_cover_every_filter() -> None:
    assert set(GOOD) == set(FILTERS)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_text_and_bytes_give_the_same(name: str) -> None:
    given = GOOD[name]
    text = given.decode("utf-8") if isinstance(given, bytes) else given
    assert FILTERS[name](text) == FILTERS[name](text.encode("utf-8")) == FILTERS[name](text.encode("utf-16"))


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("value", ["", "lorem ipsum", b"\xff\xfe\x00", 5, None])
def test_bad_input_is_refused_in_one_sentence_that_names_the_filter(name: str, value: Any) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        FILTERS[name](value)
    assert str(caught.value).startswith(f"azvm.backup.{name}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_the_documentation_describes_what_is_returned(name: str) -> None:
    described = documentation(name)["RETURN"]["_value"]
    result = FILTERS[name](GOOD[name])
    assert described["type"] == type(result).__name__
    if "contains" in described:
        first = result[0] if isinstance(result, list) else result
        assert set(described["contains"]) == set(first)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_the_documentation_names_its_evidence_level(name: str) -> None:
    loaded = documentation(name)["DOCUMENTATION"]
    assert loaded["name"] == name
    assert any(note.startswith("Evidence level: E") for note in loaded["notes"])


def test_difference_from_another_default() -> None:
    assert sddl.sddl_difference("D:(A;;FA;;;BA)", default="D:(A;;GA;;;BA)")["is_default"] is True
    with pytest.raises(AnsibleFilterError, match=r"azvm\.backup\.sddl_difference: No security descriptor"):
        sddl.sddl_difference("D:(A;;FA;;;BA)", default="x")


def test_job_as_an_object() -> None:
    assert azure_job.azure_job({"status": "Completed", "entityFriendlyName": "web01"})["status"] == "completed"


def test_in_a_template() -> None:
    templar = Templar(loader=DataLoader(), variables={"text": LISTING.decode("utf-8")})
    expression = "{{ text | azvm.backup.vss_writers | selectattr('class', 'equalto', 'failed') | map(attribute='name') | list }}"
    try:
        from ansible.template import trust_as_template  # ansible-core 2.19 and later evaluate only what is trusted
    except ImportError:
        pass
    else:
        expression = trust_as_template(expression)
    assert templar.template(expression) == ["SqlServerWriter"]

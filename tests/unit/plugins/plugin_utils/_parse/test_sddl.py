# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._sddl_difference import MACHINEKEYS_DEFAULT, difference
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.sddl import parse_sddl
from hypothesis import given
from hypothesis import strategies as st

DEFAULT = parse_sddl(MACHINEKEYS_DEFAULT)
EVERYONE, ADMINISTRATORS, NETWORK_SERVICE = "S-1-1-0", "S-1-5-32-544", "S-1-5-20"
SAMPLE = Path(__file__).resolve().parents[6] / "shared" / "samples" / "sddl-machinekeys-default-vmassist.txt"


def compare(text: str) -> dict[str, Any]:
    return difference(parse_sddl(text), DEFAULT)


def test_the_default_of_machinekeys() -> None:
    assert DEFAULT == {
        "owner": "S-1-5-18",
        "group": "S-1-5-18",
        "flags": ["protected", "auto_inherited"],
        "aces": [
            {"type": "allow", "sid": EVERYONE, "mask": 0x12019F, "rights": ["read", "write"], "flags": []},
            {"type": "allow", "sid": ADMINISTRATORS, "mask": 0x1F01FF, "rights": ["full_control"], "flags": []},
        ],
    }


@pytest.mark.skipif(not SAMPLE.exists(), reason="the recorded samples are not on this machine")
def test_recorded_default() -> None:
    assert difference(parse_sddl(SAMPLE.read_bytes()), DEFAULT)["is_default"] is True


@pytest.mark.parametrize(
    "text",
    [
        "D:PAI(A;;FA;;;BA)(A;;0x12019f;;;WD)",
        "D:PAI(A;;FRFW;;;S-1-1-0)(A;;GA;;;S-1-5-32-544)",
        "O:BAG:DUD:P(A;;FR;;;WD)(A;;FW;;;WD)(A;;0x1f01ff;;;BA)",
        "D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)S:AI(AU;SAFA;FA;;;WD)",
        "d:pai(a;;fa;;;ba)(a;;frfw;;;wd)".upper(),
        "D:PAI(A;;1180063;;;WD)(A;;FA;;;BA)",
    ],
)
def test_order_owner_and_spelling_of_masks_do_not_count(text: str) -> None:
    assert compare(text) == {"is_default": True, "missing": [], "extra": [], "denied": []}


def test_a_missing_right_is_named() -> None:
    found = compare("D:PAI(A;;FR;;;WD)(A;;FA;;;BA)")
    assert found["is_default"] is False
    assert found["missing"] == [
        {"type": "allow", "sid": EVERYONE, "mask": 0x116, "rights": ["write_data", "append_data", "write_attributes_extended", "write_attributes"], "flags": []}
    ]
    assert found["extra"] == found["denied"] == []


def test_an_empty_list_lacks_everything_and_no_list_allows_everything() -> None:
    assert [ace["sid"] for ace in compare("D:P")["missing"]] == [EVERYONE, ADMINISTRATORS]
    assert [ace["sid"] for ace in compare("D:NO_ACCESS_CONTROL")["extra"]] == [EVERYONE]


def test_somebody_else_is_extra() -> None:
    assert compare("D:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)(A;;FR;;;NS)") == {
        "is_default": False,
        "missing": [],
        "extra": [{"type": "allow", "sid": NETWORK_SERVICE, "mask": 0x120089, "rights": ["read"], "flags": []}],
        "denied": [],
    }


def test_a_denial_is_named_and_takes_nothing_from_the_rest() -> None:
    found = compare("D:PAI(D;;FW;;;WD)(A;;0x12019f;;;WD)(A;;FA;;;BA)")
    assert [(ace["sid"], ace["rights"]) for ace in found["denied"]] == [(EVERYONE, ["write"])]
    assert found["missing"] == found["extra"] == []
    assert found["is_default"] is False


def test_an_entry_only_for_what_is_created_inside_does_not_grant() -> None:
    found = compare("D:PAI(A;OICIIO;0x12019f;;;WD)(A;;FA;;;BA)")
    assert [ace["sid"] for ace in found["missing"]] == [EVERYONE]
    assert [(ace["sid"], ace["flags"]) for ace in found["extra"]] == [(EVERYONE, ["object_inherit", "container_inherit", "inherit_only"])]


def test_an_entry_under_a_condition_does_not_grant() -> None:
    found = compare('D:PAI(XA;;0x12019f;;;WD;(@User.Dept == "IT (x)" && (1==1)))(A;;FA;;;BA)')
    assert [ace["sid"] for ace in found["missing"]] == [EVERYONE]


def test_inheritance_from_above_is_not_the_default_even_with_the_same_rights() -> None:
    assert compare("D:AI(A;ID;0x12019f;;;WD)(A;ID;FA;;;BA)") == {"is_default": False, "missing": [], "extra": [], "denied": []}


def test_the_file_of_icacls_save() -> None:
    saved = "MachineKeys\r\nD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)\r\n"
    assert parse_sddl(saved.encode("utf-16-le"))["aces"] == DEFAULT["aces"]


@pytest.mark.parametrize(
    ("alias", "sid"),
    [
        ("WD", EVERYONE),
        ("BA", ADMINISTRATORS),
        ("SY", "S-1-5-18"),
        ("LS", "S-1-5-19"),
        ("NS", NETWORK_SERVICE),
        ("BU", "S-1-5-32-545"),
        ("AU", "S-1-5-11"),
        ("CO", "S-1-3-0"),
    ],
)
def test_aliases_are_sids(alias: str, sid: str) -> None:
    assert parse_sddl(f"D:(A;;FA;;;{alias})")["aces"][0]["sid"] == sid


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "No security descriptor"),
        ("Todos:(R,W)", "No security descriptor"),
        ("O:SYG:SY", "no access list"),
        ("D:PAI(A;;FA;;;BA", "cut (character 6)"),
        ("D:PAI(A;;FA;;BA)", "six fields"),
        ("D:PAI(A;;QQ;;;BA)", "'QQ' is no access mask"),
        ("D:PAI(Q;;FA;;;BA)", "'Q' is no type"),
        ("D:PAI(A;ZZ;FA;;;BA)", "'ZZ' are no entry flags"),
        ("D:(A;;FA;;;Administradores)", "is no SID"),
        ("D:XX(A;;FA;;;BA)", "'XX' are no list flags"),
        ("D:P(A;;FA;;;BA)rest", "'rest' is not SDDL (character 16)"),
    ],
)
def test_what_is_no_descriptor_is_refused_with_a_reason(text: str, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_sddl(text)
    assert says in str(caught.value)


@given(cut=st.integers(min_value=0, max_value=len(MACHINEKEYS_DEFAULT) - 1))
def test_a_cut_descriptor_is_never_the_default(cut: int) -> None:
    try:
        found = difference(parse_sddl(MACHINEKEYS_DEFAULT[:cut]), DEFAULT)
    except ParseError:
        return
    assert found["is_default"] is False
    assert found["missing"]


@given(text=st.text(alphabet="OGDSAPI:();0x12FRWDBA- \n", max_size=60))
def test_any_text_is_a_descriptor_or_one_sentence(text: str) -> None:
    try:
        parse_sddl(text)
    except ParseError as error:
        assert "\n" not in str(error)

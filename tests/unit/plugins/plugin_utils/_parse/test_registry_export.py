# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.registry_export import parse_registry_export
from hypothesis import given
from hypothesis import strategies as st

SAMPLE = Path(__file__).resolve().parents[6] / "shared" / "samples" / "reg-01-enable-tls12-all-four-hives-jpabrs.reg"
KEY = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Azvm"
FIVE = "Windows Registry Editor Version 5.00\r\n\r\n"


def entries(body: str, header: str = FIVE) -> dict[str, dict[str, object]]:
    keys = parse_registry_export(f"{header}[{KEY}]\r\n{body}\r\n")
    assert list(keys) == [KEY]
    found = keys[KEY]
    assert found is not None
    return found


@pytest.mark.skipif(not SAMPLE.exists(), reason="the recorded samples are not on this machine")
def test_recorded_export_sets_strong_crypto_in_all_four_keys() -> None:
    keys = parse_registry_export(SAMPLE.read_bytes())
    assert len(keys) == 4
    assert all(found and found["SchUseStrongCrypto"] == {"type": "dword", "data": 1} for found in keys.values())


@pytest.mark.parametrize(
    ("line", "kind", "data"),
    [
        ('"a"="x"', "sz", "x"),
        (r'"a"="C:\\Program Files\\\"q\""', "sz", 'C:\\Program Files\\"q"'),
        ('"a"=""', "sz", ""),
        ('"a"=dword:0000000A', "dword", 10),
        ('"a"=dword:ffffffff', "dword", 4294967295),
        ('"a"=hex:de,AD,be', "binary", "deadbe"),
        ('"a"=hex:', "binary", ""),
        ('"a"=hex(0):', "none", ""),
        ('"a"=hex(b):01,00,00,00,00,00,00,80', "qword", 2**63 + 1),
        ('"a"=hex(2):25,00,54,00,25,00,00,00', "expand_sz", "%T%"),
        ('"a"=hex(7):61,00,00,00,62,00,00,00,00,00', "multi_sz", ["a", "b"]),
        ('"a"=hex(4):01,00', "dword", "0100"),
        ('"a"=hex(8):01', "type_8", "01"),
        ('"a"=-', "deleted", None),
    ],
)
def test_values_of_every_type(line: str, kind: str, data: object) -> None:
    assert entries(line) == {"a": {"type": kind, "data": data}}


def test_continued_lines_comments_and_names_with_signs_in_them() -> None:
    body = '; a comment\r\n"x=\\"y\\""=hex(7):61,00,\\\r\n  00,00,62,00,\\\r\n  00,00,00,00\r\n@="default"\r\n'
    assert entries(body) == {'x="y"': {"type": "multi_sz", "data": ["a", "b"]}, "": {"type": "sz", "data": "default"}}


def test_a_text_over_several_lines() -> None:
    assert entries('"a"="one\r\ntwo"\r\n"b"="three"') == {"a": {"type": "sz", "data": "one\ntwo"}, "b": {"type": "sz", "data": "three"}}


def test_a_path_that_ends_with_a_backslash_is_not_continued() -> None:
    assert entries('"a"="C:\\\\"\r\n"b"="x"') == {"a": {"type": "sz", "data": "C:\\"}, "b": {"type": "sz", "data": "x"}}


def test_regedit4_holds_ansi_bytes() -> None:
    assert entries('"a"=hex(7):61,00,62,00,00', header="REGEDIT4\r\n\r\n") == {"a": {"type": "multi_sz", "data": ["a", "b"]}}


def test_regedit_writes_utf_16() -> None:
    keys = parse_registry_export((FIVE + f'[{KEY}]\r\n"ключ"="値"\r\n').encode("utf-16"))
    assert keys == {KEY: {"ключ": {"type": "sz", "data": "値"}}}


def test_deleted_and_repeated_keys() -> None:
    text = f'{FIVE}[-{KEY}]\r\n\r\n[{KEY}\\One]\r\n"a"="1"\r\n[{KEY}\\Two]\r\n[{KEY}\\One]\r\n"b"="2"\r\n'
    assert parse_registry_export(text) == {
        KEY: None,
        f"{KEY}\\One": {"a": {"type": "sz", "data": "1"}, "b": {"type": "sz", "data": "2"}},
        f"{KEY}\\Two": {},
    }


def test_a_header_alone_is_an_empty_export() -> None:
    assert parse_registry_export(FIVE) == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "No registry export"),
        ('{"a": 1}', "No registry export"),
        (f'{FIVE}"a"="1"', "does not belong to a key (line 3)"),
        (f"{FIVE}[{KEY}]\r\nwhat", "is neither a key nor a value of a registry export (line 4)"),
        (f'{FIVE}[{KEY}]\r\n"a"=hex:zz', "'hex:zz' is no value of a registry export (line 4)"),
        (f'{FIVE}[{KEY}]\r\n"a"=hex:00,\\', "cut (line 4)"),
        (f'{FIVE}[{KEY}]\r\n"a"="open', "cut (line 4)"),
        (f'{FIVE}[-{KEY}]\r\n"a"="1"', "does not belong to a key"),
    ],
)
def test_what_is_no_export_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_registry_export(text)
    assert says in str(caught.value)


@given(text=st.text(max_size=80), body=st.text(alphabet='[]"=\\-@hex(7):,0a\n\r ;', max_size=60))
def test_any_text_is_an_export_or_one_sentence(text: str, body: str) -> None:
    for source in (text, FIVE + body):
        try:
            parse_registry_export(source)
        except ParseError as error:
            assert "\n" not in str(error)


@given(
    st.dictionaries(
        st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]))
    )
)
def test_texts_survive_the_round_trip(values: dict[str, str]) -> None:
    def quote(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    body = "\r\n".join(f"{quote(name)}={quote(text)}" for name, text in values.items())
    assert entries(body) == {name: {"type": "sz", "data": text} for name, text in values.items()}

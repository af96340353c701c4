# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import codecs
import re

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._decode import to_text
from hypothesis import given
from hypothesis import strategies as st

TEXT = "状態: [1] 安定\r\nПоследняя ошибка: Нет ошибок\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_encodings_are_told_by_mark_or_nul_bytes(encoding: str) -> None:
    assert to_text(TEXT.encode(encoding)) == TEXT


def test_big_endian_marks() -> None:
    assert to_text(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")) == TEXT
    assert to_text(codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be")) == TEXT


def test_text_passes_as_it_is() -> None:
    assert to_text("\ufeffa\x00\udce9") == "\ufeffa\x00\udce9"


def test_what_is_not_utf_8_stands_escaped_and_ascii_survives() -> None:
    assert to_text("Zustand für é: [1]".encode("cp850")) == r"Zustand f\x81r \x82: [1]"
    assert to_text("ライター: [1]".encode("cp932")) == r"\x83\x89\x83C\x83^\x81[: [1]"


def test_one_bad_byte_leaves_the_rest_readable() -> None:
    assert to_text("é".encode() + b"\xff" + "日".encode()) == "é\\xff日"


def test_zeros_in_a_log_are_not_utf_16() -> None:
    assert to_text(b"line one\n" + b"\x00" * 64 + b"line two\n") == "line one\n" + "\x00" * 64 + "line two\n"


def test_half_a_character_at_a_cut_is_left_out() -> None:
    assert to_text("ab".encode("utf-16")[:-1]) == "a"
    assert to_text("status: é".encode("utf-16-le")[:-1]) == "status: "


def test_nothing_is_nothing() -> None:
    assert to_text(b"") == ""


def _plain(data: bytes) -> bool:
    return 0 not in data and b"\\" not in data and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


@given(st.binary().filter(_plain))
def test_every_ascii_character_survives(data: bytes) -> None:
    unescaped = re.sub(r"\\x[89a-f][0-9a-f]", "", to_text(data))
    assert unescaped.encode("ascii", "ignore") == bytes(byte for byte in data if byte < 0x80)


@given(st.binary())
def test_any_bytes_give_text(data: bytes) -> None:
    to_text(data).encode("utf-8")

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader

JAPANESE = "\u72b6\u614b: [1] \u5b89\u5b9a\r\n"


def run(*terms: str, **options: Any) -> Any:
    return lookup_loader.get("azvm.backup.log_file", loader=DataLoader()).run(list(terms), {}, **options)


def put(folder: Path, data: bytes, name: str = "a.log") -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_told_by_itself(tmp_path: Path, encoding: str) -> None:
    text = JAPANESE + "Writer name: 'System Writer'\r\n" * 3
    assert run(put(tmp_path, text.encode(encoding))) == [text]


def test_nothing_is_stripped(tmp_path: Path) -> None:
    assert run(put(tmp_path, b" a\r\n\n\n")) == [" a\r\n\n\n"]


def test_bytes_of_a_code_page_stay_visible(tmp_path: Path) -> None:
    assert run(put(tmp_path, "\u00c9tat: [1]".encode("cp850"))) == ["\\x90tat: [1]"]


def test_a_named_encoding(tmp_path: Path) -> None:
    path = put(tmp_path, JAPANESE.encode("cp932"))
    assert run(path, encoding="cp932") == [JAPANESE]


@pytest.mark.parametrize(("errors", "text"), [("backslashreplace", "a\\xffb"), ("replace", "a\ufffdb"), ("ignore", "ab")])
def test_errors(tmp_path: Path, errors: str, text: str) -> None:
    assert run(put(tmp_path, b"a\xffb"), encoding="utf-8", errors=errors) == [text]


def test_strict_is_an_error_with_the_byte(tmp_path: Path) -> None:
    with pytest.raises(AnsibleError, match="its byte 1 fits nothing"):
        run(put(tmp_path, b"a\xffb"), encoding="utf-8", errors="strict")


@pytest.mark.parametrize("encoding", ["no-such", "rot13", "hex"])
def test_an_encoding_that_is_none(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(AnsibleError, match="no text encoding"):
        run(put(tmp_path, b"a"), encoding=encoding)


def test_several_files_in_their_order(tmp_path: Path) -> None:
    assert run(put(tmp_path, b"1", "one"), put(tmp_path, b"2", "two")) == ["1", "2"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AnsibleError, match=r"there is no file .*gone\.log"):
        run(str(tmp_path / "gone.log"))


def test_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(AnsibleError, match=r"cannot be read|there is no file"):
        run(str(tmp_path))


def test_a_value_that_is_no_choice(tmp_path: Path) -> None:
    with pytest.raises(AnsibleError):
        run(put(tmp_path, b"a"), errors="surrogateescape")


def test_an_empty_file(tmp_path: Path) -> None:
    assert run(put(tmp_path, b"")) == [""]

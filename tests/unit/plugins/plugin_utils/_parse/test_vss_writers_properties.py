# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever happens to a listing on its way here, no writer becomes healthier than it was."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._atlas import missing_writers
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.vss_writers import parse_vss_writers
from hypothesis import example, given, settings
from hypothesis import strategies as st

CORPUS = Path(__file__).resolve().parents[4] / "fixtures" / "vss_writers"
LANGUAGES = ("en", "ja", "ru", "de", "fr")
CODE_PAGES = {"en": "cp437", "ja": "cp932", "ru": "cp866", "de": "cp850", "fr": "cp850"}
NAMES = ("System Writer", "SqlServerWriter", "COM+ REGDB Writer", "ASR Writer", "IIS Config Writer")


def _alphabet(page: str) -> str:
    """The letters that a code page can write."""
    letters = (bytes([high, low]).decode(page, "ignore") for high in range(0x80, 0x100) for low in range(0x40, 0x100))
    return "".join(sorted({letter for text in letters for letter in text if letter.isalpha()} | set("abcXYZ")))


ALPHABETS = {page: _alphabet(page) for page in ("cp850", "cp866", "cp932")}


@dataclasses.dataclass
class Layout:
    """How one listing is written."""

    page: str
    labels: list[str]
    words: list[str]
    quotes: tuple[str, str]
    indent: str
    newline: str
    blank_lines: str
    colon: str


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    page = draw(st.sampled_from(sorted(ALPHABETS)))
    word = st.text(alphabet=ALPHABETS[page], min_size=1, max_size=9)
    phrase = st.lists(word, min_size=1, max_size=3).map(" ".join)
    return Layout(
        page=page,
        labels=draw(st.lists(phrase, min_size=5, max_size=5, unique=True)),
        words=draw(st.lists(phrase, min_size=2, max_size=2)),
        quotes=draw(st.sampled_from([("'", "'"), ('"', '"'), ("", "")])),
        indent=draw(st.sampled_from(["", "   ", "    ", "\t"])),
        newline=draw(st.sampled_from(["\n", "\r\n"])),
        blank_lines=draw(st.sampled_from(["none", "between", "everywhere"])),
        colon=draw(st.sampled_from([": ", " : ", ":"])),
    )


STATES = st.lists(st.integers(min_value=0, max_value=16), min_size=1, max_size=len(NAMES))


def listing(language: str, case: str) -> str:
    """A file of the corpus with the line ends of vssadmin."""
    return next(CORPUS.glob(f"*-{language}-{case}.txt")).read_text("utf-8").replace("\n", "\r\n")


def guid(number: int) -> str:
    return f"{number:08x}-1111-4222-8333-444455556666"


def write(layout: Layout, states: list[int]) -> str:
    name, identity, instance, state, error = layout.labels
    lines = ["vssadmin 1.1 - tool", "(C) Copyright 2001-2013 Microsoft Corp.", ""]
    for index, number in enumerate(states):
        block = [
            f"{name}{layout.colon}{layout.quotes[0]}{NAMES[index]}{layout.quotes[1]}",
            f"{layout.indent}{identity}{layout.colon}{{{guid(index)}}}",
            f"{layout.indent}{instance}{layout.colon}{{{guid(index + 100)}}}",
            f"{layout.indent}{state}{layout.colon}[{number}] {layout.words[0]}",
            f"{layout.indent}{error}{layout.colon}{layout.words[1]}",
        ]
        lines += [part for line in block for part in (line, "")] if layout.blank_lines == "everywhere" else block
        lines += [""] if layout.blank_lines == "between" else []
    return layout.newline.join(lines) + layout.newline


def expected_class(number: int) -> str:
    return "unknown" if number in (0, 16) else "stable" if number == 1 else "transient" if number < 6 else "failed"


def seen(source: str | bytes) -> list[dict[str, Any]] | None:
    """The writers, or None where the listing is refused: a refusal is never healthy."""
    try:
        return parse_vss_writers(source)
    except ParseError:
        return None


def not_healthier(source: str | bytes, states: list[int]) -> list[dict[str, Any]] | None:
    """Check that every writer that is still found has the class that it had, or a class that says less; none is invented as stable."""
    writers = seen(source)
    for writer in writers or []:
        if writer["class"] != "unknown":
            if writer["id"] is not None:
                assert writer["class"] == expected_class(states[int(writer["id"][:8], 16)])
            else:
                assert writer["problems"]
    return writers


@given(layout=layouts(), states=STATES)
@settings(max_examples=300, deadline=None)
def test_words_quotes_indentation_and_line_ends_change_nothing(layout: Layout, states: list[int]) -> None:
    writers = parse_vss_writers(write(layout, states))
    assert [(writer["name"], writer["id"], writer["state"], writer["class"], writer["last_error"]) for writer in writers] == [
        (NAMES[index], guid(index), number, expected_class(number), layout.words[1]) for index, number in enumerate(states)
    ]
    assert not any("truncated" in writer["problems"] for writer in writers)


@given(layout=layouts(), states=STATES, data=st.data())
@settings(max_examples=200, deadline=None)
def test_other_words_in_every_line_change_no_class(layout: Layout, states: list[int], data: st.DataObject) -> None:
    word = st.text(alphabet=ALPHABETS["cp932"], min_size=1, max_size=9)
    text = re.sub(rf"(?m)^(\s*)[^\s:].*?(?={re.escape(layout.colon)}['\"{{\[]?)", lambda match: match.group(1) + data.draw(word), write(layout, states))
    writers = parse_vss_writers("vssadmin 1.1\n" + text)
    found = [(writer["id"], writer["class"]) for writer in writers[: len(states)]]
    assert found == [(guid(index), expected_class(number)) for index, number in enumerate(states)]
    # Where the last line has the label that names had above, it is taken for a writer that was cut: never healthier.
    assert [writer["class"] for writer in writers[len(states) :]] in ([], ["unknown"])


@pytest.mark.parametrize("encoding", ["own page", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@given(layout=layouts(), states=STATES)
@settings(max_examples=60, deadline=None)
def test_encodings_change_nothing_that_is_ascii(encoding: str, layout: Layout, states: list[int]) -> None:
    writers = parse_vss_writers(write(layout, states).encode(layout.page if encoding == "own page" else encoding))
    assert [(writer["name"], writer["id"], writer["class"]) for writer in writers] == [
        (NAMES[index], guid(index), expected_class(number)) for index, number in enumerate(states)
    ]


def swallow(data: bytes) -> str:
    """The worst of a wrong decode as a double-byte page: every lead byte takes the next byte with it, a line end or a colon too."""
    return re.sub(rb"[\x81-\x9f\xe0-\xfc].", b"?", data, flags=re.DOTALL).decode("latin-1")


@pytest.mark.parametrize("page", ["utf-8", "own page"])
@given(layout=layouts(), states=STATES)
@settings(max_examples=300, deadline=None)
def test_a_wrong_decode_makes_no_writer_healthier(page: str, layout: Layout, states: list[int]) -> None:
    data = write(layout, states).encode(layout.page if page == "own page" else page)
    for text in (data.decode("latin-1"), data.decode("cp437"), data.decode("cp1252", "replace"), data.decode("utf-8", "replace"), swallow(data)):
        writers = not_healthier(text, states)
        assert writers is None or len(writers) >= len(states)


@given(layout=layouts(), states=STATES, data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_cut_makes_no_writer_healthier(layout: Layout, states: list[int], data: st.DataObject) -> None:
    raw = write(layout, states).encode(data.draw(st.sampled_from([layout.page, "utf-8", "utf-16"])))
    at = data.draw(st.integers(min_value=0, max_value=len(raw)))
    not_healthier(raw[:at], states)
    not_healthier(raw[at:], states)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "own page"])
def test_every_cut_inside_a_writer_is_noticed(language: str, encoding: str) -> None:
    banner, first, second, *_others, failed, _end = listing(language, "one_failed").split("\r\n\r\n")
    text = "\r\n\r\n".join([banner, first, failed, second, ""])
    page = CODE_PAGES[language] if encoding == "own page" else encoding
    raw = text.encode(page, "replace")
    text = raw.decode(page)
    whole = {writer["id"]: writer["class"] for writer in parse_vss_writers(raw)}
    count = len(parse_vss_writers(raw))
    blocks = [match.end() for match in re.finditer(r"\r\n\r\n", text)]
    for at in range(len(raw)):
        writers = seen(raw[:at])
        if writers is None:
            continue
        for writer in writers:
            assert writer["class"] in ("unknown", whole.get(writer["id"])), (at, writer)
        assert len(writers) <= count
        kept = raw[:at].decode(page, "ignore").rstrip("\r\n")
        at_boundary = any(kept == text[:end].rstrip("\r\n") for end in blocks) or raw[:at].decode(page, "ignore") == ""
        # Between two writers only the exit code and the writers that are always there tell; anywhere else the listing itself does.
        assert at_boundary or any(writer["problems"] for writer in writers) or not writers, (at, kept[-60:])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cut_between_two_writers_is_noticed_by_the_writers_that_are_always_there(language: str) -> None:
    text = listing(language, "stable")
    banner, *blocks = text.strip().split("\r\n\r\n")
    always = [block for block in blocks if "WMI Writer" not in block]  # WMI comes and goes
    assert missing_writers(parse_vss_writers(text)) == []
    for kept in range(len(always)):
        writers = parse_vss_writers("\r\n\r\n".join([banner, *always[:kept], ""]))
        assert [writer["class"] for writer in writers] == ["stable"] * kept
        assert len(missing_writers(writers)) == len(always) - kept


@given(text=st.text())
@example("")
@example("[1]")
@example("\x00" * 50)
@settings(max_examples=200, deadline=None)
def test_any_text_is_writers_or_one_sentence(text: str) -> None:
    try:
        parse_vss_writers(text)
    except ParseError as error:
        assert str(error).startswith("No writer listing: ")


@given(data=st.binary())
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_writers_or_one_sentence(data: bytes) -> None:
    seen(data)

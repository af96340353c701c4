# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.vss_writers import parse_vss_writers

ROOT = Path(__file__).resolve().parents[5]
CORPUS = sorted((ROOT / "tests" / "fixtures" / "vss_writers").glob("*.txt"))
SAMPLES = ROOT.parent / "shared" / "samples"


def test_the_corpus_is_there() -> None:
    assert len(CORPUS) > 60
    assert {path.name.split("-")[3] for path in CORPUS} == {"en", "ja", "ru", "de", "fr", "zh"}


def as_printed(path: Path, expected: dict[str, Any]) -> str:
    """The listing with the line ends and quotes that it has; the files are kept with plain ones, as ansible-test demands of every file."""
    text = path.read_text("utf-8")
    if "quotes" in expected:
        text = re.sub("'(.*)'", lambda match: match.group(1).join(expected["quotes"]), text)
    return text if expected.get("line_ends") == "lf" else text.replace("\n", "\r\n")


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_corpus(path: Path) -> None:
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    source = as_printed(path, expected).encode("utf-8")
    if "error" in expected:
        with pytest.raises(ParseError) as caught:
            parse_vss_writers(source)
        assert expected["error"] in str(caught.value)
        assert "\n" not in str(caught.value)
    else:
        assert parse_vss_writers(source) == expected["writers"]


def sample(name: str) -> bytes:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("the recorded samples are not on this machine")
    return path.read_bytes()


def test_recorded_japanese_listing_with_typographic_quotes() -> None:
    writers = parse_vss_writers(sample("vss-ja-01-jpwinsup-stable-curly.txt"))
    assert [(writer["name"], writer["class"], writer["problems"]) for writer in writers] == [
        (name, "stable", [])
        for name in ("System Writer", "ASR Writer", "Registry Writer", "WMI Writer", "COM+ REGDB Writer", "Shadow Copy Optimization Writer")
    ]


def test_recorded_listing_without_writers() -> None:
    assert parse_vss_writers(sample("vss-ja-02-jpwinsup-all-writers-missing.txt")) == []


@pytest.mark.parametrize(
    "name", ["NOT-writers-vssadmin-provider-ja-hyperv-ic.txt", "eventlog-ja-vss-13-jpwinsup.txt", "reg-01-enable-tls12-all-four-hives-jpabrs.reg"]
)
def test_recorded_other_things_are_refused(name: str) -> None:
    with pytest.raises(ParseError, match="No writer listing"):
        parse_vss_writers(sample(name))

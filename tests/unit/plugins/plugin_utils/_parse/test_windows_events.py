# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time

import pytest
from ansible_collections.azvm.backup.plugins.plugin_utils._parse._errors import ParseError
from ansible_collections.azvm.backup.plugins.plugin_utils._parse.windows_events import parse_windows_events
from hypothesis import given, settings
from hypothesis import strategies as st

NAMESPACE = "xmlns='http://schemas.microsoft.com/win/2004/08/events/event'"


def event(
    number: int = 8193, at: str = "2026-11-22T01:02:03.1234567Z", body: str = "<EventData><Data>x</Data></EventData>", provider: str = "VSS", level: int = 2
) -> str:
    return (
        f"<Event {NAMESPACE}><System><Provider Name='{provider}'/><EventID Qualifiers='0'>{number}</EventID><Level>{level}</Level>"
        f"<TimeCreated SystemTime='{at}'/><EventRecordID>1</EventRecordID><Channel>Application</Channel><Computer>WEB01</Computer></System>{body}</Event>"
    )


def wrap(*events: str) -> str:
    return "<Events>" + "\n".join(events) + "</Events>"


def test_one_event_of_vss() -> None:
    body = (
        "<EventData><Data>CoCreateInstance</Data><Data>0x800401FB, Object is not registered\r\n</Data><Data>&#xA;Operation:&#xA;   Subscribing Writer</Data>"
        "<Binary>2D20436F64653A20</Binary></EventData><RenderingInfo Culture='ja-JP'><Message>予期しないエラー 0x80070005</Message></RenderingInfo>"
    )
    assert parse_windows_events(wrap(event(body=body))) == [
        {
            "log": "Application",
            "provider": "VSS",
            "id": 8193,
            "level": "error",
            "at": "2026-11-22T01:02:03Z",
            "fields": ["CoCreateInstance", "0x800401FB, Object is not registered", "Operation:\n   Subscribing Writer"],
            "hresults": ["0x800401fb"],
        }
    ]


def test_named_data_and_user_data_keep_their_order() -> None:
    named = "<EventData><Data Name='AppName'>IaaSBcdrExtension.exe</Data><Data Name='Version'/><Data Name='Module'>ntdll.dll</Data></EventData>"
    rule = "<PolicyName>EXE</PolicyName><FilePath>%OSDRIVE%\\X</FilePath>"
    user = f"<UserData><RuleAndFileData xmlns='http://schemas.microsoft.com/schemas/event/Microsoft.Windows/1.0.0.0'>{rule}</RuleAndFileData></UserData>"
    newer, older = parse_windows_events(wrap(event(1000, "2026-11-22T02:00:00Z", named), event(8004, "2026-11-22T01:00:00Z", user)))
    assert newer["fields"] == ["IaaSBcdrExtension.exe", "", "ntdll.dll"]
    assert older["fields"] == ["EXE", "%OSDRIVE%\\X"]


def test_newest_first_and_those_without_a_time_last() -> None:
    found = parse_windows_events(
        wrap(event(1, "2026-11-20T00:00:00Z"), event(2, "never"), event(3, "2026-11-22T00:00:00.5Z"), event(4, "2026-11-22T03:00:00+03:00"))
    )
    assert [(item["id"], item["at"]) for item in found] == [(3, "2026-11-22T00:00:00Z"), (4, "2026-11-22T00:00:00Z"), (1, "2026-11-20T00:00:00Z"), (2, None)]


@pytest.mark.parametrize(("number", "word"), [(0, "information"), (1, "critical"), (2, "error"), (3, "warning"), (4, "information"), (5, "verbose")])
def test_levels(number: int, word: str) -> None:
    assert parse_windows_events(event(level=number))[0]["level"] == word


def test_hresults_are_told_by_their_pattern_each_once() -> None:
    body = "<EventData><Data>0x800423F4 0x80042313, 0x800423f4; 0x0 0x8004231 0x800423134 80042316 0xC0000005</Data><Data>hr = 0x8000ffff</Data></EventData>"
    assert parse_windows_events(event(body=body))[0]["hresults"] == ["0x800423f4", "0x80042313", "0x8000ffff"]


@pytest.mark.parametrize(
    "text",
    [
        event(1) + event(2),
        f"<?xml version='1.0' encoding='utf-16'?>\r\n{wrap(event(1), event(2))}",
        wrap(event(1), event(2))[:-40] + event(2),
        wrap(event(1), "<Event><System><Provider Name='VSS'/></Event>", event(2)),
        wrap(event(1), event(2), event(3))[: -len(event(3)) // 2],
        wrap(event(1, body="<EventData><Data>a\x00\x1bb&#x1;</Data></EventData>"), event(2)),
    ],
)
def test_whole_events_of_a_damaged_or_unwrapped_text_are_kept(text: str) -> None:
    assert {item["id"] for item in parse_windows_events(text)} == {1, 2}


def test_utf_16_bytes() -> None:
    assert parse_windows_events(wrap(event(13)).encode("utf-16"))[0]["id"] == 13


@pytest.mark.parametrize("text", ["<Events></Events>", "<Events/>", "<?xml version='1.0'?><Events>\n</Events>"])
def test_no_events_are_no_error(text: str) -> None:
    assert parse_windows_events(text) == []


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "no whole <Event>"),
        ("レベル:エラー\r\nソース:VSS\r\nID:13", "no whole <Event>"),
        ("<Events><Event><System>", "no whole <Event>"),
        ("<html></html>", "no whole <Event>"),
        (b"ElfFile\0\0\0\0", "wevtutil qe"),
    ],
)
def test_what_holds_no_event_is_refused(source: str | bytes, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_windows_events(source)
    assert says in str(caught.value)


def test_no_entity_is_expanded_and_no_file_read() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(f'<!ENTITY a{i} "{"&a;" if i == 0 else f"&a{i - 1};" * 10}">' for i in range(12)) + "]>"
    for head in (laughs, '<!DOCTYPE x SYSTEM "file:///etc/passwd">', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>', "<!doctype x>"):
        started = time.monotonic()
        with pytest.raises(ParseError, match="refused"):
            parse_windows_events(head + wrap(event(body="<EventData><Data>&a11;&e;</Data></EventData>")))
        assert time.monotonic() - started < 1


def test_a_declaration_in_utf_16_is_found_too() -> None:
    with pytest.raises(ParseError, match="refused"):
        parse_windows_events(("<!DOCTYPE x>" + wrap(event())).encode("utf-16-be"))


@given(cut=st.integers(min_value=0, max_value=len(wrap(event(1), event(2)))))
def test_a_cut_loses_events_and_invents_none(cut: int) -> None:
    whole = parse_windows_events(wrap(event(1), event(2)))
    try:
        found = parse_windows_events(wrap(event(1), event(2))[:cut])
    except ParseError:
        return
    assert all(item in whole for item in found)


@given(st.text(alphabet="<>/&;EventSystmDaa='\"\x00 1", max_size=80))
@settings(max_examples=200)
def test_any_text_is_events_or_one_sentence(text: str) -> None:
    for source in (text, wrap(event(body=f"<EventData>{text}</EventData>"))):
        try:
            parse_windows_events(source)
        except ParseError as error:
            assert "\n" not in str(error)

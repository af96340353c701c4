# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse Windows events in XML. Private to this collection; the shape is in plugins/filter/windows_events.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from ._context import iso, parse_time
from ._decode import to_text
from ._errors import ParseError

Event = dict[str, Any]
# learn.microsoft.com/windows/win32/wes/defining-severity-levels; 0 is written whatever level a log asks for
LEVELS = {0: "information", 1: "critical", 2: "error", 3: "warning", 4: "information", 5: "verbose"}
_HRESULT = re.compile(r"\b0x8[0-9A-Fa-f]{7}(?![0-9A-Fa-f])", re.ASCII)
_START, _END = re.compile(r"(?=<Event[\s>])"), re.compile(r"</Event\s*>")
# A declaration is where entities, external files and their expansion come from; events never have one.
_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_NO_XML_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|&#(?:x0*(?:[0-8bcefBCEF]|1[0-9a-fA-F])|0*(?:[0-8]|1[124-9]|2\d|3[01]));")
_NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
_UTC = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z", re.ASCII)


def _elements(text: str) -> Iterator[ElementTree.Element]:
    """The whole <Event> elements; when the text is damaged, those that are still well-formed."""
    text = text.replace(f" xmlns='{_NAMESPACE}'", "").replace(f' xmlns="{_NAMESPACE}"', "")
    try:
        root = ElementTree.fromstring(text)  # no declarations, so nothing is expanded: see _DECLARATION
    except ElementTree.ParseError:
        for part in _START.split(_NO_XML_CHARACTER.sub("\ufffd", text))[1:]:
            end = _END.search(part)
            try:
                yield ElementTree.fromstring(part[: end.end()] if end else part)
            except ElementTree.ParseError:
                continue
        return
    yield from [root] if root.tag == "Event" else root.iter("Event")


def _fields(event: ElementTree.Element) -> list[str]:
    """The inserted values in their order; the raw bytes and the rendered message are no part of them."""
    data = [item.text or "" for item in event.iterfind("EventData/Data")]
    user = event.find("UserData")
    return data + ([] if user is None else [item.text or "" for item in user.iter() if len(item) == 0 and item is not user])


def hresults(texts: list[str]) -> list[str]:
    """The failure codes 0x8... in texts, lower case, each once, in their order."""
    return list(dict.fromkeys(found.lower() for text in texts if "0x8" in text for found in _HRESULT.findall(text)))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdigit() else None


def _at(created: ElementTree.Element | None) -> str | None:
    text = None if created is None else created.get("SystemTime")
    usual = _UTC.fullmatch(text or "")
    if usual:
        return usual.group(1) + "Z"
    moment = parse_time(text)
    return iso(moment) if moment else None


def _event(element: ElementTree.Element) -> Event | None:
    system = element.find("System")
    provider = None if system is None else system.find("Provider")
    number = None if system is None else _number(system.findtext("EventID"))
    if system is None or provider is None or number is None:
        return None
    fields = [field.strip() for field in _fields(element)]
    return {
        "log": system.findtext("Channel"),
        "provider": provider.get("Name") or provider.get("EventSourceName"),
        "id": number,
        "level": LEVELS.get(_number(system.findtext("Level")) or 0, "verbose"),
        "at": _at(system.find("TimeCreated")),
        "fields": fields,
        "hresults": hresults(fields),
    }


def parse_windows_events(source: str | bytes) -> list[Event]:
    """The events, newest first; those without a time last.

    Args:
        source: `<Events>...</Events>`, or one or more `<Event>` elements, as `wevtutil qe /f:xml` and Get-WinEvent's ToXml() give them.

    Raises:
        ParseError: there is no whole event in it, or it holds a document type declaration.
    """
    if isinstance(source, bytes) and source.startswith(b"ElfFile\0"):
        raise ParseError("This is a binary event log (.evtx); export it with `wevtutil qe FILE /lf:true /f:xml /e:Events`")
    text = to_text(source).strip("\ufeff \t\r\n\x00")
    declaration = _DECLARATION.search(text)
    if declaration:
        raise ParseError(f"The events hold {declaration.group()}, which no Windows event has; refused, as it could read files or exhaust memory")
    events = [event for event in map(_event, _elements(text)) if event]
    if not events and not re.fullmatch(r"(?:<\?xml[^>]*\?>\s*)?<Events[^>]*?(?:/>|>\s*</Events\s*>)", text):
        raise ParseError("No Windows events: there is no whole <Event> element; export with `wevtutil qe LOG /f:xml /e:Events`")
    return sorted(events, key=lambda event: event["at"] or "", reverse=True)

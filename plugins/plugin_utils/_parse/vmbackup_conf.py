# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/etc/azure/vmbackup.conf as the extension reads it. Private to this collection; the shape is in plugins/filter/vmbackup_conf.yml.

The extension reads each key with a new ``configparser.ConfigParser`` and swallows every exception, so a file that is not readable is ignored without
a word and all keys have their defaults. Source: https://github.com/Azure/azure-linux-extensions, VMBackup/main/Utils/HandlerUtil.py.
"""

from __future__ import annotations

import codecs
import configparser
import io
from typing import Any

from ._data import HERE, load_data
from ._vmbackup_warnings import Mounts, warnings

SECTION = "SnapshotThread"
SKIP_LIST = "mountstoskip"
Found = list[dict[str, str]]


def _unreadable(reason: str, detail: str) -> dict[str, Any]:
    return {"readable": False, "reason": reason, "mounts_to_skip": [], "settings": {}, "ignored_keys": [], "warnings": [{"id": reason, "detail": detail}]}


def _text(source: str | bytes) -> str | dict[str, Any]:
    """The text as Python's open() gives it to the extension, or why there is none."""
    if isinstance(source, bytes):
        if source.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return _unreadable("byte_order_mark", "UTF-16")
        try:
            source = source.decode("utf-8")
        except UnicodeDecodeError as error:
            return _unreadable("undecodable", f"byte {error.start}")
    return _unreadable("byte_order_mark", "UTF-8") if source.startswith("\ufeff") else source


def _read(text: str) -> configparser.ConfigParser | dict[str, Any]:
    parser = configparser.ConfigParser()
    try:
        # Not read_string(): a file that is opened has its line ends translated, and a lone carriage return is one of them.
        parser.read_file(io.StringIO(text, newline=None))
    except configparser.DuplicateOptionError as error:
        return _unreadable("duplicate_option", f"line {error.lineno}: {error.option}")
    except configparser.DuplicateSectionError as error:
        return _unreadable("duplicate_section", f"line {error.lineno}: {error.section}")
    except configparser.MissingSectionHeaderError as error:
        return _unreadable("no_section_header", f"line {error.lineno}")
    except configparser.ParsingError as error:
        return _unreadable("syntax", f"line {error.errors[0][0]}" if error.errors else "no line is known")
    except (configparser.Error, AttributeError, TypeError, ValueError) as error:
        return _unreadable("syntax", type(error).__name__)  # whatever it raises, the extension goes on without the file
    return parser


def _ignored(parser: configparser.ConfigParser, keys: dict[str, Any]) -> tuple[Found, Found]:
    """Keys that have no effect, and warnings that come with them."""
    ignored: Found = []
    found: Found = []
    for section in parser.sections():
        read = keys["read"].get(section)
        if read is None and section.lower() == SECTION.lower():
            found.append({"id": "wrong_section_case", "detail": section})
        for key in parser._sections[section]:  # type: ignore[attr-defined] # without what [DEFAULT] adds
            why = keys["why"]["unknown_section"] if read is None else None if key in read else keys["dead"].get(key, keys["why"]["unknown_key"])
            if why:
                ignored.append({"section": section, "key": key, "why": why})
    if not parser.has_section(SECTION):
        ignored += [{"section": parser.default_section, "key": key, "why": keys["why"]["default_alone"]} for key in parser.defaults()]
    return ignored, found


def _settings(parser: configparser.ConfigParser, keys: dict[str, Any], found: Found) -> dict[str, str]:
    settings: dict[str, str] = {}
    for key in parser[SECTION] if parser.has_section(SECTION) else ():
        try:
            settings[key] = parser.get(SECTION, key)
        except (configparser.Error, AttributeError, TypeError, ValueError):
            found.append({"id": "interpolation", "detail": key})
            continue
        if keys["read"][SECTION].get(key, {}).get("type") == "int" and settings[key]:
            try:
                int(settings[key])
            except ValueError:
                found.append({"id": "not_a_number", "detail": f"{key} = {settings[key]}"})
    return settings


def parse_vmbackup_conf(source: str | bytes, mounts: Mounts | None = None) -> dict[str, Any]:
    """What the extension makes of a vmbackup.conf; never raises, because what the extension cannot read is a result.

    Args:
        source: the file; bytes where they are known, because the encoding decides too.
        mounts: mount points as ``{path, freezable}``; with them, entries that are never frozen anyway or are no mounts get a warning.
    """
    text = _text(source)
    parser = _read(text) if isinstance(text, str) else text
    if isinstance(parser, dict):
        return parser
    keys = load_data(HERE / "_vmbackup_keys.yml")
    ignored, found = _ignored(parser, keys)
    settings = _settings(parser, keys, found)
    raw = settings.get(SKIP_LIST, "")
    skip = raw.split(",") if raw else []
    found += warnings(raw, skip, mounts)
    return {"readable": True, "reason": None, "mounts_to_skip": skip, "settings": settings, "ignored_keys": ignored, "warnings": found}

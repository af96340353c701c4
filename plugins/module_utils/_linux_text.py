# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes to text that may leave the host: decoded, masked, cut, filtered by time. Private to this collection."""

import datetime
import re

MASK = "***"
# A backslash may stand before a quote: the status file holds JSON in JSON in JSON.
_SECRETS = [
    (re.compile(r"(?i)(sig(?:=|%3D|\\u003d))[^&\s\"'\\<>,;]+"), r"\1" + MASK),
    (
        re.compile(
            r"(?i)((?<![a-z])(?:AccountKey|SharedAccessKey|SharedAccessSignature|password|passwd|pwd|client_secret)\\*[\"']?\s*[=:]\s*\\*[\"']?)[^\s\"'\\;&,]+"
        ),
        r"\1" + MASK,
    ),
    (re.compile(r"(?i)(protectedSettings\\*[\"']\s*:\s*\\*[\"'])[^\"'\\]+"), r"\1" + MASK),
    (re.compile(r"(?i)(protectedSettings\\*[\"']\s*:\s*)\{[^}]*\}?"), r"\1" + MASK),
    (re.compile(r"(?i)(\b(?:Bearer|SharedKey(?:Lite)?)\s+)[A-Za-z0-9._~+/:=-]{8,}"), r"\1" + MASK),
    (re.compile(r"(://)[^\s/\"'\\@]*(?:@[^\s/\"'\\@]*)*@"), r"\1" + MASK + "@"),
    (re.compile(r"(?i)(HttpProxy\.Host\s*=\s*)[^\s@]+(?=@)"), r"\1" + MASK),
    (re.compile(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"), MASK),
    # Database passwords are handed to the scripts as parameters.
    (re.compile(r"(?i)((?:pre|post)ScriptParams\\*\"\s*:\s*\[)[^\]]*"), r'\1"' + MASK + '"'),
]
_TIME = re.compile(r"^\[?(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,]\d+)?\s?(Z|[+-]\d\d:?\d\d)?")
# An agent that writes local time without a zone is never more than this away from UTC.
_ZONE_SLACK = datetime.timedelta(hours=14)


def decode(data):
    """UTF-8; every other byte stands as ``\\xNN``."""
    return data.decode("utf-8", "backslashreplace")


def mask(text):
    """The text without signatures, keys and passwords."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def mask_all(value):
    """mask() for every string in lists and dicts."""
    if isinstance(value, str):
        return mask(_printable(value))
    if isinstance(value, list):
        return [mask_all(item) for item in value]
    if isinstance(value, dict):
        return {name: mask_all(item) for name, item in value.items()}
    return value


def _printable(text):
    """File names come with lone surrogates for bytes that are not UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


def cut(text, most, head=""):
    """(text, truncated): at most `most` bytes, the newest whole lines, after the line `head` where something is cut off."""
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= most:
        return text, False
    # A limit smaller than the head leaves no room for it.
    head = head if len(head.encode("utf-8", "backslashreplace")) < most // 2 else ""
    kept = data[len(data) - most + len(head.encode("utf-8", "backslashreplace")) :]
    line_end = kept.find(b"\n")
    kept = kept[line_end + 1 :] if 0 <= line_end < len(kept) - 1 else kept
    return head + kept.decode("utf-8", "ignore"), True


def iso(moment):
    """``2026-11-22T08:00:00Z`` of a datetime with zone or of seconds since the epoch."""
    if not isinstance(moment, datetime.datetime):
        moment = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc)
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(text):
    """A datetime with zone from ISO 8601 text; ValueError where it is none. (datetime.fromisoformat is newer than Python 3.6.)"""
    found = _TIME.match(text.strip())
    if not found:
        raise ValueError("'{0}' is not a time like 2026-11-22T08:00:00Z".format(text))
    return _moment(found)


def _moment(found):
    """The datetime of a match of _TIME; no zone is UTC."""
    moment = datetime.datetime(*[int(part) for part in found.groups()[:6]], tzinfo=datetime.timezone.utc)
    zone = (found.group(7) or "Z").replace(":", "")
    if zone == "Z":
        return moment
    offset = datetime.timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
    return moment - offset if zone[0] == "+" else moment + offset


def is_old(line, since):
    """True or false for a line that begins with a time, None for one that does not."""
    found = _TIME.match(line)
    if not found:
        return None
    try:
        return _moment(found) < (since if found.group(7) else since - _ZONE_SLACK)
    except ValueError:
        return None


def keep_lines(lines, wanted, since):
    """The lines since a time that wanted() likes, each with the lines without a time that belong to it (tracebacks)."""
    kept = []
    following = False
    for line in lines:
        old = is_old(line, since)
        if old is not None:
            following = not old and wanted(line)
        if following:
            kept.append(line)
    return kept

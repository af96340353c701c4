# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes of /etc/azure/vmbackup.conf in, bytes out, judged by what the extension then reads. Private to this collection.

The extension reads the file with configparser and swallows every exception: one line too many, and all keys have their defaults without a word. So each
edit is read back the same way before it is handed out. Source: https://github.com/Azure/azure-linux-extensions, VMBackup/main/Utils/HandlerUtil.py.
"""

import codecs
import configparser
import io
import re

SECTION = "SnapshotThread"
# Microsoft's spelling of each key of [SnapshotThread] that the extension reads; the extension itself does not mind the case.
SPELLING = {
    name.lower(): name
    for name in (
        "MountsToSkip SafeFreezeWaitInSeconds timeout seqsnapshot SnapshotMethod onlyLocalFilesystems sudo_off WriteLog UploadStatusAndLog LoggingOff "
        "disable_logging"
    ).split()
}
# Keys that documents name and nothing reads: swallowed by the line before, they spoil its value all the same.
DEAD = ("fsfreeze", "isanysnapshotfailed", "onappfailuredofsfreeze", "onappsuccessdofsfreeze")
KEPT_AS_COMMENT = "# azvm.backup: "
BLANK, COMMENT, HEADER, OPTION, CONTINUATION, JUNK = "blank", "comment", "header", "option", "continuation", "junk"
_LINE = re.compile("[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_DELIMITER = re.compile("[=:]")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
# Whatever configparser raises, the extension goes on without the file or the key.
_RAISED = (configparser.Error, AttributeError, TypeError, ValueError)


class EditError(ValueError):
    """The file stays as it is; the message is one sentence for the user."""


class Line(object):
    """One line of the file and, after classify(), what configparser makes of it."""

    def __init__(self, number, text, end):
        self.number, self.text, self.end = number, text, end
        self.kind, self.section, self.key, self.owner = BLANK, None, None, None

    def indent(self):
        return self.text[: len(self.text) - len(self.text.lstrip())]

    def meant_key(self):
        """The known key that a continuation line looks like, or None."""
        name = _DELIMITER.split(self.text, maxsplit=1)[0].strip().lower()
        return name if self.kind == CONTINUATION and _DELIMITER.search(self.text) and (name in SPELLING or name in DEAD) else None


def load(data):
    """(parser, reason, line): the parser or, where the extension would go on without the file, why and at which line if that is known."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None, "byte_order_mark", 1
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, "undecodable", len(_LINE.findall(data[: error.start].decode("utf-8") + "?"))
    if text.startswith("\ufeff"):
        return None, "byte_order_mark", 1
    parser = configparser.ConfigParser()
    try:
        # A file that is opened has its line ends translated, and a lone carriage return is one of them.
        parser.read_file(io.StringIO(text, newline=None))
    except configparser.DuplicateOptionError as error:
        return None, "duplicate_option", error.lineno
    except configparser.DuplicateSectionError as error:
        return None, "duplicate_section", error.lineno
    except configparser.MissingSectionHeaderError as error:
        return None, "no_section_header", error.lineno
    except configparser.ParsingError as error:
        return None, "syntax", error.errors[0][0] if error.errors else None
    except _RAISED:
        return None, "syntax", None
    return parser, None, None


def _options(parser):
    options = {}
    for key in parser[SECTION] if parser.has_section(SECTION) else ():
        try:
            options[key] = parser.get(SECTION, key)
        except _RAISED:
            pass  # a '%' that is no reference: the extension takes the default of this key
    return options


def read(data):
    """(readable, reason, options): what the extension gets for the keys of [SnapshotThread], in lower case; never raises."""
    parser, reason, _line = load(data)
    return parser is not None, reason, {} if parser is None else _options(parser)


def split(text):
    lines = [found.group() for found in _LINE.finditer(text)]
    return [Line(number, line.rstrip("\r\n"), line[len(line.rstrip("\r\n")) :]) for number, line in enumerate(lines, 1)]


def join(lines):
    return "".join(line.text + line.end for line in lines)


def line_end(lines):
    return next((line.end for line in lines if line.end), "\n")


def classify(lines):
    """Mark each line the way configparser walks through the file; duplicates and lines before any section are marked like all others."""
    section, owner, level = None, None, 0
    for line in lines:
        value = line.text.strip()
        line.section, line.key, line.owner = section, None, None
        if not value or value[0] in "#;":
            line.kind = COMMENT if value else BLANK
            continue
        if owner is not None and len(line.indent()) > level:
            line.kind, line.key, line.owner = CONTINUATION, owner.key, owner
            continue
        level = len(line.indent())
        header = configparser.ConfigParser.SECTCRE.match(value)
        delimiter = _DELIMITER.search(value)
        if header:
            section, owner = header.group("header"), None
            line.kind, line.section = HEADER, section
        elif delimiter and delimiter.start():
            owner = line
            line.kind, line.key, line.owner = OPTION, value[: delimiter.start()].rstrip().lower(), line
        else:
            # configparser forgets the key above at a line without a name, and only there.
            line.kind, owner = JUNK, None if delimiter else owner
    return lines


def _checked(key, value):
    """The key in lower case, where configparser would give back exactly this value."""
    if not isinstance(key, str) or not _KEY.match(key):
        raise EditError("{0!r} cannot be a key of vmbackup.conf: use letters, digits and '_' only.".format(key))
    if value is None:
        return key.lower()
    if not isinstance(value, str):
        raise EditError("The value of {0} has to be text, not {1}.".format(key, type(value).__name__))
    why = None
    if "%" in value:
        why = "has a '%', which configparser takes for a reference"
    elif "\n" in value or "\r" in value:
        why = "has a line break"
    elif value != value.strip():
        why = "begins or ends with a blank, which configparser cuts off"
    elif value != value.encode("utf-8", "replace").decode("utf-8"):
        why = "has bytes that are not UTF-8, which makes the whole file unreadable"
    if why:
        raise EditError("{0} cannot be set to {1!r}: the value {2}, so the extension would not get it.".format(key, value, why))
    return key.lower()


def _replaced(line, value):
    """The option line with another value; spelling, delimiter and the blanks around it stay."""
    start = _DELIMITER.search(line.text).start()
    gap = line.text[start + 1 : len(line.text) - len(line.text[start + 1 :].lstrip())]
    return line.text[: start + 1] + (gap or (" " if line.text[start - 1].isspace() else "")) + value


def _change(lines, option, value, keep):
    """Give the option another value, or drop it (None); comments between its lines stay, and with `keep` its old lines do so as comments."""
    own = [line for line in lines if line.owner is option]
    for line in own:
        if line.meant_key():
            raise EditError(
                "Line {0} of vmbackup.conf looks like the key {1}, but is indented and so a part of the value of {2}: ask for repair first.".format(
                    line.number, line.meant_key(), option.key
                )
            )
    at = lines.index(option)
    new = [Line(0, KEPT_AS_COMMENT + line.text, line.end or line_end(lines)) for line in own] if keep else []
    if value is not None:
        new.append(Line(option.number, _replaced(option, value), option.end))
    return lines[:at] + new + [line for line in lines[at:] if line.owner is not option]


def _add(lines, key, value):
    """Put a new key behind the last one of [SnapshotThread], as far indented that no line becomes the continuation of another."""
    end = line_end(lines)
    if lines and not lines[-1].end:
        lines[-1].end = end
    inside = [index for index, line in enumerate(lines) if line.section == SECTION and line.kind in (HEADER, OPTION, CONTINUATION)]
    if not inside:
        gap = [Line(0, "", end)] if lines and lines[-1].text.strip() else []
        return lines + gap + [Line(0, "[" + SECTION + "]", end), Line(0, key + " = " + value, end)]
    at = inside[-1] + 1
    later = [line for line in lines[at:] if line.kind == HEADER]
    model = lines[at - 1].owner or (later[0] if later else None)
    return lines[:at] + [Line(0, (model.indent() if model else "") + key + " = " + value, end)] + lines[at:]


def _rest(parser, keys):
    """All that the file says except these keys of [SnapshotThread]."""
    said = {section: dict(parser.items(section, raw=True)) for section in parser.sections()}
    said[parser.default_section] = dict(parser.defaults())
    said.setdefault(SECTION, dict(parser.defaults()))
    said[SECTION] = {key: value for key, value in said[SECTION].items() if key not in keys}
    return said


def _verified(before, data, wanted):
    """The new bytes, if the extension gets what is wanted and everything else as before."""
    after, reason, number = load(data)
    if after is None:
        raise EditError("vmbackup.conf would not be readable after this edit ({0}, line {1}), so nothing was changed.".format(reason, number))
    options = _options(after)
    for key, value in wanted.items():
        if value is None and key in after.defaults():
            raise EditError("{0} also stands in [DEFAULT], which counts for [{1}] too: remove it there by hand.".format(key, SECTION))
        if options.get(key) != value:
            raise EditError("{0} would be read as {1!r} and not as {2!r}, so nothing was changed.".format(key, options.get(key), value))
    if _rest(before, wanted) != _rest(after, wanted):
        raise EditError("Another key of vmbackup.conf would be read differently after this edit, so nothing was changed.")
    return data


def edit(data, settings, keep=False):
    """The file with these keys of [SnapshotThread] set, or removed where the value is None; what is already read so is not touched.

    With `keep`, what a key was before stays as a comment.
    """
    before, reason, number = load(data)
    if before is None:
        raise EditError("The extension cannot read vmbackup.conf ({0}, line {1}) and ignores all of it: ask for repair first.".format(reason, number))
    options = _options(before)
    lines = split(data.decode("utf-8"))
    wanted = {}
    for name, value in settings.items():
        key = str(name).lower()
        if key in wanted:
            raise EditError("{0} is given twice; the extension does not tell upper from lower case.".format(name))
        wanted[key] = value
        option = next((line for line in classify(lines) if line.kind == OPTION and line.section == SECTION and line.key == key), None)
        if options.get(key) == value and (value is not None or option is None):
            continue
        _checked(name, value)
        if option is not None:
            lines = _change(lines, option, value, keep=keep or key not in options)
        elif value is not None:
            lines = _add(lines, SPELLING.get(key, name), value)
    return _verified(before, join(lines).encode("utf-8"), wanted)

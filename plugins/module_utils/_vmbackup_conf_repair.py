# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a vmbackup.conf that the extension ignores readable, as far as it is clear what was meant. Private to this collection."""

import codecs
import re

from ansible_collections.azvm.backup.plugins.module_utils._vmbackup_conf import (
    BLANK,
    COMMENT,
    CONTINUATION,
    HEADER,
    JUNK,
    KEPT_AS_COMMENT,
    OPTION,
    SECTION,
    SPELLING,
    EditError,
    Line,
    classify,
    join,
    line_end,
    load,
    split,
)

_FIRST_WORD = re.compile("[A-Za-z0-9_]*")
_BYTES_LINE = re.compile(b"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def _refused(reason, number, why):
    return EditError("vmbackup.conf cannot be repaired ({0}, line {1}): {2}; correct it by hand.".format(reason, number, why))


def _western(data):
    """Old editors save cp1252; the five bytes that it does not define are latin-1."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _text(data, done):
    """(text, numbers of the lines that were not UTF-8)."""
    foreign = []
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise _refused("byte_order_mark", 1, "it begins like UTF-16, but byte {0} is not".format(error.start))
        done.append("The file was written as UTF-16 and is UTF-8 without a byte order mark now.")
    else:
        text = ""
        for number, line in enumerate(_BYTES_LINE.findall(data), 1):
            try:
                text += line.decode("utf-8")
            except UnicodeDecodeError:
                text += _western(line)
                foreign.append(number)
                done.append("Line {0} was not UTF-8; it was taken for Western European (cp1252) and is UTF-8 now.".format(number))
    if text.startswith("\ufeff"):
        done.append("The byte order mark was removed.")
    text = text.lstrip("\ufeff")
    if "\0" in text:
        raise _refused("syntax", len(split(text[: text.index("\0")] + "?")), "it has zero bytes and so is no text")
    return text, foreign


def _comment_junk(lines, done):
    """Lines that say nothing, as where somebody pasted a command; one that begins like a key that counts was meant to say something, and stays."""
    for line in classify(lines):
        text = line.text.strip()
        if line.kind == JUNK and text[0] not in "=:" and _FIRST_WORD.match(text).group().lower() not in SPELLING:
            _as_comment(line)
            done.append("Line {0} is now a comment, because it is no section and no key with a value.".format(line.number))


def _add_header(lines, done):
    first = next((line for line in classify(lines) if line.kind not in (BLANK, COMMENT)), None)
    if first is not None and first.kind != HEADER:
        lines.insert(0, Line(0, "[" + SECTION + "]", line_end(lines)))
        done.append("[{0}] was put in front, because line {1} stands before any section.".format(SECTION, first.number))


def _check_foreign(lines, foreign):
    for line in classify(lines):
        head = re.split("[=:]", line.text, maxsplit=1)[0] if line.kind == OPTION else line.text if line.kind in (HEADER, JUNK) else ""
        if line.number in foreign and any(ord(character) > 127 for character in head):
            raise _refused("undecodable", line.number, "bytes that are not UTF-8 stand in the name of a key or section")


def _unindent(lines, done, wrong):
    """Lines that became a part of the value above them, because they are indented."""
    for line in classify(lines):
        if line.kind == CONTINUATION and wrong(line):
            line.text = line.owner.indent() + line.text.lstrip()
            done.append("Line {0} was a part of the value of {1}; its indentation was removed.".format(line.number, line.key))


def _spell_section(lines, done):
    """[snapshotthread] is another section to the extension. It becomes ours, and what counted before goes on to count."""
    own = {line.key for line in classify(lines) if line.kind == OPTION and line.section == SECTION}
    for line in lines:
        if line.section in (None, SECTION) or line.section.lower() != SECTION.lower():
            continue
        if line.kind == HEADER:
            line.text = line.text.replace(line.section, SECTION, 1)
            done.append("Line {0} was spelled [{1}] and is [{2}] now.".format(line.number, line.section, SECTION))
        elif line.owner is not None and line.owner.key in own:
            _as_comment(line)
            if line.kind == OPTION:
                done.append("Line {0} is now a comment, because [{1}] sets {2} already.".format(line.number, SECTION, line.key))


def _as_comment(line):
    line.text = KEPT_AS_COMMENT + line.text


def _merge_sections(lines, done):
    """Sections that stand twice, in the place of the first; [DEFAULT] may stand twice."""
    blocks, first = [[]], {}
    current, repeated = blocks[0], False
    for line in classify(lines):
        if line.kind != HEADER:
            current.append(line)
        elif line.section in first and line.section != "DEFAULT":
            done.append(
                "Line {0} is now a comment and its keys stand in [{1}] of line {2}.".format(line.number, line.section, first[line.section][0].number or 1)
            )
            current, repeated = first[line.section], True
            current.append(line)
        else:
            current = first[line.section] = [line]
            blocks.append(current)
    if repeated:
        _flatten(lines)
        _comment_headers(first)
        lines[-1].end = lines[-1].end or line_end(lines)
        lines[:] = [line for block in blocks for line in block]


def _flatten(lines):
    """Without indentation no line becomes the continuation of another when it moves; real continuations keep theirs."""
    for line in lines:
        if line.kind in (HEADER, OPTION, JUNK):
            line.text = line.text.lstrip()


def _comment_headers(first):
    for block in first.values():
        for line in block[1:]:
            if line.kind == HEADER:
                _as_comment(line)


def _comment_duplicates(lines, done):
    last, losers = {}, set()
    for line in reversed(classify(lines)):
        if line.kind == OPTION and (line.section, line.key) in last:
            losers.add(line)
        elif line.kind == OPTION:
            last[(line.section, line.key)] = line
    for line in lines:
        if line.owner in losers:
            _as_comment(line)
        if line in losers:
            done.append("Line {0} is now a comment, because line {1} sets {2} again.".format(line.number, last[(line.section, line.key)].number, line.key))


def repair(data):
    """(bytes, sentences of what was done); EditError with reason and line where it is not clear what was meant."""
    done = []
    text, foreign = _text(data, done)
    lines = split(text)
    _comment_junk(lines, done)
    _add_header(lines, done)
    _check_foreign(lines, foreign)
    _unindent(lines, done, lambda line: line.text.strip() == "[" + SECTION + "]")
    _spell_section(lines, done)
    _unindent(lines, done, lambda line: line.section == SECTION and line.meant_key())
    _merge_sections(lines, done)
    _comment_duplicates(lines, done)
    repaired = join(lines).encode("utf-8") if done else data
    parser, reason, number = load(repaired)
    junk = next((line for line in classify(lines) if line.kind == JUNK), None)
    if junk is not None:
        # Not what configparser says: two lines without a name are a duplicate to it, and that it raises before it tells of the lines themselves.
        raise _refused("syntax", junk.number, "the line is no section, no comment and no key with a value")
    if parser is None:
        raise _refused(reason, lines[number - 1].number if number else "unknown", "the extension would still not read it")
    return repaired, done

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fields of a VSS writer mean. Private to this collection."""

from __future__ import annotations

import functools
import re

from ._data import HERE, load_data
from ._vss_lines import Line

# VSS_WRITER_STATE by number: learn.microsoft.com/windows/win32/api/vss/ne-vss-vss_writer_state
STATES = (
    "unknown",
    "stable",
    "waiting_for_freeze",
    "waiting_for_thaw",
    "waiting_for_post_snapshot",
    "waiting_for_backup_complete",
    "failed_at_identify",
    "failed_at_prepare_backup",
    "failed_at_prepare_snapshot",
    "failed_at_freeze",
    "failed_at_thaw",
    "failed_at_post_snapshot",
    "failed_at_backup_complete",
    "failed_at_pre_restore",
    "failed_at_post_restore",
    "failed_at_backup_shutdown",
)
# Quotes of any kind and what a wrong decode leaves of them: escapes, U+FFFD, and the typographic quotes of cp932 (0x81 0x65 to 0x68).
_EDGE = r"(?:\\x81[e-h]|\\x[0-9a-fA-F]{2}|[\s'\"\u2018\u2019‚\u201c\u201d„«»‹›「」`´\ufffd])+"
_EDGES = re.compile(rf"^{_EDGE}|{_EDGE}$")
_QUOTED = re.compile(r"['\"\u2018\u201c„«]([^'\"\u2018\u2019\u201c\u201d„«»]+)['\"\u2019\u201d\u201c»]\s*$")


def state_class(state: int | None) -> str:
    """stable, transient (a backup runs, or a writer that waits since one), failed, or unknown; by the number alone."""
    if state is None or not 1 <= state < len(STATES):
        return "unknown"
    return "stable" if state == 1 else "transient" if state <= 5 else "failed"


@functools.lru_cache(maxsize=1)
def _error_texts() -> dict[str, bool]:
    """Known texts of the last error, and whether each means that there is one."""
    texts = load_data(HERE / "_vss_error_texts.yml")
    known = {text.casefold(): False for text in texts["none"]}
    return {**{text.casefold(): True for group in texts["failures"].values() for text in group}, **known}


def means_error(text: str) -> bool | None:
    """Whether a last error means an error; None for a text that is not known."""
    return _error_texts().get(text.casefold())


def writer_name(line: Line | None) -> str:
    """The name in the first line of a writer, without label, quotes and what a wrong decode made of them."""
    if line is None:
        return ""
    quoted = _QUOTED.search(line.text) if line.label is None else None
    return _EDGES.sub("", quoted.group(1) if quoted else line.value if line.label is not None else line.text)

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a report to a folder: every file whole or not at all. Private to this collection."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from ._build import Report
from ._html import to_html
from ._json import to_json
from ._junit import to_junit
from ._markdown import to_markdown

Renderer = Callable[[Report], Iterator[str]]
FORMATS: dict[str, tuple[str, Renderer]] = {
    "html": ("report.html", to_html),
    "json": ("report.json", to_json),
    "markdown": ("report.md", to_markdown),
    "junit": ("junit.xml", to_junit),
}


class ReportError(OSError):
    """The report cannot be written; `str()` is one sentence, `strerror` the reason alone."""

    def __init__(self, dest: Path, error: OSError) -> None:
        super().__init__(error.errno, error.strerror or str(error), str(dest))

    def __str__(self) -> str:
        return f"The report cannot be written to {self.filename}: {self.strerror}; choose a folder that this account may write to."


def _write_temporary(path: Path, pieces: Iterable[str], stack: ExitStack) -> Path:
    """Write beside the target, readable by its owner only (mkstemp); removed by the stack unless it is renamed before."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    stack.callback(temporary.unlink, missing_ok=True)
    # What a log held may be no valid text: it must not stop the report.
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n", buffering=1 << 20) as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def render_all(report: Report, dest: Path, formats: Sequence[str]) -> dict[str, Path]:
    """Write the report in some formats; files of an earlier report are replaced only when all new ones are whole.

    Args:
        report: from `build_report`.
        dest: a folder; made with mode 0700 when it is missing.
        formats: names from `FORMATS`.

    Returns:
        The path of each file by format.

    Raises:
        ReportError: the folder or a file cannot be written.
        ValueError: a format is not known.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise ValueError(f"Report format {', '.join(unknown)} is not known; known are {', '.join(FORMATS)}.")
    written = {name: dest / FORMATS[name][0] for name in formats}
    try:
        dest.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as stack:
            ready = [(_write_temporary(path, FORMATS[name][1](report), stack), path) for name, path in written.items()]
            for temporary, path in ready:
                temporary.replace(path)
    except OSError as error:
        raise ReportError(dest, error) from error
    return written

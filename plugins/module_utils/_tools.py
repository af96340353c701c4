# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tools of the host, run so that none can hang the module. Private to this collection."""

import os
import subprocess

from ansible_collections.azvm.backup.plugins.module_utils._linux_run import run_all

MOST_BYTES = 1024 * 1024
# The PATH of a user that becomes root may lack these.
PROGRAM_DIRS = "/usr/sbin:/usr/bin:/sbin:/bin"


class ToolError(RuntimeError):
    """A tool is missing, or could not be run; one sentence."""


class TimedOutError(ToolError):
    """A tool did not end in time, and may end later."""


def environment():
    """The C locale, because output is read, and the folders of an administrator."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    return dict(kept, LC_ALL="C", LANGUAGE="C", PATH="{0}:{1}".format(os.environ.get("PATH", ""), PROGRAM_DIRS).lstrip(":"))


def find(name):
    """The path of a tool, None where there is none."""
    for folder in environment()["PATH"].split(":"):
        path = os.path.join(folder, name)
        if os.path.isabs(path) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def bounded(function, seconds):
    """What a function returns as JSON, from a process of its own that is left behind when it hangs: {status: ok, data} or {status, error}."""
    return run_all({"it": lambda: {"data": function()}}, seconds, seconds + 1, MOST_BYTES)["it"]


def run(command, seconds):
    """(exit code, output, errors) of a tool. One that does not end in time is left behind: what waits for a dead server cannot even be killed.

    Raises:
        ToolError: there is no such tool, it did not end, or it could not be run.
    """
    program = find(command[0])
    if program is None:
        raise ToolError("There is no command `{0}` on this host; install the package that has it.".format(command[0]))
    answer = bounded(lambda: _run([program] + list(command[1:])), seconds)
    if answer["status"] == "timeout":
        raise TimedOutError("`{0}` did not end within {1:g} s.".format(" ".join(command), seconds))
    if answer["status"] != "ok":
        raise ToolError("`{0}` could not be run: {1}.".format(" ".join(command), answer["error"]))
    return tuple(answer["data"][key] for key in ("code", "output", "errors"))


def _run(command):
    # run_command needs the module, which this child process must not end.
    done = subprocess.run(  # pylint: disable=ansible-bad-function
        command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False
    )
    output, errors = (text.decode("utf-8", "replace")[-MOST_BYTES // 4 :] for text in (done.stdout, done.stderr))
    return {"code": done.returncode, "output": output, "errors": errors}

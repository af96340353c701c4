# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every source in a child process of its own, so that none can hang or break the others. Private to this collection."""

import errno
import json
import os
import select
import signal
import time
from collections import OrderedDict

from ansible_collections.azvm.backup.plugins.module_utils._linux_text import mask_all

HEADER = 12
SLOTS = 8


class AbsentError(Exception):
    """What a source reads does not exist on this host; the text says what."""


class DeniedError(Exception):
    """What a source reads is not open to this user; the text says what."""


def describe(error):
    """One line with the errno and the path where there are any."""
    if isinstance(error, OSError) and error.errno is not None:
        name = errno.errorcode.get(error.errno, str(error.errno))
        where = " '{0}'".format(error.filename) if error.filename else ""
        return "{0} ({1}){2}".format(os.strerror(error.errno), name, where)
    text = " ".join(str(error).split())
    return text if isinstance(error, (AbsentError, DeniedError)) else "{0}: {1}".format(type(error).__name__, text)


def status_of(error):
    """The status word of docs/evidence.md for an exception."""
    if isinstance(error, (AbsentError, FileNotFoundError, NotADirectoryError)):
        return "absent"
    if isinstance(error, (DeniedError, PermissionError)):
        return "denied"
    return "failed"


def attempt(function):
    """The source that function returns, or the one that its exception stands for."""
    try:
        source = {"status": "ok"}
        source.update(function())
        return source
    except Exception as error:  # pylint: disable=broad-except
        return {"status": status_of(error), "error": describe(error)}


def fit(source, most):
    """Cut a list in `data` that is longer than the byte limit; everything else is bounded where it is read."""
    data = source.get("data")
    while isinstance(data, list) and data and len(json.dumps(data)) > most:
        data = data[: len(data) // 2]
        source = dict(source, data=data, truncated=True)
    return source


class _Child:
    """A running source: its process group, the pipe of its answer and when its time is up."""

    def __init__(self, name, function, seconds, most):
        self.name = name
        self.answer = b""
        self.ends = time.monotonic() + seconds
        self.seconds = seconds
        self.pipe, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _be_child(writer, function, seconds, most)
        os.close(writer)

    def read(self):
        """Take what came; true when the answer is complete or will never be."""
        chunk = os.read(self.pipe, 65536)
        self.answer += chunk
        # The length decides, not the end of the file: a hung grandchild may hold the pipe open for ever.
        return not chunk or (len(self.answer) >= HEADER and len(self.answer) >= HEADER + int(self.answer[:HEADER]))

    def result(self):
        """The source that the child sent."""
        try:
            return json.loads(self.answer[HEADER:].decode("ascii"))
        except ValueError:
            return {"status": "failed", "error": "the collecting process ended without an answer"}

    def end(self):
        """Kill the whole group; never wait, a process in state D does not die before its system call returns."""
        os.close(self.pipe)
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except OSError:
            pass  # setsid() has not run yet, or everything is gone
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, os.WNOHANG)
        except OSError:
            pass


def _be_child(writer, function, seconds, most):
    """Run function in this process and never return."""
    code = 1
    try:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGPIPE, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        signal.alarm(int(seconds) + 5)
        _let_go_of_everything_but(writer)
        answer = json.dumps(mask_all(fit(attempt(function), most))).encode("ascii")
        answer = str(len(answer)).rjust(HEADER).encode("ascii") + answer
        while answer:
            answer = answer[os.write(writer, answer) :]
        code = 0
    finally:
        os._exit(code)


def _let_go_of_everything_but(writer):
    """A hung child must not hold the standard output of the module: ssh would wait for it."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    try:
        numbers = [int(number) for number in os.listdir("/proc/self/fd")]
    except OSError:
        numbers = list(range(3, 256))
    for number in numbers:
        if number > 2 and number != writer:
            try:
                os.close(number)
            except OSError:
                pass  # the folder that was listed


def run_all(functions, seconds, total, most, slots=SLOTS):
    """{name: source} of {name: function}: each at most `seconds`, all together at most `total`, `most` bytes in a list."""
    waiting = list(functions.items())
    running = {}
    results = {}
    last = time.monotonic() + total
    while waiting or running:
        now = time.monotonic()
        while waiting and len(running) < slots and now < last:
            name, function = waiting.pop(0)
            child = _Child(name, function, min(seconds, max(last - now, 0.1)), most)
            running[child.pipe] = child
        for child in [child for child in running.values() if child.ends <= now]:
            results[child.name] = {"status": "timeout", "error": "no answer within {0:g} s".format(round(child.seconds, 1))}
            running.pop(child.pipe).end()
        if now >= last:
            for name, _function in waiting:
                results[name] = {"status": "timeout", "error": "not begun: all sources together had {0:g} s".format(total)}
            waiting = []
        for pipe in _ready(running, now):
            if running[pipe].read():
                child = running.pop(pipe)
                results[child.name] = child.result()
                child.end()
    return OrderedDict((name, results[name]) for name in functions)


def _ready(running, now):
    """The pipes with something to read, after waiting for the first or for the next time limit."""
    if not running:
        return []
    poll = select.poll()
    for pipe in running:
        poll.register(pipe, select.POLLIN | select.POLLHUP)
    wait = max(min(child.ends for child in running.values()) - now, 0)
    return [pipe for pipe, _event in poll.poll(int(wait * 1000) + 1)]

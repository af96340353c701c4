# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wireserver.py ADDRESS FILE: accepts connections on the ports of a wire server, at a loopback address, for as long as FILE is there."""

from __future__ import annotations

import selectors
import socket
import sys
import time
from pathlib import Path

PORTS = (80, 32526)


def main() -> None:
    address, flag = sys.argv[1], Path(sys.argv[2])
    flag.touch()
    listening = selectors.DefaultSelector()
    for port in PORTS:
        while True:
            try:
                listening.register(socket.create_server((address, port)), selectors.EVENT_READ)
                break
            except OSError:  # one of an earlier run, which ends within a second
                time.sleep(0.2)
    while flag.exists():
        for key, _events in listening.select(timeout=1):
            key.fileobj.accept()[0].close()  # type: ignore[union-attr]


main()

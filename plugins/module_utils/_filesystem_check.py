# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking one file system that nobody uses, and repairing it. Private to this collection."""

import os
import re
import time
import uuid

from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError, Setter
from ansible_collections.azvm.backup.plugins.module_utils._device_use import resolve
from ansible_collections.azvm.backup.plugins.module_utils._fsck import filesystem, look, repair, scratch
from ansible_collections.azvm.backup.plugins.module_utils._journal import FOLDER, sync_folder


class FilesystemCheck(Setter):
    """One device or image."""

    undo_level = "none"

    def __init__(self, device, repairs, assume_yes, seconds, folder=FOLDER):
        super().__init__(device)
        self.repairs, self.assume_yes, self.seconds = repairs, assume_yes, seconds
        self.folder = os.path.join(folder, "logs")
        self.extra["log"] = None
        self.log = None

    def read(self):
        if self.seconds < 1:
            raise ChangeError("timeout is {0} for {1}; it must be at least 1 second.".format(self.seconds, self.target))
        self.path, _found = resolve(self.target)
        self.kind = filesystem(self.path)
        self.log = self.log or scratch()
        return look(self.path, self.kind, self.seconds, self.log)

    def wanted(self):
        if not self.repairs or self.before["clean"]:
            return self.before
        return dict(self.before, clean=True, exit_code=0)

    def undo_items(self):
        return []

    def act(self):
        looked, self.log = self.log, self._kept()
        looked.seek(0)
        self.log.write(looked.read())
        self.warnings += repair(self.path, self.kind, self.assume_yes, self.seconds, self.log)

    def _kept(self):
        """The file that keeps what the tools say: of the dry run, the repair and the look afterwards."""
        try:
            os.mkdir(self.folder, 0o700)
        except FileExistsError:
            os.chmod(self.folder, 0o700)
        name = "fsck-{0}-{1}-{2}.log".format(
            re.sub(r"[^\w.-]", "_", os.path.basename(self.path)), time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), uuid.uuid4().hex[:8]
        )
        path = self.extra["log"] = os.path.join(self.folder, name)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        sync_folder(self.folder)
        return os.fdopen(handle, "w+b")

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the backup extension works at this moment. Private to this collection."""

from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError
from ansible_collections.azvm.backup.plugins.module_utils._linux_run import AbsentError, DeniedError
from ansible_collections.azvm.backup.plugins.module_utils._linux_system import freeze_lock, processes


def refuse_working(host, what):
    """Raise ChangeError while the extension works, or when that cannot be told: the agent is its parent, and a restart would break a backup.

    `what` is the change that is not made then, such as ``walinuxagent.service is not restarted``.
    """
    working, locked = [], False
    try:
        working = processes(host)["data"]
        locked = freeze_lock(host)["data"]["held"]
    except AbsentError:
        pass  # nothing ever froze here
    except DeniedError as error:
        raise ChangeError("Whether the backup extension works cannot be told ({0}), so {1}; run as root.".format(error, what))
    if working or locked:
        who = "process {0}".format(working[0]["pid"]) if working else "its freeze lock is held"
        raise ChangeError("The backup extension works at this moment ({0}), so {1}; run again when its backup is over.".format(who, what))

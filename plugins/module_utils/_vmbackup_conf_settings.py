# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the keys of vmbackup.conf, as text that the extension understands. Private to this collection.

The extension takes its default for what it does not understand, with one line in its log or none, so nothing else is written. Source:
https://github.com/Azure/azure-linux-extensions, VMBackup/main (fsfreezer.py, freezesnapshotter.py, guestsnapshotter.py, backuplogger.py).
"""

import re

from ansible.module_utils.parsing.convert_bool import BOOLEANS_FALSE, BOOLEANS_TRUE
from ansible_collections.azvm.backup.plugins.module_utils._vmbackup_conf import SPELLING, EditError
from ansible_collections.azvm.backup.plugins.module_utils._vmbackup_conf_mounts import SKIP_LIST

WAIT, HOLD = "safefreezewaitinseconds", "timeout"
# What the extension takes where the key is missing or no number.
DEFAULTS = {WAIT: 66, HOLD: 60}
# The wait is spent in steps of 2 s, so a shorter one is none; 600 s is the longest that Microsoft's article shows. 0 s of hold make the freeze program fail;
# its upper bound is ours: all writers of the VM stand still for so long.
BOUNDS = {WAIT: (2, 600), HOLD: (1, 300)}
METHODS = ("onlyGuest", "firstGuestThenHost", "firstHostThenGuest", "onlyHost")
WORDS = ("onlylocalfilesystems", "writelog", "uploadstatusandlog")  # read as the word True or False
SWITCHES = ("sudo_off", "loggingoff", "disable_logging")  # read as the number 1 or 0


def _refused(name, value, what):
    return EditError("{0} cannot be {1!r}: use {2}; nothing was changed.".format(name, value, what))


def _number(name, value):
    lowest, highest = BOUNDS[name.lower()]
    text = str(value).strip()
    if not re.match("[0-9]{1,9}\\Z", text) or not lowest <= int(text) <= highest:
        raise _refused(name, value, "a whole number of seconds from {0} to {1}".format(lowest, highest))
    return str(int(text))


def _switch(name, value):
    known = value.strip().lower() if isinstance(value, str) else value
    if isinstance(known, (list, dict)) or known not in BOOLEANS_TRUE | BOOLEANS_FALSE:
        raise _refused(name, value, "true or false")
    on = known in BOOLEANS_TRUE
    return str(on) if name.lower() in WORDS else str(int(on))


def _choice(name, value, choices):
    found = [choice for choice in choices if not isinstance(value, bool) and str(value).strip().lower() == choice.lower()]
    if not found:
        raise _refused(name, value, "one of {0}".format(", ".join(choices)))
    return found[0]


def _text(name, value):
    key = name.lower()
    if value is None:
        return None
    if key in BOUNDS:
        return _number(name, value)
    if key == "seqsnapshot":
        return _choice(name, value, ("0", "1", "2"))
    if key == "snapshotmethod":
        return _choice(name, value, METHODS)
    return _switch(name, value)


def checked(settings):
    """{key in the spelling of Microsoft: text, or None to remove it}; EditError in one sentence where the extension would not understand it."""
    wanted = {}
    for name, value in settings.items():
        key = str(name).lower()
        if key == SKIP_LIST:
            raise EditError("MountsToSkip is no key of the option settings: use the option mounts_to_skip; nothing was changed.")
        if key not in SPELLING and value is not None:
            raise EditError(
                "{0!r} is no key that the extension reads below [SnapshotThread], so it is not written: use one of {1}; nothing was changed.".format(
                    name, ", ".join(sorted(spelling for key, spelling in SPELLING.items() if key != SKIP_LIST))
                )
            )
        if SPELLING.get(key, str(name)) in wanted:
            raise EditError("{0} is given twice; the extension does not tell upper from lower case.".format(name))
        wanted[SPELLING.get(key, str(name))] = _text(str(name), value)
    return wanted


def seconds(options, name):
    """A number of seconds as the extension gets it."""
    try:
        return int(options.get(name.lower()) or DEFAULTS[name.lower()])
    except ValueError:
        return DEFAULTS[name.lower()]


def raised(wanted, options):
    """The settings without those numbers of seconds that are as great already."""
    return {name: value for name, value in wanted.items() if not (name.lower() in BOUNDS and value and seconds(options, name) >= int(value))}

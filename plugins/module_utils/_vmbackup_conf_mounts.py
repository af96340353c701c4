# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list MountsToSkip of vmbackup.conf. Private to this collection.

The extension splits the value at commas, strips nothing and compares each entry with the mount point character by character, so an entry with a blank, a
slash at its end or quotes skips nothing. Source: https://github.com/Azure/azure-linux-extensions, VMBackup/main/fsfreezer.py.
"""

import collections
import re

from ansible_collections.azvm.backup.plugins.module_utils._vmbackup_conf import EditError

SKIP_LIST = "mountstoskip"
STATES = ("present", "absent", "exact")
FREEZABLE = ("ext3", "ext4", "xfs", "btrfs")


def skip_list(options):
    """The entries as the extension compares them, of the options that read() gives."""
    return options[SKIP_LIST].split(",") if options.get(SKIP_LIST) else []


def _without_slash(path):
    return path.rstrip("/") or "/"


def _is_control(character):
    return ord(character) < 32 or 127 <= ord(character) < 160


def _wanted(path):
    """The path in the spelling of the mount table; EditError where the list cannot hold it."""
    why = None
    if not isinstance(path, str) or not path.strip():
        why = "it is empty or no text"
    elif path != path.strip():
        why = "it begins or ends with a blank"
    elif not path.startswith("/"):
        why = "it is not absolute"
    elif "," in path:
        why = "it has a comma, which the extension takes for the end of the entry"
    elif "%" in path:
        why = "it has a '%', which makes the extension ignore the whole list"
    elif any(_is_control(character) for character in path):
        why = "it has a control character"
    elif path != path.encode("utf-8", "replace").decode("utf-8"):
        why = "it has bytes that are not UTF-8"
    if why:
        raise EditError("{0!r} cannot stand in MountsToSkip: {1}; give the mount point as `findmnt` shows it.".format(path, why))
    return _without_slash(path)


def _meant(entry):
    """The path that a misspelt entry means: without blanks, quotes and a slash at its end."""
    bare = entry.strip().strip("'\"").strip()
    return _without_slash(bare) if bare else ""


def merge_mounts(current, wanted, state):
    """The new entries, to be joined with a comma and nothing else; misspelt entries that mean a wanted path become that path.

    Blanks and line breaks around all other entries go too, because the new value could not be written with them; what else is wrong with those stays.
    """
    if state not in STATES:
        raise EditError("'{0}' is no state of MountsToSkip: use one of {1}.".format(state, ", ".join(STATES)))
    paths = [_wanted(path) for path in wanted]
    entries = [part.strip() for entry in current for part in entry.split("\n")]
    entries = [_meant(entry) if _meant(entry) in paths else entry for entry in entries if entry]
    if state == "absent":
        entries = [entry for entry in entries if entry not in paths]
    elif state == "exact":
        entries = [entry for entry in entries if entry in paths]
    return _unique(entries + ([] if state == "absent" else paths))


def repaired_list(options, mounted):
    """The entries of a list as they were meant: on one line, without comment, blanks, quotes, slashes at the end, and with the first slash of a mount point."""
    text = options.get(SKIP_LIST) or ""
    if not any(mark in path for path in mounted for mark in (" ;", " #")):
        text = "\n".join(re.split(" [;#]", line, maxsplit=1)[0] for line in text.split("\n"))
    entries = [_meant(part) for part in re.split("[,\n]", text)]
    return _unique(["/" + entry if "/" + entry in mounted else entry for entry in entries if entry])


def _unique(entries):
    return list(collections.OrderedDict.fromkeys(entries))


def _mount_warning(path, mounted):
    if path == "/":
        return "'/' can never be skipped: the extension freezes the root file system whatever MountsToSkip says."
    if not mounted:
        return "'{0}' is not a mount point on this host, so skipping it changes nothing.".format(path)
    fstype, device = mounted[-1].get("fstype"), mounted[-1].get("device") or ""
    if fstype not in FREEZABLE:
        return "'{0}' is {1}, which the extension never freezes (only {2}), so skipping it changes nothing.".format(path, fstype, ", ".join(FREEZABLE))
    if device.startswith("/dev/loop"):
        return "'{0}' is on the loop device {1}, which the extension never freezes, so skipping it changes nothing.".format(path, device)
    return None


def mount_warnings(paths, mounts):
    """A sentence for each path whose entry has no effect; mounts: [{path, fstype, device}] in the order of the mount table, the last one being on top."""
    found = [_mount_warning(path, [mount for mount in mounts if mount["path"] == path]) for path in _unique(paths)]
    return [sentence for sentence in found if sentence]

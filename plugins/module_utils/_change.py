# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one road that every change of a Linux host takes: read, compare, journal, act, read back. Private to this collection.

A setter says what is, what shall be and how to get there; `run_change` does the rest, so that no module can leave out the journal, the lease or check
mode. Gates that need evidence or policy are asked on the controller, before this.
"""

import json
import syslog
import uuid

from ansible_collections.azvm.backup.plugins.module_utils._journal import DONE, FAILED, FOLDER, OPEN, Journal, LeaseHeldError
from ansible_collections.azvm.backup.plugins.module_utils._undo_items import undo

# What the caller says of the change; a module that is used directly says nothing, and is journaled all the same.
CHANGE_SPEC = {
    "type": "dict",
    "options": {
        "run": {"type": "str"},
        "fix": {"type": "str"},
        "code": {"type": "str"},
        "reason": {"type": "str"},
        "actor": {"type": "str"},
        "fingerprint": {"type": "str"},
        "expected_before": {"type": "raw"},
        "lease_minutes": {"type": "int", "default": 30},
        "step": {"type": "str", "choices": ["all", "open", "commit"], "default": "all"},
        "entry": {"type": "str"},
        "error": {"type": "str"},
    },
}
AUDIT_CHARACTERS = 400


class ChangeError(Exception):
    """The change cannot be made; one sentence: what, on what, why, what next."""


class Setter:
    """What a module knows of its change. States are small JSON values, as a plan shows them."""

    undo_level = "exact"

    def __init__(self, target):
        self.target = target
        self.before = self.after = None
        self.warnings = []
        self.needs_reboot = False
        self.extra = {}  # what the module returns besides

    def read(self):
        """The state as it is now. Raises ChangeError where it cannot be told."""
        raise NotImplementedError

    def wanted(self):
        """The state as it shall be, from `self.before`."""
        raise NotImplementedError

    def undo_items(self):
        """What puts it back, for the journal (`_undo_items`), in the order of the change."""
        raise NotImplementedError

    def stock(self):
        """{module, options} where a well-kept module acts instead of `act`; the caller runs it between the steps `open` and `commit`."""
        return

    def act(self):
        """Make `self.before` into `self.after`. Raises ChangeError or OSError."""
        raise NotImplementedError


def run_change(module, setter, folder=FOLDER):
    """Take the road, and end the module with what was found and done."""
    journal = Journal(folder)
    change = module.params["change"] or {}
    try:
        result = _look(setter, journal)
        if change.get("step") == "commit":
            _commit(setter, journal, change, result)
        elif result["changed"] and not module.check_mode:
            _refuse_drift(module, setter, change)
            _apply(module, setter, journal, result)
    except (ChangeError, LeaseHeldError, OSError, RuntimeError) as error:
        module.fail_json(msg=str(error), target=setter.target, gate="lease" if isinstance(error, LeaseHeldError) else None, **setter.extra)
    for text in setter.warnings:
        module.warn(text)
    module.exit_json(**dict(setter.extra, **result))


def _look(setter, journal):
    """What is, what shall be, and what the gates ask of the host."""
    before = setter.before = setter.read()
    after = setter.after = setter.wanted()
    return {
        "changed": before != after,
        "target": setter.target,
        "before": before,
        "after": after,
        "undo": setter.undo_level,
        "undo_id": None,
        "guard": journal.guard(),
        "needs_reboot": setter.needs_reboot and before != after,
        "stock": setter.stock() if before != after else None,
        "diff": {"before_header": setter.target, "after_header": setter.target, "before": before, "after": after},
    }


def _refuse_drift(module, setter, change):
    expected = change.get("expected_before")
    if expected is None or expected == setter.before:
        return
    module.fail_json(
        msg="{0} is not what the plan says it was before, so nothing was changed: the plan has {1}, the host has {2}; diagnose again.".format(
            setter.target, json.dumps(expected, sort_keys=True), json.dumps(setter.before, sort_keys=True)
        ),
        target=setter.target,
        gate="before",
        expected_before=expected,
        before=setter.before,
    )


def _apply(module, setter, journal, result):
    change = module.params["change"] or {}
    if result["stock"] and change.get("step") != "open":
        raise ChangeError("{0} is changed by {1[module]}, around which this module only keeps a journal; use the role.".format(setter.target, result["stock"]))
    run = change.get("run") or uuid.uuid4().hex
    # What nobody said stays null, as where a module is used directly.
    told = {key: change.get(key) for key in ("fix", "code", "reason", "actor", "fingerprint")}
    told["fix"] = told["fix"] or module._name
    try:
        with journal.leased(run, change.get("lease_minutes") or 30):
            items = setter.undo_items()
            entry = journal.open(run=run, target=setter.target, undo=setter.undo_level, before=setter.before, after=setter.after, items=items, **told)
            result["undo_id"] = entry["id"]
            if not result["stock"]:
                _act(setter, journal, entry)
    finally:
        if not change.get("run") and not (result["stock"] and result["undo_id"]):
            journal.release(run)


def _act(setter, journal, entry):
    try:
        setter.act()
        _read_back(setter, entry)
    except Exception as error:
        left = _put_back(entry["items"])
        journal.close(entry, FAILED, "{0}{1}".format(error, left))
        audit(entry)
        raise ChangeError("{0}{1}".format(error, left))
    journal.close(entry, DONE)
    audit(entry)


def _read_back(setter, entry):
    found = setter.read()
    if found != entry["after"]:
        raise ChangeError("{0} was changed, and reads back as {1}; see the journal entry {2}.".format(setter.target, json.dumps(found), entry["id"]))


def _commit(setter, journal, change, result):
    """End the entry of a change that another module has made, by what is there now."""
    entry = next((entry for entry in journal.entries() if entry["id"] == change.get("entry") and entry["status"] == OPEN), None)
    if entry is None:
        raise ChangeError("The journal has no open entry {0} for {1}, so nothing can be committed.".format(change.get("entry"), setter.target))
    result.update(before=entry["before"], after=entry["after"], undo_id=entry["id"], changed=result["before"] != entry["before"])
    error = change.get("error")
    if not error and setter.before != entry["after"]:
        error = "{0} was changed, and reads back as {1}.".format(setter.target, json.dumps(setter.before, sort_keys=True))
    journal.close(entry, FAILED if error else DONE, error)
    audit(entry)
    if not change.get("run"):
        journal.release(entry["run"])
    if error:
        raise ChangeError("{0} See the journal entry {1}.".format(error, entry["id"]))


def _put_back(items):
    """After a failure half a change is worse than none: what can be told to be ours is undone. What could not be is said."""
    left = []
    for item in reversed(items):
        try:
            undo(item)
        except Exception as error:  # whatever happens here must not hide why the change failed
            left.append(str(error))
    return " What had been done could not all be put back: {0}".format(" ".join(left)) if left else ""


def audit(entry):
    """One line for the host's own log: who, which run, what, before and after."""
    values = {key: entry.get(key) for key in ("status", "run", "id", "fix", "code", "actor", "target", "before", "after", "error")}
    text = " ".join("{0}={1}".format(key, json.dumps(value, sort_keys=True)[:AUDIT_CHARACTERS]) for key, value in values.items() if value is not None)
    syslog.openlog("azvm-backup", syslog.LOG_PID, syslog.LOG_DAEMON)
    syslog.syslog(syslog.LOG_NOTICE, text)

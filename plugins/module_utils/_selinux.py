# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SELinux labels that the policy has otherwise, as restorecon tells and sets them. Private to this collection.

restorecon and not the Python bindings: every host with SELinux has it, and the interpreter that Ansible uses often lacks them.
"""

import os
import re
import stat
import subprocess

from ansible_collections.azvm.backup.plugins.module_utils._change import ChangeError, Setter
from ansible_collections.azvm.backup.plugins.module_utils._tools import environment, find
from ansible_collections.azvm.backup.plugins.module_utils._undo_items import attributes

ENFORCE = "/sys/fs/selinux/enforce"
# What the agent and the extension need; the collector looks at the same.
PATHS = ("/var/lib/waagent", "/usr/sbin/waagent", "/etc/azure", "/etc/waagent.conf", "/var/log/azure", "/var/log/waagent.log")
# The journal keeps every label; more than this are a restored disk or a copied tree, which a person should look at.
MOST_LABELS = 5000
EXAMPLES = 10
SECONDS = 300
AT_ONCE = 200
# libselinux until 3.4 writes the second one.
NO_LABEL = ("", "<no context>", "(null)")
_CONTEXT = r"[^\s<>()]+"
# libselinux since 2.6 and policycoreutils until 2.5. A name may hold line breaks, so each match is compared with the file.
_WOULD = re.compile(
    r"^(?:Would relabel (?P<path>/.*?) from (?P<old>{0}|<no context>|\(null\)) to (?P<new>{0})"
    r"|(?:\S*/)?restorecon reset (?P<path2>/.*?) context (?P<old2>(?:{0})?)->(?P<new2>{0}))$\n?".format(_CONTEXT),
    re.MULTILINE | re.DOTALL,
)
# Said of files that are left as they are.
_LEFT = re.compile(r"^(?:.* not reset as customized by admin to .*|Warning no default label for .*)$", re.MULTILINE)


class Labels(Setter):
    """The labels below some paths as the policy has them: the type only, and not where an administrator chose a customizable one."""

    def __init__(self, options, enforce=ENFORCE):
        super().__init__("SELinux labels")
        self.paths = [os.path.abspath(path) for path in options["paths"]]
        self.enforce = enforce
        self._wrong, self._links = [], 0

    def read(self):
        mode = self._mode()
        self._wrong = self._look() if mode != "not_present" else []
        examples = [{"path": shown(path), "label": old, "policy": new} for path, old, new in self._wrong[:EXAMPLES]]
        return {"state": mode, "wrong_labels": len(self._wrong), "examples": examples}

    def _mode(self):
        try:
            with open(self.enforce) as stream:
                return "enforcing" if stream.read().strip() == "1" else "permissive"
        except FileNotFoundError:
            return "not_present"

    def _look(self):
        """[(path, label or None, label of the policy)], without links, which keep theirs."""
        paths = [path for path in self.paths if os.path.lexists(path) and not os.path.islink(path)]
        if not paths:
            return []
        output = self._restorecon(["-n", "-v", "-R"], paths)
        told = parse(output)
        wrong = [item for item in told if not os.path.islink(item[0])]
        self._links = len(told) - len(wrong)
        for path, old, _new in wrong:
            if not any(path == top or path.startswith(top + "/") for top in paths) or not self._is(path, old):
                raise ChangeError(
                    "What restorecon says of {0} is not what the host shows, so nothing was changed; run `{1}` by hand.".format(shown(path), self._by_hand())
                )
        return sorted(wrong, key=lambda item: item[0])

    @staticmethod
    def _is(path, label):
        try:
            return attributes(path)["label"] == label
        except OSError:
            return False

    def _by_hand(self):
        return "restorecon -R -v {0}".format(" ".join(self.paths))

    def wanted(self):
        if len(self._wrong) > MOST_LABELS:
            raise ChangeError(
                "{0} files have wrong labels, and more than {1} are not kept in the journal, so nothing was changed; look at them, then run `{2}`.".format(
                    len(self._wrong), MOST_LABELS, self._by_hand()
                )
            )
        bare = [path for path, old, _new in self._wrong if old is None]
        if bare:
            raise ChangeError(
                "{0} has no label at all, and could not be given none again, so nothing was changed; run `{1}` by hand.".format(shown(bare[0]), self._by_hand())
            )
        linked = [path for path, _old, _new in self._wrong if stat.S_ISREG(os.lstat(path).st_mode) and os.lstat(path).st_nlink > 1]
        if linked:
            self.warnings.append("{0} files have more than one name, whose label changes too: {1}.".format(len(linked), ", ".join(map(shown, linked[:3]))))
        if self._links:
            self.warnings.append("{0} symbolic links have other labels than the policy and keep them; `{1}` sets them.".format(self._links, self._by_hand()))
        return dict(self.before, wrong_labels=0, examples=[])

    def undo_items(self):
        items = []
        for path, _old, new in self._wrong:
            before = attributes(path)
            items.append({"kind": "attributes", "path": path, "before": before, "after": dict(before, label=new)})
        return items

    def act(self):
        """Only the files that the journal has: restorecon -R could meet others by now."""
        paths = [path for path, _old, _new in self._wrong]
        for start in range(0, len(paths), AT_ONCE):
            self._restorecon([], paths[start : start + AT_ONCE])

    @staticmethod
    def _restorecon(options, paths):
        program = find("restorecon")
        if program is None:
            raise ChangeError("SELinux is on, and there is no command `restorecon`, so labels were not looked at; install policycoreutils.")
        # restorecon expands patterns, and names may look like some.
        command = [program] + options + ["--"] + [re.sub(r"([\\*?\[\]{}~])", r"\\\1", path) for path in paths]
        try:
            # run_command needs the module and knows no time limit, and _tools.run keeps only the end of a long output.
            done = subprocess.run(  # pylint: disable=ansible-bad-function
                command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise ChangeError("restorecon did not end within {0} s; see whether a file system hangs, then run again.".format(SECONDS))
        if done.returncode:
            errors = " ".join(done.stderr.decode("utf-8", "backslashreplace").split())[-300:]
            raise ChangeError("restorecon ended with {0}: {1}; see whether a policy is loaded (`sestatus`).".format(done.returncode, errors or "no words"))
        return os.fsdecode(done.stdout)


def parse(output):
    """[(path, label or None, label of the policy)] of what restorecon would change."""
    found = []
    for match in _WOULD.finditer(output):
        path, old, new = (match.group(name) or match.group(name + "2") for name in ("path", "old", "new"))
        found.append((path, None if (old or "") in NO_LABEL else old, new))
    rest = _LEFT.sub("", _WOULD.sub("", output)).strip()
    if rest:
        raise ChangeError(
            "What restorecon says is not understood, so nothing was changed: {0}. Run it by hand, and report this line.".format(shown(rest.splitlines()[0]))
        )
    return found


def shown(path):
    """A name in which nothing breaks a line or a terminal."""
    return path if path.isprintable() else repr(path)

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is installed of the agent, and what the repositories of the host offer, by apt, dnf or zypper. Private to this collection.

Only asks; lists of packages are never refreshed, so what is offered is what the host last heard of.
"""

import os
import re
from xml.etree import ElementTree

from ansible_collections.azvm.backup.plugins.module_utils._agent_plan import PLAN
from ansible_collections.azvm.backup.plugins.module_utils._tools import ToolError, find, run
from ansible_collections.azvm.backup.plugins.module_utils._versions import newest, rpm_compare

SECONDS = 120


class Apt:
    """Debian and Ubuntu."""

    refresh = "apt-get update"

    @staticmethod
    def installed(names):
        _code, output, _errors = run(["dpkg-query", "-W", "-f", "${db:Status-Status}\\t${Package}\\t${Version}\\n", "--"] + names, SECONDS)
        return [tuple(line.split("\t")[1:3]) for line in output.splitlines() if line.startswith("installed\t")]

    @staticmethod
    def offered(name):
        """apt knows a candidate by its priorities, which need not be the newest version."""
        _code, output, _errors = run(["apt-cache", "policy", "--", name], SECONDS)
        found = re.search(r"(?m)^  Candidate: (\S+)$", output)
        return found.group(1) if found and found.group(1) != "(none)" else None

    @staticmethod
    def newer(first, second):
        code, _output, _errors = run(["dpkg", "--compare-versions", first, "gt", second], SECONDS)
        return code == 0


class Rpm:
    """What dnf and zypper have in common."""

    @staticmethod
    def installed(names):
        _code, output, _errors = run(["rpm", "-q", "--qf", "%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\n", "--"] + names, SECONDS)
        return [tuple(line.split("\t")) for line in output.splitlines() if line.count("\t") == 1]

    @staticmethod
    def newer(first, second):
        return rpm_compare(first, second) > 0


class Dnf(Rpm):
    """RHEL and its relatives, Azure Linux; yum of RHEL 7 takes the same words."""

    refresh = "dnf makecache"

    @staticmethod
    def offered(name):
        tool = "dnf" if find("dnf") else "yum"
        code, output, errors = run([tool, "--quiet", "--cacheonly", "list", "--showduplicates", name], SECONDS)
        rows = [line.split() for line in output.splitlines() if line.startswith(name + ".")]
        if code and not rows and "No matching" not in errors + output:
            raise ToolError("`{0}` cannot tell what it offers ({1}); fill its cache first: `{0} makecache`.".format(tool, " ".join(errors.split())[-300:]))
        # A row of what is installed ends with @ and the repository that it came from.
        return newest([row[1] for row in rows if len(row) > 1 and not row[-1].startswith("@")])


class Zypper(Rpm):
    """SLES and openSUSE."""

    refresh = "zypper refresh"

    @staticmethod
    def offered(name):
        command = ["zypper", "--non-interactive", "--xmlout", "--no-refresh", "search", "--details", "--match-exact", "--type", "package", name]
        _code, output, errors = run(command, SECONDS)
        try:
            found = ElementTree.fromstring(output)
        except ElementTree.ParseError as error:
            raise ToolError("`zypper search` gave no XML ({0}) {1}; run `zypper refresh`.".format(error, " ".join(errors.split())[-300:]))
        rows = [row.attrib for row in found.iter("solvable") if row.get("name") == name]
        # What is installed and in no repository any more is listed as one of the system.
        return newest([row["edition"] for row in rows if row.get("repository") not in (None, "(System Packages)")])


def manager(root="/"):
    """The manager of this host: apt before the others, because a Debian host may have dnf as a tool."""
    agent = PLAN["agent"]
    if os.path.exists(os.path.join(root, agent["dpkg_database"].lstrip("/"))) and find("apt-cache"):
        return Apt
    if find("zypper"):
        return Zypper
    if find("dnf") or find("yum"):
        return Dnf
    raise ToolError("This host has neither apt nor dnf nor zypper, so the package of its agent cannot be told; upgrade the agent as its distribution says.")

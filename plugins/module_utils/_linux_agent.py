# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Azure Linux Agent: package, service, version, configuration, status. Private to this collection."""

import os
import re

from ansible_collections.azvm.backup.plugins.module_utils._linux_run import AbsentError


def agent_package(host):
    """{manager, name, version}: dpkg first, because a Debian host may have rpm as a tool."""
    agent = host.plan["agent"]
    if host.exists(agent["dpkg_database"]):
        found = _dpkg(host, agent)
        if found:
            return {"data": found}
    # rpm makes its database where it has none.
    if any(host.names(folder) for folder in agent["rpm_databases"]):
        _code, output, _errors = host.run("rpm", "-q", "--qf", "%{NAME}\\t%{VERSION}-%{RELEASE}\\n", *agent["packages"])
        rows = [line.split("\t") for line in output.splitlines() if line.count("\t") == 1]
        if rows:
            return {"data": {"manager": "rpm", "name": rows[0][0], "version": rows[0][1]}}
    raise AbsentError("no package of the agent is installed")


def _dpkg(host, agent):
    _code, output, _errors = host.run("dpkg-query", "-W", "-f", "${db:Status-Status}\\t${Package}\\t${Version}\\n", *agent["packages"])
    rows = [line.split("\t") for line in output.splitlines() if line.startswith("installed\t")]
    return {"manager": "dpkg", "name": rows[0][1], "version": rows[0][2]} if rows else None


def agent_service(host):
    """The units of the agent that exist, as systemd shows them."""
    names = host.plan["agent"]["units"]
    files = [name for name in names if any(host.exists(os.path.join(folder, name)) for folder in host.plan["unit_dirs"])]
    try:
        units = host.units(names, ("ActiveState", "SubState", "UnitFileState", "ConditionResult", "ConditionTimestampMonotonic"))
    except AbsentError as error:
        if files:
            raise RuntimeError("{0} exists, but {1}".format(files[0], error))
        raise
    if not units:
        raise AbsentError("there is neither {0}".format(" nor ".join(names)))
    return {"data": [_unit(unit) for unit in units]}


def _unit(unit):
    # systemd says "no" also where it has never looked.
    looked = unit.get("ConditionTimestampMonotonic", "0") not in ("", "0")
    return {
        "name": unit["Id"],
        "load_state": unit["LoadState"],
        "active_state": unit.get("ActiveState", ""),
        "sub_state": unit.get("SubState", ""),
        "unit_file_state": unit.get("UnitFileState", ""),
        "condition_result": unit.get("ConditionResult") == "yes" if looked else None,
    }


def agent_version(host):
    """`waagent --version` writes nothing."""
    return _ask(host, "--version")


def agent_config(host):
    """`waagent --show-configuration`, only where the folder that it would create is there."""
    folder = _log_dir(host)
    if not host.exists(folder):
        raise AbsentError("not asked: the agent would create {0}".format(folder))
    return _ask(host, "--show-configuration")


def _log_dir(host):
    agent = host.plan["agent"]
    for path in agent["configs"]:
        found = re.search(r"(?m)^{0}\s*=\s*([^\s#]+)".format(re.escape(agent["log_dir_key"])), host.read_or_none(path) or "")
        if found:
            return found.group(1).strip("\"'")
    return agent["log_dir"]


def _ask(host, argument):
    code, output, errors = host.run(host.plan["agent"]["program"], argument)
    source = dict(host.text(output), exit_code=code)
    if code:
        source.update(status="failed", error="{0} ended with {1}: {2}".format(host.plan["agent"]["program"], code, " ".join(errors.split())[-300:]))
    return source


def agent_config_file(host):
    """The first waagent.conf that exists."""
    for path in host.plan["agent"]["configs"]:
        if host.exists(path):
            return host.file(path)
    raise AbsentError("there is no {0}".format(os.path.basename(host.plan["agent"]["configs"][0])))


def agent_status(host):
    """The newest status report that the agent wrote; newer agents keep it in a folder per goal state."""
    agent = host.plan["agent"]
    paths = [os.path.join(agent["lib_dir"], name) for pattern in agent["status_files"] for name in host.names(agent["lib_dir"], pattern)]
    history = os.path.join(agent["lib_dir"], agent["status_history"])
    paths += [os.path.join(history, name, agent["status_name"]) for name in host.names(history)]
    dated = [(status.st_mtime, path) for status, path in ((host.stat(path), path) for path in paths) if status]
    if not dated:
        raise AbsentError("the agent has written no status report")
    return host.file(max(dated)[1])

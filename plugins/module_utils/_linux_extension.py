# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The snapshot extension: its folders, status, configuration, scripts. Private to this collection."""

import json
import os
import re

from ansible_collections.azvm.backup.plugins.module_utils._linux_run import AbsentError, describe, status_of
from ansible_collections.azvm.backup.plugins.module_utils._linux_system import running
from ansible_collections.azvm.backup.plugins.module_utils._linux_text import cut, mask


def folders(host):
    """[(version, path)] of the installed versions, newest first."""
    handler = host.plan["extension"]["handler"] + "-"
    lib_dir = host.plan["agent"]["lib_dir"]
    found = [(name[len(handler) :], os.path.join(lib_dir, name)) for name in host.names(lib_dir, handler + "[0-9]*")]
    # The agent keeps the downloaded archives beside the folders.
    found = [(version, path) for version, path in found if re.match(r"[\d.]+$", version)]
    return sorted(found, key=lambda pair: [int(part or 0) for part in pair[0].split(".")], reverse=True)


def extension(host):
    """What the agent and the extension keep in each version's folder."""
    found = folders(host)
    if not found:
        raise AbsentError("the extension is not installed")
    return {"data": {"folders": [_folder(host, version, path) for version, path in found]}}


def _folder(host, version, path):
    plan = host.plan["extension"]
    binary = os.path.join(path, plan["safefreeze_arm64" if os.uname().machine in ("aarch64", "arm64") else "safefreeze"])
    state = host.read_or_none(os.path.join(path, plan["handler_state"]))
    template = host.read_or_none(os.path.join(path, plan["template"]))
    status = host.read_or_none(os.path.join(path, plan["handler_status"]))
    return {
        "name": plan["handler"],
        "version": version,
        "path": path,
        "handler_state": state if state is None else state.strip(),
        "handler_status": status if status is None else _short(host, status),
        "manifest_present": host.exists(os.path.join(path, plan["manifest"])),
        "safefreeze_present": host.exists(binary),
        # access() also says no for a file system mounted noexec.
        "safefreeze_executable": os.access(host.path(binary), os.X_OK),
        "template_text": template if template is None else _short(host, template),
    }


def _short(host, text):
    """One of several texts of a source shares the byte limit with the others."""
    return cut(mask(text), host.max_bytes // 8)[0]


def extension_python(host):
    """[{name, path, version}] of the interpreters that handle.sh would try, in its order."""
    plan = host.plan["extension"]
    found, versions = [], {}
    for name in plan["pythons"]:
        for path in (os.path.join(folder, name) for folder in plan["python_dirs"]):
            if not host.exists(path):
                continue
            real = os.path.realpath(host.path(path))
            if real not in versions:
                versions[real] = _version(host, real)
            found.append({"name": name, "path": path, "version": versions[real]})
            break
    path = _agent_python(host)
    if path and path not in [entry["path"] for entry in found]:
        found.append({"name": host.plan["agent"]["program"], "path": path, "version": _version(host, os.path.realpath(host.path(path)))})
    return {"data": found}


def _agent_python(host):
    """The interpreter that runs the agent, the last one that handle.sh tries."""
    for _pid, argv in running(host):
        if os.path.isabs(argv[0]) and "python" in os.path.basename(argv[0]) and any(host.plan["agent"]["program"] in word for word in argv[1:3]):
            return argv[0]
    return None


def _version(host, path):
    """`python --version`; Python 2 writes it to the standard error. Null where the interpreter does not run."""
    if not host.live:
        return None
    try:
        _code, output, errors = host.run(path, "--version", most=1024)
    except (AbsentError, OSError):
        return None
    match = re.match(r"Python (\S+)", output or errors)
    return match.group(1) if match else None


def extension_status(host):
    """The status file with the highest number of the newest version that has one; inactive ones are renamed to N_status."""
    for _version_text, path in folders(host):
        folder = os.path.join(path, host.plan["extension"]["status_dir"])
        numbers = [int(name[: -len(".status")]) for name in host.names(folder, "*.status") if name[: -len(".status")].isdigit()]
        if numbers:
            source = host.file(os.path.join(folder, "{0}.status".format(max(numbers))))
            source["data"] = {"sequence": max(numbers), "modified_at": source["data"]["modified_at"]}
            return source
    raise AbsentError("the extension has written no status file")


def vmbackup_conf(host):
    """/etc/azure/vmbackup.conf, byte for byte: how it is encoded decides whether the extension reads it."""
    path = host.plan["extension"]["config"]
    source = host.file(path, exact=True)
    owner = host.owner(path)
    source["data"].update((name, owner[name]) for name in ("mode", "uid", "gid"))
    return source


def snapshot_scripts(host):
    """Mode, owner and text of the two files that configure pre and post scripts; of the scripts no text."""
    plan = host.plan["snapshot_scripts"]
    problems = []
    data = {"plugin_config": _with_text(host, plan["plugin_config"], problems), "host_config": _with_text(host, plan["host_config"], problems), "scripts": []}
    if not data["plugin_config"]["exists"] and not data["host_config"]["exists"]:
        raise AbsentError("neither {0} nor {1} exists".format(plan["plugin_config"], plan["host_config"]))
    for role, key in (("pre", plan["pre_key"]), ("post", plan["post_key"])):
        path = _setting(data["plugin_config"].get("text"), key)
        if path:
            try:
                data["scripts"].append(dict(host.owner(path), role=role))
            except (OSError, ValueError) as error:
                problems.append(error)
    source = {"data": data}
    if problems:
        source.update(status=status_of(problems[0]), error=describe(problems[0]))
    return source


def _with_text(host, path, problems):
    """{path, exists, mode, uid, gid, text}; what cannot be read goes into problems."""
    entry = {"path": path, "exists": True, "mode": None, "uid": None, "gid": None, "text": None}
    try:
        entry.update(host.owner(path))
        if entry["exists"]:
            entry["text"] = host.text(host.read(path))["text"]
    except OSError as error:
        problems.append(error)
    return entry


def _setting(text, key):
    """One setting of the plugin configuration; a broken file is a finding of the judge, not of the collector."""
    try:
        path = json.loads(text or "{}").get(key)
    except (ValueError, AttributeError):
        return None
    return path if isinstance(path, str) and path.startswith("/") else None

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the configuration of the pre- and post-snapshot scripts says, and what is wrong with it. Private to this collection.

Values are never repeated: parameters of scripts may be passwords. Source of the rules: https://github.com/Azure/azure-linux-extensions,
VMBackup/main/ScriptRunner.py and PluginHost.py.
"""

import configparser
import json

CONFIG = "/etc/azure/VMSnapshotScriptPluginConfig.json"
HOST_CONFIG = "/etc/azure/VMSnapshotPluginHost.conf"
LOCATIONS = ("preScriptLocation", "postScriptLocation")
# The plugin host ends every script after this time, whatever the configuration says.
LONGEST_SECONDS = 1800
POLL_SECONDS = (1, 5)
_TEXT, _NUMBER, _SWITCH, _TEXTS = "text", "a whole number, 0 or more", "true or false", "a list of texts"
KEYS = {
    "pluginName": _TEXT,
    "appName": _TEXT,
    "preScriptLocation": _TEXT,
    "postScriptLocation": _TEXT,
    "preScriptParams": _TEXTS,
    "postScriptParams": _TEXTS,
    "preScriptNoOfRetries": _NUMBER,
    "postScriptNoOfRetries": _NUMBER,
    "timeoutInSeconds": _NUMBER,
    "ScriptsExecutionPollTimeSeconds": _NUMBER,
    "continueBackupOnFailure": _SWITCH,
    "fsFreezeEnabled": _SWITCH,
}


def load(data):
    """The configuration; ValueError with why it is none."""
    try:
        config = json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError("no UTF-8 at byte {0}".format(error.start))
    except json.JSONDecodeError as error:
        raise ValueError("no JSON: {0.msg} in line {0.lineno}, column {0.colno}".format(error))
    except RecursionError:
        raise ValueError("no JSON that can be read: nested too deep")
    if not isinstance(config, dict):
        raise ValueError("no JSON object, as it begins with no {")
    return config


def _fits(kind, value):
    if kind == _TEXT:
        return isinstance(value, str)
    if kind == _SWITCH:
        return isinstance(value, bool)
    if kind == _NUMBER:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def problems(config, longest):
    """Sentences of what the extension does not take as it is meant. `longest` is how long the plugin host lets a script run."""
    found = ["{0} has to be {1}.".format(key, kind) for key, kind in sorted(KEYS.items()) if key in config and not _fits(kind, config[key])]
    found += ["There is no {0}, so the extension refuses the file.".format(key) for key in LOCATIONS if key not in config]
    found += ["{0} is empty, so the backup is not application-consistent.".format(key) for key in LOCATIONS if config.get(key) == ""]
    found += ["No code of the extension reads {0!r}.".format(key) for key in sorted(set(config) - set(KEYS))]
    timeout, poll = config.get("timeoutInSeconds"), config.get("ScriptsExecutionPollTimeSeconds")
    if _fits(_NUMBER, timeout) and timeout > longest:
        found.append("timeoutInSeconds is {0}, and the plugin host ends a script after {1} s; set it to {1} at most.".format(timeout, longest))
    if _fits(_NUMBER, poll) and not POLL_SECONDS[0] <= poll <= POLL_SECONDS[1]:
        found.append("ScriptsExecutionPollTimeSeconds is {0}; it has to be {1} to {2}.".format(poll, *POLL_SECONDS))
    return found


def longest_seconds(data):
    """How long the configuration of the plugin host lets a script run; ValueError with why it cannot be told."""
    parser = configparser.ConfigParser()
    try:
        parser.read_string(data.decode("utf-8"))
        if not parser.has_section("pre_post"):
            raise ValueError("there is no section [pre_post]")
        return min(parser.getint("pre_post", "timeoutInSeconds", fallback=LONGEST_SECONDS), LONGEST_SECONDS)
    except configparser.Error as error:
        raise ValueError(type(error).__name__)

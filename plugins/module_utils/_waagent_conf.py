# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""waagent.conf as the agent reads it, and as it is edited so that all else in it stays. Private to this collection.

The format is flat: `Section.Name=value`. Source: https://github.com/Azure/WALinuxAgent, azurelinuxagent/common/conf.py (ConfigurationProvider).
"""

import re

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+\Z")
# Up to the value, the value, and the blanks and the comment behind it.
_LINE = re.compile(r"([^=]*=[ \t]*)([^#]*?)([ \t\r]*(?:#.*)?)\Z", re.DOTALL)
# What the agent reads as y or n, as a number, and as text, in any of its versions since 2.2.
SWITCHES = (
    "AutoUpdate.Enabled AutoUpdate.UpdateToLatestVersion CGroups.Enabled CGroups.EnforceLimits Extensions.Enabled Extensions.WaitForCloudInit "
    "Logs.Collect Logs.Console Logs.Verbose Monitor.NetworkConfigurationChanges OS.AllowHTTP OS.CheckRdmaDriver OS.EnableFIPS OS.EnableFirewall "
    "OS.EnableRDMA OS.UpdateRdmaDriver Provisioning.AllowResetSysUser Provisioning.DecodeCustomData Provisioning.DeleteRootPassword "
    "Provisioning.Enabled Provisioning.ExecuteCustomData Provisioning.MonitorHostName Provisioning.RegenerateSshHostKeyPair Provisioning.UseCloudInit "
    "ResourceDisk.EnableSwap ResourceDisk.EnableSwapEncryption ResourceDisk.Format"
).split()
NUMBERS = (
    "Autoupdate.Frequency Extensions.GoalStateHistoryCleanupPeriod Extensions.GoalStatePeriod Extensions.InitialGoalStatePeriod "
    "Extensions.WaitForCloudInitTimeout HttpProxy.Port Logs.CollectPeriod OS.EnableFirewallPeriod OS.MonitorDhcpClientRestartPeriod "
    "OS.RemovePersistentNetRulesPeriod OS.RootDeviceScsiTimeoutPeriod OS.SshClientAliveInterval Provisioning.MonitorHostNamePeriod "
    "Provisioning.PasswordCryptSaltLength ResourceDisk.SwapSizeMB"
).split()
TEXTS = (
    "AutoUpdate.GAFamily DVD.MountPoint Extension.LogDir HttpProxy.Host Lib.Dir OS.HomeDir OS.OpensslPath OS.PasswordPath OS.RootDeviceScsiTimeout "
    "OS.SshDir OS.SudoersDir Pid.File Provisioning.Agent Provisioning.PasswordCryptId Provisioning.SshHostKeyPairType ResourceDisk.Filesystem "
    "ResourceDisk.MountOptions ResourceDisk.MountPoint"
).split()
CHOICES = {"Provisioning.Agent": ("auto", "waagent", "cloud-init", "disabled")}
_SPELLING = {name.lower(): name for name in SWITCHES + NUMBERS + TEXTS}


class EditError(ValueError):
    """The settings or the file cannot be used; one sentence."""


def checked(settings):
    """{name: text, or None for the default of the agent}, as they are written."""
    return {name: _checked(name, value) for name, value in settings.items()}


def _checked(name, value):
    if not _NAME.match(name):
        raise EditError("{0!r} is no key of waagent.conf; keys have the form Section.Name, as Extensions.Enabled.".format(name))
    spelling = _SPELLING.get(name.lower(), name)
    if spelling != name:
        raise EditError("The agent knows no key {0}, because it takes case seriously; write {1}.".format(name, spelling))
    if value is None:
        return None
    if isinstance(value, bool):
        value = "y" if value else "n"
    if not isinstance(value, (int, str)):
        raise EditError("The value of {0} is a {1}; give text, a number, true, false or null.".format(name, type(value).__name__))
    value = str(value)
    if name in SWITCHES:
        value = value.lower()
    if name in SWITCHES and value not in ("y", "n"):
        raise EditError("{0} is {1!r}, and the agent would take its default instead; give y or n.".format(name, value))
    if name in NUMBERS and not re.match(r"[0-9]+\Z", value):
        raise EditError("{0} is {1!r}, and the agent would take its default instead; give a whole number.".format(name, value))
    if value not in CHOICES.get(name, (value,)):
        raise EditError("{0} is {1!r}; give one of {2}.".format(name, value, ", ".join(CHOICES[name])))
    if _setting("{0}={1}".format(name, value)) != (name, value) or not value.isprintable():
        raise EditError("The agent would not read {0!r} of {1} as it stands; leave out line breaks, #, and blanks and quotes at the ends.".format(value, name))
    return value


def is_known(name):
    """Whether any version of the agent reads it."""
    return name in _SPELLING.values() or name.startswith("Debug.")


def decode(data):
    """The text of the file."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EditError("it is no UTF-8 at byte {0}, and the agent cannot read it; correct that by hand".format(error.start))


def _setting(line):
    """(key, value) of a line as the agent takes it; None where it skips the line, and a value None where its default counts."""
    if line.startswith("#") or "=" not in line:
        return None
    key, _equals, rest = line.partition("=")
    value = rest.split("#")[0].strip('" ').strip()
    return key.strip(), None if value == "None" else value


def read(text):
    """{key: value} as the agent has it; of a key that stands more than once, the last line counts."""
    return dict(setting for setting in map(_setting, text.split("\n")) if setting)


def count(text, name):
    """How many lines set a key."""
    return sum(1 for setting in map(_setting, text.split("\n")) if setting and setting[0] == name)


def same(name, present, wanted):
    """Whether the agent takes both values alike."""
    return present == wanted or (name in SWITCHES and bool(present) and bool(wanted) and present.lower() == wanted.lower())


def edit(text, settings):
    """The text with the settings in it. Comments, order, blanks and other lines stay as they are."""
    lines = text.split("\n")
    for name, value in settings.items():
        if not same(name, read("\n".join(lines)).get(name), value):
            _set(lines, name, "None" if value is None else value)
    found = read("\n".join(lines))
    wrong = [name for name in settings if not same(name, found.get(name), settings[name])]
    if wrong:
        raise EditError("{0} cannot be written so that the agent reads it as asked; edit the file by hand".format(", ".join(wrong)))
    return "\n".join(lines)


def _set(lines, name, value):
    places = [number for number, line in enumerate(lines) if (_setting(line) or ("",))[0] == name]
    if places:
        start, _old, rest = _LINE.match(lines[places[-1]]).groups()
        lines[places[-1]] = start + value + (" " if rest.startswith("#") else "") + rest
        return
    ending = "\r" if lines[0].endswith("\r") else ""
    sample = re.compile(r"#\s*{0}\s*=".format(re.escape(name)))
    samples = [number for number, line in enumerate(lines) if sample.match(line)]
    if lines[-1]:  # the last line has no end
        lines[-1] += ending
        lines.append("")
    lines.insert(samples[-1] + 1 if samples else len(lines) - 1, "{0}={1}{2}".format(name, value, ending))

#!/bin/sh
# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# list_files.sh FILE: writes path, type, mode, owner, size and time of change of every file of the host to FILE.
# Left out: what the host itself writes while it runs, what Ansible's ssh session makes and removes, and a mount that hangs.
find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /tmp -o -path /mnt -o -path /var/log/journal -o -path '*/.ansible' \
    -o -path /var/log/wtmp -o -path /var/log/lastlog -o -path /root/files-before -o -path /root/files-after -o -path /var/lib/systemd -o -path /var/lib/private \) -prune \
    -o ! -path /root ! -path /home/onlooker -printf '%p %y %m %U:%G %s %C@\n' | sort > "$1"

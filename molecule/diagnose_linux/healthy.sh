#!/bin/sh
# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# healthy.sh EXTENSION_FOLDER: makes what a VM has whose backup works, and an account without privileges.
set -eu
extension=$1
umask 077
mkdir -p /etc/azure /var/log/azure/Microsoft.Azure.RecoveryServices.VMSnapshotLinux "$extension/config" "$extension/status" "$extension/main/safefreeze/bin" "$extension/main/tempPlugin"
printf 'Enabled' > "$extension/config/HandlerState"
printf '{"name": "Microsoft.Azure.RecoveryServices.VMSnapshotLinux", "version": "1.0.9190.0", "status": "Ready", "code": 0, "message": "Plugin enabled"}' > "$extension/config/HandlerStatus"
printf '[{"handlerManifest": {"enableCommand": "main/handle.sh enable"}}]' > "$extension/HandlerManifest.json"
printf '[SnapshotThread]\nfsfreeze: True\n' > "$extension/main/tempPlugin/vmbackup.conf"
for program in handle.sh safefreeze/bin/safefreeze; do
    printf '#!/bin/sh\nexit 0\n' > "$extension/main/$program"
    chmod 700 "$extension/main/$program"
done
printf '# our own\n[SnapshotThread]\nSafeFreezeWaitInSeconds = 120\n' > /etc/azure/vmbackup.conf
chmod 644 /etc/azure/vmbackup.conf

# The agent has run on every VM. On Debian 11 its first run leaves compiled Python of lsb_release behind (`python3 -Es` heeds no PYTHONDONTWRITEBYTECODE).
waagent --version > /dev/null

# The ports of a wire server, on the loopback address of the host.
for port in 80 32526; do
    systemd-run --quiet --unit="wire-$port" python3 -m http.server "$port" --bind 127.0.0.1 --directory /srv
done

useradd -m onlooker
mkdir -m 700 /home/onlooker/.ssh
cp /root/.ssh/authorized_keys /home/onlooker/.ssh/
chown -R onlooker: /home/onlooker/.ssh

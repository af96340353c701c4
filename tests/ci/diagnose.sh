#!/usr/bin/env bash
# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Diagnoses this machine live and judges the bundled sample fleet. Writes below report/ and .venv/ only.
set -eu
cd "$(dirname "$0")/../.."
export ANSIBLE_HOME="$PWD/.venv/ansible" ANSIBLE_CONFIG="$PWD/ansible.cfg" ANSIBLE_COLLECTIONS_PATH="$PWD/.venv/collections"
export ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false ANSIBLE_NOCOLOR=1
# The home of a service account may not be writable; Ansible would put its temporary files there.
[ -w "${HOME:-/nonexistent}" ] || export ANSIBLE_REMOTE_TMP="$PWD/.venv/ansible/tmp"

play() {
    local log="report/$1.log"
    shift
    if ! .venv/bin/ansible-playbook "$@" > "$log" 2>&1; then
        cat "$log" >&2
        echo "make diagnose: a play failed; its output is above and in $log." >&2
        exit 1
    fi
}

mkdir -p report
# The wire server is set to loopback: this command must send nothing to any other address.
play this-machine -i localhost, -c local azvm.backup.diagnose -e 'ansible_python_interpreter={{ ansible_playbook_python }}' -e azvm_wireserver=127.0.0.1 \
    -e '{"azvm_fail_on": []}' -e "{\"azvm_report_dir\": \"$PWD/report/this-machine\", \"azvm_report_title\": \"This machine\"}"
play sample-fleet -i localhost, azvm.backup.report \
    -e "{\"azvm_fail_on\": [], \"azvm_evidence_dir\": \"$PWD/docs/sample_fleet\", \"azvm_report_dir\": \"$PWD/report/sample-fleet\", \"azvm_report_title\": \"Sample fleet\"}"

for name in this-machine sample-fleet; do
    echo
    cat "report/$name/summary.txt"
done

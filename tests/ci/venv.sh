#!/usr/bin/env bash
# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes .venv with what a user of the collection needs, and links the checkout into it as a collection.
set -eu
cd "$(dirname "$0")/../.."
requirements="ansible-core>=2.16 jmespath"

python=""
for candidate in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "make: Python 3.10 or newer is needed to run ansible-core, and none is on PATH; install it (python3) and try again." >&2
    exit 1
fi

stamp="$("$python" -c 'import sys; print(sys.version)') $requirements"
if [ "$(cat .venv/stamp 2>/dev/null)" != "$stamp" ]; then
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        echo "make: $python cannot make a virtual environment because its modules venv and ensurepip are missing; install them (Debian, Ubuntu: apt install python3-venv) and try again." >&2
        exit 1
    fi
    echo "Installing $requirements into .venv (once)"
    rm -rf .venv
    "$python" -m venv .venv
    # shellcheck disable=SC2086 # the requirements are words
    .venv/bin/python -m pip install --quiet --disable-pip-version-check $requirements
    printf '%s' "$stamp" > .venv/stamp
fi
mkdir -p .venv/collections/ansible_collections/azvm
ln -sfn "$PWD" .venv/collections/ansible_collections/azvm/backup

#!/usr/bin/env bash
# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes .venv with what a user of the collection needs, and links the checkout into it as a collection.
set -eu
cd "$(dirname "$0")/../.."
requirements=("ansible-core>=2.16" jmespath)

fail() {
    echo "make: $*" >&2
    exit 1
}

# The newest Python that can make an environment; one without ensurepip is remembered for the sentence that says what is missing.
python="" incomplete=""
for candidate in python3.14 python3.13 python3.12 python3.11 python3.10 python3; do
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || continue
    if "$candidate" -c 'import venv, ensurepip' 2>/dev/null; then
        python=$candidate
        break
    fi
    incomplete=${incomplete:-$candidate}
done
if [ -z "$python" ] && [ -n "$incomplete" ]; then
    fail "$incomplete cannot make a virtual environment because its modules venv and ensurepip are missing; install them (Debian, Ubuntu: apt install python3-venv) and try again."
fi
[ -n "$python" ] || fail "Python 3.10 or newer is needed to run ansible-core, and none is on PATH; install it (python3) and try again."

# Scripts in an environment hold its path, so one that was moved is made anew.
stamp="$("$python" -c 'import sys; print(sys.version)') $PWD ${requirements[*]}"
if [ "$(cat .venv/stamp 2>/dev/null)" != "$stamp" ]; then
    echo "Installing ${requirements[*]} into .venv with $python (once)"
    rm -rf .venv
    "$python" -m venv .venv || fail "$python could not make .venv; the lines above say why."
    .venv/bin/python -m pip install -qq --disable-pip-version-check "${requirements[@]}" ||
        fail "${requirements[*]} could not be installed; pip needs a package index (set PIP_INDEX_URL or PIP_PROXY behind a firewall), the lines above say why."
    printf '%s' "$stamp" > .venv/stamp
fi
mkdir -p .venv/collections/ansible_collections/azvm
ln -sfn "$PWD" .venv/collections/ansible_collections/azvm/backup

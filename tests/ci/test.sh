#!/usr/bin/env bash
# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the tests with a Python that can run them; which tests there are is written in run_tests.py.
set -eu
cd "$(dirname "$0")/../.."
bash tests/ci/venv.sh
exec .venv/bin/python tests/ci/run_tests.py "$@"

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Needs git, make, bash and Python 3.10 or newer; everything else is installed below .venv and .cache.

.PHONY: help venv diagnose test lint units sanity molecule clean

help:
	@echo 'make diagnose   diagnose this machine and the bundled sample fleet, and print the paths of the reports'
	@echo 'make test       run every test that this machine can run, and say what was skipped and why'
	@echo 'make lint, make units, make sanity, make molecule'
	@echo '                run one group of them; make test ONLY="ruff units" runs the steps that you name'
	@echo 'make venv       only install ansible-core and jmespath into .venv'
	@echo 'make clean      remove what these commands made'

venv:
	@bash tests/ci/venv.sh

diagnose: venv
	@bash tests/ci/diagnose.sh

test:
	@bash tests/ci/test.sh $(ONLY)

lint units sanity molecule:
	@bash tests/ci/test.sh $@

clean:
	rm -rf .venv .cache report

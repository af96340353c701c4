# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host that the tests of this folder share."""

from __future__ import annotations

import pytest
from simulated import NAME, Host, unusable


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    reason = unusable()
    if reason:
        pytest.skip(f"NOT RUN on a simulated Windows host: {reason}")
    made = Host(tmp_path_factory.mktemp("winhost"))
    if NAME not in made.winhost("inventory").stdout:
        made.winhost("up", NAME.removeprefix("win"))
    made.reset()
    return made

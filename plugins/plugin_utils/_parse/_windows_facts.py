# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about Windows that readers compare with. Private to this collection."""

from __future__ import annotations

from typing import Any

from ._data import HERE, load_data

FACTS: dict[str, Any] = load_data(HERE / "_windows_facts.yml")

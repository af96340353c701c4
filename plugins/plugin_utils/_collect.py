# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collectors are told to look for. Private to this collection."""

from __future__ import annotations

import functools
from typing import Any

from ._catalog_loader import HERE, read_yaml


@functools.lru_cache(maxsize=2)
def collection_plan(system: str) -> dict[str, Any]:
    """The plan that guest_info hands to a collector.

    Args:
        system: ``linux`` or ``windows``.

    Returns:
        The data of `_collect_<system>.yml`; for Windows with the services of the writer atlas added.
    """
    plan: dict[str, Any] = read_yaml(HERE / f"_collect_{system}.yml")
    if system == "windows":
        hosts = {writer["service"] for writer in read_yaml(HERE / "_writer_atlas.yml")["writers"] if writer["service"]}
        plan["services"] = list(dict.fromkeys([*plan["services"], *sorted(hosts)]))
    return plan

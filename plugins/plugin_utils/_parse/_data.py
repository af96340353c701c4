# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data files of the parsers. Private to this collection."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

try:  # libyaml reads in a tenth of the time
    from yaml import CSafeLoader as _Loader
except ImportError:  # pragma: no cover - depends on how PyYAML was built
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

HERE = Path(__file__).resolve().parent


@functools.lru_cache(maxsize=32)
def load_data(path: Path) -> Any:
    """The content of a YAML file of this collection; read once, so callers must not change it."""
    return yaml.load(path.read_bytes(), Loader=_Loader)

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of this collection, from its own metadata. Private to this collection."""

from __future__ import annotations

import json
from pathlib import Path

from ._catalog_loader import read_yaml

ROOT = Path(__file__).resolve().parent.parent.parent


def _version() -> str:
    """`galaxy.yml` stands in a checkout, `MANIFEST.json` in an installed collection."""
    if (ROOT / "MANIFEST.json").is_file():
        return str(json.loads((ROOT / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]["version"])
    if (ROOT / "galaxy.yml").is_file():
        return str(read_yaml(ROOT / "galaxy.yml")["version"])
    return "unknown"


COLLECTION_VERSION = _version()

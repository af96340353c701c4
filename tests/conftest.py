# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the checkout importable as ansible_collections.azvm.backup, as ansible-test does by itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _install_collection_finder() -> None:
    from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

    if any(isinstance(finder, _AnsibleCollectionFinder) for finder in sys.meta_path):
        return
    # Importing any plugin loader would install the finder with the configured paths; ours has to come first.
    paths = [path for path in os.environ.get("ANSIBLE_COLLECTIONS_PATH", "").split(":") if path]
    if ROOT.parent.parent.name == "ansible_collections":
        paths.insert(0, str(ROOT.parent.parent.parent))
    else:
        paths.insert(0, str(_link()))
    _AnsibleCollectionFinder(paths=paths)._install()


def _link() -> Path:
    """A tree ansible_collections/azvm/backup that leads to this checkout."""
    tree = ROOT / ".venv" / "collections"
    link = tree / "ansible_collections" / "azvm" / "backup"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(ROOT, target_is_directory=True)
    return tree


_install_collection_finder()

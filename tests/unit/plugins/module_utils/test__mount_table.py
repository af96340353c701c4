# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from ansible_collections.azvm.backup.plugins.module_utils._mount_table import below, fstab_paths, read_mounts, stack, unescape

# A root, /data mounted twice (33 lies on 32), something inside the lower one, /srv/x hidden by a later mount of /srv.
TABLE = """\
25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
32 25 8:17 / /data rw,relatime - ext4 /dev/sdb1 rw
33 32 8:33 /part /data ro,relatime shared:2 master:1 - xfs /dev/sdc1 ro
34 32 8:49 / /data/in rw - ext4 /dev/sdd1 rw
40 25 8:65 / /srv/x rw - ext4 /dev/sde1 rw
41 25 0:50 / /srv rw - nfs4 server:/export rw,vers=4.2
50 25 0:51 / /with\\040blank rw - fuse.sshfs me@there:/a\\040b rw
"""


def _entries(tmp_path: Path) -> list[dict[str, str]]:
    (tmp_path / "mountinfo").write_text(TABLE)
    entries: list[dict[str, str]] = read_mounts(str(tmp_path / "mountinfo"))
    return entries


def test_every_field_is_read(tmp_path: Path) -> None:
    entries = _entries(tmp_path)
    assert entries[2] == {
        "id": "33",
        "parent": "32",
        "number": "8:33",
        "root": "/part",
        "path": "/data",
        "options": "ro,relatime",
        "fstype": "xfs",
        "device": "/dev/sdc1",
        "super_options": "ro",
    }
    assert (entries[-1]["path"], entries[-1]["device"]) == ("/with blank", "me@there:/a b")


def test_the_stack_at_a_path_is_what_can_be_seen_there(tmp_path: Path) -> None:
    entries = _entries(tmp_path)
    assert [entry["id"] for entry in stack(entries, "/")] == ["25"]
    assert [entry["id"] for entry in stack(entries, "/data")] == ["32", "33"]
    assert stack(entries, "/data/in") == []
    assert stack(entries, "/srv/x") == []
    assert [entry["id"] for entry in stack(entries, "/srv")] == ["41"]
    assert stack(entries, "/dat") == [] and stack(entries, "/data/other") == []
    assert below(entries, entries[1]) == ["/data", "/data/in"] and below(entries, entries[2]) == []


def test_the_table_of_this_machine_has_a_root() -> None:
    assert [entry["path"] for entry in stack(read_mounts(), "/")][:1] == ["/"]


def test_fstab_is_read_with_its_escapes(tmp_path: Path) -> None:
    file = tmp_path / "fstab"
    file.write_text("# a comment /no\n\nUUID=1 / ext4 defaults 0 1\nserver:/x\t/with\\040blank/ nfs soft 0 0\nbroken\n")
    assert fstab_paths(str(file)) == ["/", "/with blank"]
    assert fstab_paths(str(tmp_path / "none")) == []
    assert unescape("a\\011b") == "a\tb"

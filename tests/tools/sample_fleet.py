# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make docs/sample_fleet from evidence that the molecule scenarios collected: sample_fleet.py FOLDER [FOLDER ...].

Each folder is the `evidence` of a run of diagnose_linux or diagnose_windows. sample_fleet.yml names the hosts that become samples, under which
names, and the code that the vault shows for them. The samples are what the collectors really returned; only names, and the paths by which the test
machine holds a host's root, and its network card, are replaced.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
TARGET = ROOT / "docs" / "sample_fleet"


# A test host's root is an overlay, and its cgroup has a name of ours; both stand in mountinfo.
OF_THE_TEST_MACHINE = (
    (re.compile(r"lowerdir=[^,\s]+,upperdir=[^,\s]+,workdir=[^,\s]+"), "lowerdir=base,upperdir=upper,workdir=work"),
    (re.compile(r"/azvm-linuxhost-[\w-]+"), "/host"),
    # A simulated Windows host sees the network card of the machine that runs it.
    (re.compile(r'"dhcp": false'), '"dhcp": true'),
)


def sample_of(text: str, host: str, name: str, codes: list[str]) -> str:
    """The document under its new name."""
    for pattern, replacement in OF_THE_TEST_MACHINE:
        text = pattern.sub(replacement, text)
    document = json.loads(text)
    document["host"]["inventory_name"] = name
    if document["host"].get("computer_name"):
        document["host"]["computer_name"] = name.upper() if document["host"]["os"] == "windows" else name
    document["requested_codes"] = codes
    if "not_checked" in document:
        document["not_checked"]["detail"] = document["not_checked"]["detail"].replace(f'"{host}"', f'"{name}"')
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main(folders: list[Path]) -> int:
    plan = yaml.safe_load((Path(__file__).parent / "sample_fleet.yml").read_text(encoding="utf-8"))
    TARGET.mkdir(exist_ok=True)
    missing = []
    for name, sample in plan.items():
        found = [folder / f"{sample['host']}.json" for folder in folders if (folder / f"{sample['host']}.json").exists()]
        if not found:
            missing.append(sample["host"])
            continue
        text = sample_of(found[0].read_text(encoding="utf-8"), sample["host"], name, sample.get("codes", []))
        (TARGET / f"{name}.json").write_text(text, encoding="utf-8")
    if missing:
        print(f"sample_fleet.py: no evidence of {', '.join(missing)} in {', '.join(map(str, folders))}; run the scenario that has it.", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main([Path(argument) for argument in sys.argv[1:]]))

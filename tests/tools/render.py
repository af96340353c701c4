# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render docs/error_codes.md and docs/vss_writers.md from the catalogue and the writer atlas.

render.py            write both
render.py --check    exit 1 and name the files that are out of date
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "plugins" / "plugin_utils"
HEADER = """<!--
Copyright (c) azvm.backup contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later

Rendered by tests/tools/render.py from {source}: change that, not this file.
-->
"""
CODES_INTRO = """# Error codes

{count} cards: every code and situation that Microsoft's article on failing VM backups names, codes of its sibling articles, and symptoms that have
no code of their own (`Symptom...`). Names are read without regard to case; numbers and other spellings work too.

*How seen* tells what the host itself can show: the causes with the surest evidence for each. A code that no host shows (*Azure side*) is
explained when the job or the user reports it. *Fix* is the role planned for a cause, *by hand* means that there is advice and no role, on purpose.
Risk: R1 reversible and without interruption, R2 disruptive, R3 destructive or hard to undo, R4 advice for Azure, policy or people.
Evidence level: E0, from documentation, with every cause run over an evidence document of our own making; not yet run on real Windows.
"""
WRITERS_INTRO = """# VSS writers

Which service hosts a writer, and what it costs to restart it. *critical* means that no run ever restarts it. A writer that is not listed here
is reported and never guessed. Names and ids are the same in every language of Windows.
"""
OS_NAMES = {("windows", "linux"): "both", ("windows",): "Windows", ("linux",): "Linux", (): "Azure side"}
RISKS = ("R0", "R1", "R2", "R3", "R4")
REBOOTS = ("never", "if_required", "always")


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    return "\n".join([_row(heads), _row(["---"] * len(heads)), *(_row(row) for row in rows)]) + "\n"


def _cards() -> list[dict[str, Any]]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((DATA / "_catalog").glob("*.yml"), key=lambda path: path.stem.lower())]


def _system(card: dict[str, Any]) -> str:
    return OS_NAMES[tuple(name for name in ("windows", "linux") if name in card["os"])]


def _seen(card: dict[str, Any]) -> str:
    order = ("possible", "likely", "confirmed")
    own = [f"{cause['title']} ({max((item['confidence'] for item in cause['evidence']), key=order.index)})" for cause in card["causes"]]
    also = [f"as {_anchor_link(home)}" for home in card.get("causes_of", [])]
    return "<br>".join(own + also) or "reported only"


def _anchor_link(code: str) -> str:
    return f"[{code}](#{code.lower()})"


def _fix(card: dict[str, Any]) -> str:
    roles = list(dict.fromkeys(f"`{cause['fix']['role']}`" if cause["fix"] else "by hand" for cause in card["causes"]))
    return "<br>".join(roles) or ("see the codes named" if card.get("causes_of") else "by hand")


def _worst(card: dict[str, Any], key: str, order: tuple[str, ...], nothing: str) -> str:
    of_fixes = yaml.safe_load((DATA / "_fixes.yml").read_text(encoding="utf-8"))
    found = ((of_fixes[cause["fix"]["role"]] if cause["fix"] else cause)[key] for cause in card["causes"])
    return max(found, key=order.index, default=nothing).replace("_", " ")


def _names(card: dict[str, Any]) -> str:
    aliases = f" ({', '.join(str(alias) for alias in card['aliases'])})" if card["aliases"] else ""
    handles = f"<br>{', '.join(card['handles'])}" if card["handles"] else ""
    return f'<a id="{card["code"].lower()}"></a>`{card["code"]}`{aliases}{handles}'


def _summary(card: dict[str, Any]) -> list[str]:
    meaning = card["meaning"] + (f" *Obsolete: {card['obsolete']}*" if card["obsolete"] else "")
    nothing = "R4" if not card["os"] else "-"
    links = "<br>".join(f"[{link['title']}]({link['url']})" for link in card["links"])
    return [_names(card), meaning, _system(card), _seen(card), _fix(card), _worst(card, "risk", RISKS, nothing), _worst(card, "reboot", REBOOTS, "-"), links]


def _article_errors(cards: list[dict[str, Any]]) -> str:
    rows = [[f"`{card['code']}`", error["says"], error["why"], error["instead"]] for card in cards for error in card.get("article_errors", [])]
    return _table(["code", "the article says", "but", "instead"], rows)


def render_codes() -> str:
    """docs/error_codes.md."""
    cards = _cards()
    coded = [card for card in cards if not card["code"].startswith("Symptom")]
    symptoms = [card for card in cards if card["code"].startswith("Symptom")]
    heads = ["code", "meaning", "system", "how seen", "fix", "risk", "reboot", "links"]
    parts = [
        HEADER.format(source="plugins/plugin_utils/_catalog/"),
        CODES_INTRO.format(count=len(cards)),
        "## Codes\n",
        _table(heads, (_summary(card) for card in coded)),
        "## Symptoms\n",
        _table(heads, (_summary(card) for card in symptoms)),
        "## What is obsolete or dangerous in the article\n",
        _article_errors(cards),
    ]
    return "\n".join(parts)


def render_writers() -> str:
    """docs/vss_writers.md."""
    writers = yaml.safe_load((DATA / "_writer_atlas.yml").read_text(encoding="utf-8"))["writers"]
    rows = (
        [
            writer["name"],
            f"`{writer['id']}`" if writer["id"] else "not known",
            f"`{writer['service']}`" if writer["service"] else ("inside VSS" if writer["express"] else "none"),
            writer["impact"],
            "yes" if writer["always_present"] else "no",
            writer["notes"],
            writer["source"],
        ]
        for writer in writers
    )
    heads = ["writer", "id", "service", "impact", "always listed", "notes", "source"]
    return "\n".join([HEADER.format(source="plugins/plugin_utils/_writer_atlas.yml"), WRITERS_INTRO, _table(heads, rows)])


PAGES = {"docs/error_codes.md": render_codes, "docs/vss_writers.md": render_writers}


def outdated(root: Path = ROOT) -> list[str]:
    """The pages whose file is not what would be rendered now."""
    return [name for name, render in PAGES.items() if not (root / name).is_file() or (root / name).read_text(encoding="utf-8") != render()]


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print("usage: render.py [--check]", file=sys.stderr)
        return 2
    old = outdated()
    if arguments and old:
        print(f"Out of date: {', '.join(old)}. Run tests/tools/render.py.", file=sys.stderr)
        return 1
    for name in old:
        (ROOT / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"{name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

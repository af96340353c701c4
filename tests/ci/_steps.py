# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of `make test`. A step raises SkipError when this machine cannot run it, StepError when it failed."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from _environments import (
    CACHE,
    LOGS,
    OLDEST_CORE,
    ROOT,
    SHARED,
    SkipError,
    StepError,
    copy_of_checkout,
    environment,
    galaxy_collections,
    pwsh,
    python_version,
    say,
    tracked,
    variables,
)

CONTROLLER_SIDE = [f"plugins/{name}" for name in ("plugin_utils", "filter", "lookup", "action")]
# What mypy reads at once, with the folders whose modules are imported by their bare names.
TYPED = [
    ([*CONTROLLER_SIDE, "tests/unit", "tests/ci", "tests/hosts", "tests/tools", "tests/bench"], ["tests/ci", "tests/unit/plugins/plugin_utils/_report"]),
    (["tests/integration/winhost"], ["tests/integration/winhost"]),
]


@dataclasses.dataclass
class Step:
    """A named test with what it does, its environment, and what it has to say beside passed or failed."""

    name: str
    run: Callable[[Step], None]
    about: str
    venv: str | None = None
    remarks: list[str] = dataclasses.field(default_factory=list)

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"

    def bin(self) -> Path:
        return environment(self.venv or "newest")

    def call(self, *command: object, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
        """Run a command with its output in the log of the step; raises StepError."""
        with self.log.open("a") as log:
            log.write(f"$ {' '.join(str(part) for part in command)}\n")
            log.flush()
            done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
        if done.returncode:
            raise StepError(f"{Path(str(command[0])).name} ended with {done.returncode}")

    def remark(self, text: str) -> None:
        self.remarks.append(text)


def optional_pwsh(step: Step) -> list[Path]:
    try:
        return [pwsh()]
    except SkipError as reason:
        step.remark(f"part not run: {reason}")
        return []


def first_use(step: Step) -> None:
    """The README's first command, as a new user has it: a path with spaces, then once more with a home that cannot be written."""
    with copy_of_checkout("azvm clone ", "my backup") as clone:
        for home in (os.environ.get("HOME", "/"), "/proc/no-home"):
            begin = time.monotonic()
            step.call("make", "diagnose", cwd=clone, env={**os.environ, "HOME": home})
            step.remark(f"{time.monotonic() - begin:.0f} s")
        for name in ("this-machine", "sample-fleet"):
            if not (clone / "report" / name / "report.html").exists():
                raise StepError(f"make diagnose wrote no report of {name}")


def units(step: Step) -> None:
    folder = step.bin()
    step.call(folder / "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "tests/unit", env=variables(folder, *optional_pwsh(step)))


def sanity(step: Step) -> None:
    folder, shell = step.bin(), optional_pwsh(step)
    home = CACHE / "ansible-test-home"
    offline_pip(folder, home)
    # pslint stops with a traceback where there is a PowerShell and no PSScriptAnalyzer.
    options = ["--local", "--python", python_version(folder), "--color", "no", "--requirements", "--skip-test", "pslint"]
    step.remark("pslint not run: PSScriptAnalyzer is not to be had here")
    with copy_of_checkout() as tree:
        command: list[object] = [folder / "ansible-test", "sanity", *options]
        if not shell:  # validate-modules stops at the first .ps1 without a PowerShell
            files = [name for file in tracked() if file.endswith(".ps1") for name in (file, file[:-3] + "yml")]
            command += [part for file in files for part in ("--exclude", file)]
        step.call(*command, cwd=tree, env={**variables(folder, *shell), "HOME": str(home)})


def offline_pip(folder: Path, home: Path) -> None:
    """ansible-test fetches pip from its own site; a file of that name in its cache, which uses Python's bundled pip, works without."""
    [package] = folder.parent.glob("lib/python*/site-packages/ansible_test")
    text = (package / "_internal" / "python_requirements.py").read_text()
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in set(re.findall(r"pip='([\d.]+)'", text)):
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text("import ensurepip\nensurepip.bootstrap(upgrade=True, default_pip=True)\n")


def tool(*command: str) -> Callable[[Step], None]:
    """A checking tool over a copy of the checkout."""

    def run(step: Step) -> None:
        folder = step.bin()
        with copy_of_checkout() as tree:
            env = {**variables(folder), "ANSIBLE_COLLECTIONS_PATH": f"{tree.parents[2]}:{galaxy_collections(folder)}"}
            step.call(folder / command[0], *command[1:], cwd=tree, env=env)

    return run


def mypy(step: Step) -> None:
    folder = step.bin()
    with copy_of_checkout() as tree:
        collections = tree.parents[2]  # the names of modules begin here
        options = [f"--config-file={tree / 'pyproject.toml'}", f"--cache-dir={CACHE / 'mypy'}"]
        for names, by_name in TYPED:
            places = [tree.relative_to(collections) / name for name in names if (tree / name).is_dir()]
            path = ":".join(str(place) for place in [*(tree / name for name in by_name), collections])
            step.call(folder / "mypy", *options, *places, cwd=collections, env={**variables(folder), "MYPYPATH": path})


def powershell(step: Step) -> None:
    check = SHARED / "pwsh" / "check-syntax.ps1"
    if not check.exists():
        raise SkipError("no ../shared/pwsh/check-syntax.ps1")
    files = [file for file in tracked() if file.endswith((".ps1", ".psm1"))]
    step.call(pwsh() / "pwsh", "-NoProfile", "-File", check, *files)
    step.remark(f"{len(files)} files")


def rendered(step: Step) -> None:
    folder = step.bin()
    step.call(folder / "python", "tests/tools/render.py", "--check", env=variables(folder))


def importer(step: Step) -> None:
    folder = step.bin()
    with copy_of_checkout() as tree, tempfile.TemporaryDirectory(prefix="azvm-build-") as built:
        step.call(folder / "ansible-galaxy", "collection", "build", "--output-path", built, cwd=tree, env=variables(folder))
        [archive] = Path(built).glob("azvm-backup-*.tar.gz")
        step.remark(f"{archive.stat().st_size // 1024} KiB")
        env = {**variables(folder), "HOME": built, "CHECK_REQUIRED_TAGS": "true"}
        step.call(folder / "python", "-m", "galaxy_importer.main", archive, cwd=Path(built), env=env)
    for line in step.log.read_text().splitlines():
        if line.startswith("ERROR"):
            raise StepError(line)


def need_linux_hosts() -> None:
    if os.geteuid() != 0:
        raise SkipError("Linux test hosts need root (systemd-nspawn)")
    if not shutil.which("systemd-nspawn") and not shutil.which("apt-get"):
        raise SkipError("Linux test hosts need systemd-nspawn and mmdebstrap, and there is no apt-get to install them")


def winhost() -> Path:
    program = Path(os.environ.get("WINHOST") or SHARED / "winhost" / "winhost")
    if not program.exists():
        raise SkipError("no Windows test hosts: neither WINHOST nor ../shared/winhost")
    if os.geteuid() != 0:
        raise SkipError("Windows test hosts need root (chroot)")
    return program


def molecule(scenario: str) -> Callable[[Step], None]:
    def run(step: Step) -> None:
        if scenario.endswith("_windows"):
            winhost()
        else:
            need_linux_hosts()
        folder = step.bin()
        galaxy_collections(folder)  # where .config/molecule/config.yml looks for them
        step.call(folder / "molecule", "test", "-s", scenario, env={**variables(folder), "COLUMNS": "250"})
        # Molecule passes when its verifier finds no tests, and says so only in its log.
        if not re.search(r"\d+ passed", step.log.read_text()):
            raise StepError(f"molecule verified nothing in {scenario}: its tests were not found")

    return run


def windows_hosts(step: Step) -> None:
    program, folder = winhost(), step.bin()
    try:
        env = {**variables(folder), "ANSIBLE_COLLECTIONS_PATH": str(galaxy_collections(folder))}
        step.call(folder / "pytest", "-q", "-p", "no:cacheprovider", "tests/integration/winhost", env=env)
    finally:
        subprocess.run([program, "down"], check=False, capture_output=True)


SCENARIOS = sorted(path.parent.name for path in ROOT.glob("molecule/*/molecule.yml"))
STEPS = [
    Step("diagnose", first_use, "make diagnose, twice, in a fresh copy"),
    Step("units", units, "unit tests, newest Python and ansible-core", "newest"),
    Step("units-oldest", units, f"unit tests, ansible-core {OLDEST_CORE}", "oldest"),
    Step("ruff", tool("ruff", "check", "--no-cache", "."), "Python style", "lint"),
    Step("mypy", mypy, "Python types of the controller side and of the tests", "lint"),
    Step("yamllint", tool("yamllint", "--strict", "."), "YAML style", "lint"),
    Step("reuse", tool("reuse", "lint"), "a licence and a copyright in every file", "lint"),
    Step("changelog", tool("antsibull-changelog", "lint"), "changelog and fragments", "lint"),
    Step("docs", tool("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", "."), "documentation of the plugins and roles", "lint"),
    Step("ansible-lint", tool("ansible-lint", "--offline", "--profile", "production"), "roles and playbooks, profile production", "lint"),
    Step("rendered", rendered, "generated documents are up to date", "newest"),
    Step("powershell", powershell, "PowerShell syntax, and nothing that 5.1 lacks"),
    Step("sanity", sanity, "ansible-test sanity, newest ansible-core", "newest"),
    Step("sanity-oldest", sanity, f"ansible-test sanity, ansible-core {OLDEST_CORE}", "oldest"),
    Step("importer", importer, "ansible-galaxy collection build, galaxy-importer", "importer"),
    Step("windows-hosts", windows_hosts, "the Windows collector over WinRM on simulated hosts", "newest"),
    *[Step(f"molecule-{name}", molecule(name), f"molecule test -s {name}", "newest") for name in SCENARIOS],
]


def planned(names: list[str]) -> list[Step]:
    """The steps of these names or of the groups that they begin with; all without names."""
    unknown = [name for name in names if not any(matches(step, name) for step in STEPS)]
    if unknown:
        say(f"no step is called {', '.join(unknown)}; the steps are {', '.join(step.name for step in STEPS)}; lint stands for all checking tools")
        raise SystemExit(2)
    return [step for step in STEPS if not names or any(matches(step, name) for name in names)]


def matches(step: Step, name: str) -> bool:
    return step.name == name or step.name.startswith(f"{name}-") or (name == "lint" and step.venv == "lint")

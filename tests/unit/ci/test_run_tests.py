# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner of `make test`: what it says of steps that pass, fail and are skipped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

CI = Path(__file__).resolve().parents[3] / "tests" / "ci"


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(CI))
    import _environments
    import _steps
    import run_tests

    monkeypatch.setattr(_steps, "LOGS", tmp_path)
    monkeypatch.setattr(run_tests, "LOGS", tmp_path)
    yield run_tests
    for module in (run_tests, _steps, _environments):
        del sys.modules[module.__name__]


def steps(runner: ModuleType, monkeypatch: pytest.MonkeyPatch, **runs: Callable[..., None]) -> None:
    made = [runner.Step(name, run, name) for name, run in runs.items()]
    monkeypatch.setattr(sys.modules["_steps"], "STEPS", made)


def test_outcomes_and_exit_status(runner: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def skip(_step: object) -> None:
        raise runner.SkipError("no such machine")

    steps(runner, monkeypatch, good=lambda step: step.call("true"), bad=lambda step: step.call("sh", "-c", "echo the reason; exit 3"), gone=skip)
    assert runner.main([]) == 1
    shown = capsys.readouterr().out
    assert shown.endswith("\n1 passed, 1 failed, 1 skipped\n")
    assert "    the reason\n" in shown
    assert "sh ended with 3" in shown
    assert "SKIPPED, no such machine" in shown


def test_skipped_is_no_failure(runner: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def skip(_step: object) -> None:
        raise runner.SkipError("no such machine")

    steps(runner, monkeypatch, gone=skip)
    assert runner.main([]) == 0


def test_what_a_test_program_skipped_is_said(runner: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    said = "SKIPPED [1] tests/x.py:3: no root\n===== 4 passed, 1 skipped in 0.10s ====="
    steps(runner, monkeypatch, units=lambda step: step.call("echo", said))
    assert runner.main([]) == 0
    shown = capsys.readouterr().out
    assert "units: SKIPPED [1] tests/x.py:3: no root" in shown
    assert "4 passed, 1 skipped" in shown.splitlines()[-3]


def test_the_counts_of_a_program_that_molecule_runs(runner: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    said = "  \x1b[2m│\x1b[0m SKIPPED [3] x.py:3: no disk\n  \x1b[2m│\x1b[0m ==== \x1b[32m110 passed\x1b[0m, 3 skipped in 4.17s"
    steps(runner, monkeypatch, molecule=lambda step: step.call("echo", said))
    assert runner.main([]) == 0
    shown = capsys.readouterr().out
    assert "molecule: SKIPPED [3] x.py:3: no disk" in shown
    assert "110 passed, 3 skipped" in shown.splitlines()[-3]


def test_a_missing_program_fails_its_step(runner: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    steps(runner, monkeypatch, absent=lambda step: step.call("/nonexistent/program"))
    assert runner.main([]) == 1


def test_names_and_groups(runner: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert [step.name for step in runner.planned(["sanity"])] == ["sanity", "sanity-oldest"]
    assert {"ruff", "mypy", "reuse"} < {step.name for step in runner.planned(["lint"])}
    assert "units" not in {step.name for step in runner.planned(["lint"])}
    with pytest.raises(SystemExit) as ended:
        runner.planned(["unitz"])
    assert ended.value.code == 2
    assert "no step is called unitz" in capsys.readouterr().out


@pytest.mark.usefixtures("runner")
def test_the_python_of_an_environment() -> None:
    environments = sys.modules["_environments"]
    available = {(3, 10): "a", (3, 12): "b", (3, 13): "c"}
    assert environments.choose("newest", available) == "c"
    assert environments.choose("oldest", available) == "a"
    with pytest.raises(environments.SkipError, match=r"Python 3\.10 to 3\.12 .* found 3\.13"):
        environments.choose("oldest", {(3, 13): "c"})

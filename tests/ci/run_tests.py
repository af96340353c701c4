# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run every test that this machine can run, and say what was skipped and why.

    run_tests.py [--list] [STEP ...]      STEP is a step, what its name begins with (units, sanity, molecule), or lint

Each step runs in a virtual environment below .cache/venvs, made once for its requirements. Logs are in .cache/test-logs.
Exit status 1 when a step failed. A step that cannot run here is skipped with its reason, loudly, and is no failure.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
import time

from _environments import LOGS, SkipError, StepError, environment, say
from _steps import STEPS, Step, planned


def perform(step: Step) -> tuple[str, str]:
    """Outcome and remark of one step."""
    say(f"{step.name}: {step.about}")
    step.log.write_text("")
    try:
        step.run(step)
    except SkipError as reason:
        say(f"{step.name}: SKIPPED, {reason}")
        return "skipped", str(reason)
    except (StepError, OSError, ValueError, subprocess.SubprocessError) as error:
        say(f"{step.name}: FAILED, {error}; the end of .cache/test-logs/{step.name}.log:")
        lines = step.log.read_text(errors="replace").splitlines()
        print("\n".join(f"    {line}" for line in lines[-40:]), flush=True)
        return "failed", str(error)
    finally:
        for line in [*step.remarks, *skipped_tests(step)]:
            say(f"{step.name}: {line}")
    return "passed", ", ".join([*counted(step), *step.remarks])


def plain(step: Step) -> str:
    """The log without colours and without the frame that molecule draws around what it runs."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", step.log.read_text(errors="replace"))
    return re.sub(r"^[ │]+", "", text, flags=re.MULTILINE)


def skipped_tests(step: Step) -> list[str]:
    """What the test program skipped: never silent."""
    return sorted(set(re.findall(r"^SKIPPED \[.*$", plain(step), re.MULTILINE)))


def counted(step: Step) -> list[str]:
    """What the test program itself counted, where it did."""
    counts = re.findall(r"^=*\s*(\d+ (?:passed|failed|skipped).*?) in [\d.]+s", plain(step), re.MULTILINE)
    return counts[-1:]


def prepare(steps: list[Step]) -> None:
    """Make the environments while the first steps run; what fails here fails again in its step, where it is reported."""
    for name in dict.fromkeys(step.venv for step in steps if step.venv):
        with contextlib.suppress(SkipError, StepError, OSError):
            environment(name)


def show(rows: list[tuple[str, str, float, str]]) -> None:
    width = max(len(row[0]) for row in rows)
    print(f"\n{'step':<{width}}  {'outcome':<8} {'seconds':>8}")
    for name, outcome, seconds, text in rows:
        print(f"{name:<{width}}  {outcome:<8} {seconds:>8.1f}  {text.splitlines()[0] if text else ''}")
    count = {outcome: sum(row[1] == outcome for row in rows) for outcome in ("passed", "failed", "skipped")}
    print(f"\n{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")


def main(arguments: list[str]) -> int:
    if "--list" in arguments:
        print("\n".join(f"{step.name:<26} {step.about}" for step in STEPS))
        return 0
    steps = planned(arguments)
    LOGS.mkdir(parents=True, exist_ok=True)
    threading.Thread(target=prepare, args=(steps,), daemon=True).start()
    rows = []
    for step in steps:
        begin = time.monotonic()
        outcome, text = perform(step)
        rows.append((step.name, outcome, time.monotonic() - begin, text))
    show(rows)
    return 1 if any(row[1] == "failed" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge and report saved documents on one core, and print how it grows: bench_judge.py [COUNT ...] (default 100 1000 10000).

The documents are those of docs/sample_fleet under other names. Each count runs in a process of its own, so that peak memory is its own.
Nothing here passes or fails; it prints what one run measured.
"""

from __future__ import annotations

import json
import os
import resource
import runpy
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "docs" / "sample_fleet"


def make(folder: Path, count: int) -> int:
    """COUNT documents; returns their bytes."""
    samples = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(SAMPLES.glob("*.json"))]
    size = 0
    for number in range(count):
        sample = samples[number % len(samples)]
        name = f"host{number:05d}"
        text = json.dumps({**sample, "host": {**sample["host"], "inventory_name": name}})
        size += len(text)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return size


def measure(folder: Path) -> None:
    """Judge and report one folder in this process and print the figures as JSON."""
    runpy.run_path(str(ROOT / "tests" / "conftest.py"))
    from ansible_collections.azvm.backup.plugins.plugin_utils._catalog_loader import load_catalogue
    from ansible_collections.azvm.backup.plugins.plugin_utils._fleet import judge_fleet
    from ansible_collections.azvm.backup.plugins.plugin_utils._report import build_report, render_all

    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
    begin = time.perf_counter()
    catalogue = load_catalogue()
    loaded = time.perf_counter()
    verdicts = judge_fleet(catalogue, documents=[], files=[], folder=folder, expected=[], codes=[])
    judged = time.perf_counter()
    report = build_report(verdicts, {"generated_at": "2026-11-22T08:00:00Z", "collection_version": "bench", "title": "bench"})
    written = render_all(report, folder / "report", ["html", "json", "markdown", "junit"])
    done = time.perf_counter()
    print(
        json.dumps(
            {
                "load": loaded - begin,
                "judge": judged - loaded,
                "report": done - judged,
                "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "html": written["html"].stat().st_size,
            }
        )
    )


def main(counts: list[int]) -> None:
    print(f"{'documents':>9} {'catalogue s':>11} {'judge s':>8} {'report s':>8} {'total s':>8} {'ms/doc':>7} {'peak MB':>8} {'html MB':>8} {'kB/doc':>7}")
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            size = make(Path(name), count)
            answer = subprocess.run([sys.executable, __file__, "--one", name], check=True, capture_output=True, text=True)
            figures = json.loads(answer.stdout)
        total = figures["load"] + figures["judge"] + figures["report"]
        print(
            f"{count:>9} {figures['load']:>11.2f} {figures['judge']:>8.2f} {figures['report']:>8.2f} {total:>8.2f} {1000 * total / count:>7.2f} "
            f"{figures['rss'] / 1e6:>8.0f} {figures['html'] / 1e6:>8.1f} {size / count / 1e3:>7.1f}",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(Path(sys.argv[2]))
    else:
        main([int(count) for count in sys.argv[1:]] or [100, 1000, 10000])

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at a report.html in Chromium: pictures at 1280 and 390 px, light and dark, and in print; and what a reader of the code cannot see.

screenshot.py report.html folder    writes PNG and PDF files to the folder; exit 1 when a check fails, 0 with a notice without Chromium

Checked in the browser: the page does not scroll sideways at 390 px, and holds no script, no event attribute and no address but https and #.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--hide-scrollbars", "--disable-dev-shm-usage", "--log-level=3"),
)
PHONE, DESK = 390, 1280
HEIGHTS = {PHONE: 7000, DESK: 4000}  # of a picture; the rest of a long report is not on it
# Runs in a frame of the given width, after the browser has built the page: what data made of it, not what the file looks like.
PROBE = """<script>
const all = [...document.querySelectorAll('*')];
const root = document.documentElement;
const mine = document.currentScript;
const told = {
  width: innerWidth,
  height: root.scrollHeight,
  overflow: root.scrollWidth - root.clientWidth,
  wide: all.filter(node => node.getBoundingClientRect().right > innerWidth + 1).slice(0, 5)
    .map(node => node.tagName + '.' + node.className + ' ' + node.textContent.slice(0, 60)),
  active: all.filter(node => node !== mine && /^(script|iframe|object|embed|img|form|link|base|svg)$/i.test(node.tagName)).map(node => node.tagName),
  handlers: all.flatMap(node => [...node.attributes]).filter(attribute => /^on/i.test(attribute.name)).map(attribute => attribute.name),
  addresses: all.flatMap(node => ['href', 'src', 'action'].map(name => node.getAttribute(name)))
    .filter(address => address && !/^(https:\\/\\/|#)/.test(address)),
};
parent.document.getElementById('told').textContent = JSON.stringify(told);
</script>"""
FRAME = """<!DOCTYPE html><meta charset="utf-8"><style>body {{ margin: 0 }} iframe {{ border: 0; width: {width}px; height: 3000px }}</style>
<iframe src="page.html"></iframe><pre id="told"></pre>"""


def find_browser() -> str | None:
    """The first Chromium that is installed."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _run(browser: str, *arguments: str) -> str:
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run([browser, *FLAGS, f"--user-data-dir={profile}", *arguments], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def probe(browser: str, page: Path, width: int) -> dict[str, Any]:
    """What the browser makes of a report at a width."""
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text(encoding="utf-8"), count=1)
    with tempfile.TemporaryDirectory() as folder:
        # Opened, because what is folded would hide an overflow.
        (Path(folder) / "page.html").write_text(html.replace("<details", "<details open").replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
        (Path(folder) / "frame.html").write_text(FRAME.format(width=width), encoding="utf-8")
        dom = _run(browser, "--allow-file-access-from-files", "--virtual-time-budget=10000", "--dump-dom", f"file://{folder}/frame.html")
    told = re.search(r'<pre id="told">(\{.*\})</pre>', dom, re.DOTALL)
    if not told:
        raise RuntimeError("Chromium did not run the probe; is the file a whole report.html?")
    result: dict[str, Any] = json.loads(told[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    return result


def faults(told: dict[str, Any], width: int) -> list[str]:
    """What is wrong with a page, as sentences."""
    found = [] if told["width"] == width else [f"the page was laid out at {told['width']} px, not at {width} px"]
    if told["overflow"] > 0:
        found.append(f"the page scrolls {told['overflow']} px sideways at {width} px: {told['wide']}")
    return found + [f"{key} in the page: {told[key]}" for key in ("active", "handlers", "addresses") if told[key]]


def pictures(browser: str, page: Path, folder: Path) -> list[Path]:
    """PNG files of a report at both widths, light and dark, and of its print."""
    made = []
    for name, width, more in (("desk", DESK, ()), ("phone", PHONE, ()), ("desk-dark", DESK, ("--blink-settings=preferredColorScheme=0",))):
        target = folder / f"{name}.png"
        # A window cannot be narrower than 500 px, a frame can.
        with tempfile.TemporaryDirectory() as place:
            height = HEIGHTS[width]
            frame = FRAME.format(width=width).replace("page.html", page.resolve().as_uri()).replace("3000px", f"{height}px")
            (Path(place) / "frame.html").write_text(frame, encoding="utf-8")
            _run(browser, *more, f"--window-size={max(width, 500)},{height}", f"--screenshot={target}", f"file://{place}/frame.html")
        made.append(target)
    pdf = folder / "print.pdf"
    _run(browser, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.resolve().as_uri())
    made.append(pdf)
    if shutil.which("pdftoppm"):
        subprocess.run(["pdftoppm", "-r", "70", "-png", str(pdf), str(folder / "print")], check=True)
        made += sorted(folder.glob("print-*.png"))
    return made


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or not Path(arguments[0]).is_file():
        print("usage: screenshot.py report.html folder", file=sys.stderr)
        return 2
    browser = find_browser()
    if browser is None:
        print("SKIPPED: no Chromium is installed, so nobody looked at the report (Debian: apt-get install chromium fonts-dejavu-core).", file=sys.stderr)
        return 0
    page, folder = Path(arguments[0]), Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    found = [sentence for width in (PHONE, DESK) for sentence in faults(probe(browser, page, width), width)]
    for path in pictures(browser, page, folder):
        print(path)
    for sentence in found:
        print(f"FAULT: {sentence}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

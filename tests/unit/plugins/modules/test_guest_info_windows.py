# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows collector as far as it goes without Windows: its files, and under PowerShell on Linux the functions that ask no Windows (E2).

PWSH names the program; otherwise it is unpacked once from ../shared/pwsh beside the checkout.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import re
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[4]
SHARED = ROOT.parent / "shared" / "pwsh"
MODULE = ROOT / "plugins" / "modules" / "guest_info_windows.ps1"
UTILS = sorted((ROOT / "plugins" / "module_utils").glob("_Guest*.psm1"))
SIDECAR = MODULE.with_suffix(".yml")
PLAN = ROOT / "plugins" / "plugin_utils" / "_collect_windows.yml"


@functools.lru_cache(maxsize=1)
def find_pwsh() -> Path | None:
    if os.environ.get("PWSH"):
        return Path(os.environ["PWSH"])
    archive = SHARED / "pwsh-linux-x64.tar.xz"
    program = ROOT / ".cache" / "pwsh-linux-x64" / "pwsh"
    if not program.exists() and archive.exists():
        with tarfile.open(archive) as tar:
            tar.extractall(program.parent.parent, filter="data")
    return program if program.exists() else None


@pytest.fixture(scope="module")
def pwsh() -> Path:
    program = find_pwsh()
    if program is None:
        pytest.skip(f"NOT RUN: no PowerShell; set PWSH or put pwsh-linux-x64.tar.xz into {SHARED}")
    return program


def run(pwsh: Path, script: str) -> Any:
    """What the script returns, through JSON, with the utilities loaded."""
    load = "".join(f"Import-Module '{path}' -Global\n" for path in UTILS)
    start = f"$ErrorActionPreference = 'Stop'\nSet-StrictMode -Version 2.0\n{load}"
    body = f"{start}\n$answer = & {{\n{script}\n}}\nConvertTo-Json -InputObject $answer -Depth 20 -Compress"
    encoded = base64.b64encode(body.encode("utf-16-le")).decode()
    answer = subprocess.run([str(pwsh), "-NoProfile", "-NonInteractive", "-EncodedCommand", encoded], capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# The files


def test_spec_and_sidecar_agree() -> None:
    text = MODULE.read_text()
    spec = {}
    for name, body in re.findall(r"^        (\w+) = @\{ (.+) \}$", text, re.M):
        spec[name] = {key: value.strip().strip("'") for key, value in (part.strip().split(" = ") for part in body.split(";"))}
    documented = yaml.safe_load(SIDECAR.read_text())["DOCUMENTATION"]["options"]
    assert set(spec) == set(documented)
    for name, option in documented.items():
        assert spec[name]["type"] == option["type"]
        assert spec[name].get("default") == (str(option["default"]) if "default" in option else None)
        assert ("required" in spec[name]) is option.get("required", False)


def test_module_requires_every_utility() -> None:
    required = set(re.findall(r"^#AnsibleRequires -PowerShell \.\.module_utils\.(\w+)$", MODULE.read_text(), re.M))
    assert required == {path.stem for path in UTILS}


def test_sources_are_those_of_the_contract() -> None:
    table = (ROOT / "docs" / "evidence.md").read_text().split("## Windows sources")[1].split("\nRegistry ids")[0]
    documented = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
    assert set(re.findall(r"@\{ name = '(\w+)'; function", MODULE.read_text())) == documented


def test_every_function_of_a_source_exists_once() -> None:
    defined = [name for path in UTILS for name in re.findall(r"^Function (\S+) \{", path.read_text(), re.M)]
    assert len(defined) == len(set(defined))
    assert set(re.findall(r"function = '(\S+)'", MODULE.read_text())) <= set(defined)
    assert all("-Guest" in name for name in defined), "the runner hands over functions of this name only"


def test_plan_has_every_section_that_is_read() -> None:
    plan = yaml.safe_load(PLAN.read_text())
    read = {section for path in UTILS for section in re.findall(r"Get-GuestPlan -Context \$Context -Section (\w+)", path.read_text())}
    assert read == set(plan)


def test_registry_ids_are_those_of_the_contract() -> None:
    line = next(line for line in (ROOT / "docs" / "evidence.md").read_text().splitlines() if line.startswith("Registry ids"))
    assert {key["id"] for key in yaml.safe_load(PLAN.read_text())["registry"]} == set(re.findall(r"`([a-z0-9_]+)`", line))


@pytest.mark.parametrize(("path", "limit"), [(MODULE, 150), *[(path, 250) for path in UTILS]], ids=lambda value: getattr(value, "name", ""))
def test_file_shape(path: Path, limit: int) -> None:
    text = path.read_text(encoding="ascii")
    assert len(text.splitlines()) <= limit
    assert "Set-StrictMode -Version 2.0" in text
    assert not re.search(r"Write-Host|Add-Type|Get-WmiObject|PSCustomObject", text)
    assert max(map(len, text.splitlines())) <= 160


def test_syntax_of_windows_powershell(pwsh: Path) -> None:
    checker = SHARED / "check-syntax.ps1"
    if not checker.exists():
        pytest.skip(f"NOT RUN: no {checker}")
    answer = subprocess.run(
        [str(pwsh), "-NoProfile", "-File", str(checker), str(MODULE), *map(str, UTILS)], capture_output=True, text=True, timeout=120, check=False
    )
    assert (answer.returncode, answer.stdout) == (0, "")


# The runner

CONTEXT = "@{ elevated = $true; max_bytes = 4096; plan = @{}; timeout = 1; since = [datetime]'2026-11-22T08:00:00Z'; wireserver = '127.0.0.1' }"
FUNCTIONS = """
function global:Get-GuestGood { param($Context, $Word = 'none') @{ text = "said $Word"; data = @{ limit = $Context.timeout } } }
function global:Get-GuestHung { param($Context) [System.Threading.Thread]::Sleep(60000); @{ data = 1 } }
function global:Get-GuestLocked { param($Context) throw [System.UnauthorizedAccessException]::new('verboten') }
function global:Get-GuestBug { param($Context) $Context.plan.nothing.of.it }
function global:Get-GuestNothing { param($Context) }
"""


def test_sources_run_side_by_side_and_fail_alone(pwsh: Path) -> None:
    script = f"""{FUNCTIONS}
    $sources = @(
        @{{ name = 'hung'; function = 'Get-GuestHung'; elevated = $false }}
        @{{ name = 'hung2'; function = 'Get-GuestHung'; elevated = $false }}
        @{{ name = 'hung3'; function = 'Get-GuestHung'; elevated = $false }}
        @{{ name = 'good'; function = 'Get-GuestGood'; elevated = $false; parameters = @{{ Word = 'hello' }} }}
        @{{ name = 'locked'; function = 'Get-GuestLocked'; elevated = $false }}
        @{{ name = 'bug'; function = 'Get-GuestBug'; elevated = $false }}
        @{{ name = 'nothing'; function = 'Get-GuestNothing'; elevated = $false }}
        @{{ name = 'missing'; function = 'Get-GuestNotThere'; elevated = $false }}
    )
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $results = Invoke-GuestSource -Source $sources -Context {CONTEXT} -Parallel 2
    @{{ results = $results; seconds = $clock.Elapsed.TotalSeconds }}"""
    answer = run(pwsh, script)
    results = answer["results"]
    assert {name: result["status"] for name, result in results.items()} == {
        "hung": "timeout",
        "hung2": "timeout",
        "hung3": "timeout",
        "good": "ok",
        "locked": "denied",
        "bug": "failed",
        "nothing": "failed",
        "missing": "failed",
    }
    assert results["good"]["text"] == "said hello" and results["good"]["truncated"] is False and results["good"]["data"] == {"limit": 1}
    assert answer["seconds"] < 20


def test_without_elevation_a_source_is_denied_and_not_run(pwsh: Path) -> None:
    script = f"""{FUNCTIONS}
    $context = {CONTEXT}
    $context.elevated = $false
    Invoke-GuestSource -Context $context -Source @(
        @{{ name = 'needs'; function = 'Get-GuestHung'; elevated = $true }}
        @{{ name = 'does_not'; function = 'Get-GuestGood'; elevated = $false }}
    )"""
    results = run(pwsh, script)
    assert results["needs"] == {"status": "denied", "error": "The session is not elevated."}
    assert results["does_not"]["status"] == "ok"


def test_failures_are_told_by_type_and_code(pwsh: Path) -> None:
    cases = {
        "denied": [
            "[System.UnauthorizedAccessException]::new('x')",
            "[System.Security.SecurityException]::new('x')",
            "[System.ComponentModel.Win32Exception]::new(5)",
        ],
        "absent": [
            "[System.IO.FileNotFoundException]::new('x')",
            "[System.IO.DirectoryNotFoundException]::new('x')",
            "[System.ComponentModel.Win32Exception]::new(2)",
        ],
        "timeout": ["[System.TimeoutException]::new('x')"],
        "failed": [
            "[System.ComponentModel.Win32Exception]::new(1722)",
            "[System.InvalidOperationException]::new('Access is denied')",
            "[System.IO.IOException]::new('The file was not found')",
        ],
    }
    wrapped = "[System.InvalidOperationException]::new('outer', [System.ComponentModel.Win32Exception]::new(5))"
    com = "[System.Runtime.InteropServices.COMException]::new('x', 0x80070005)"
    cases["denied"] += [wrapped, com]
    throws = [(status, expression) for status, expressions in cases.items() for expression in expressions]
    script = "@(" + "\n".join(f"try {{ throw {expression} }} catch {{ (Get-GuestFailure -ErrorRecord $_).status }}" for _status, expression in throws) + ")"
    assert run(pwsh, script) == [status for status, _expression in throws]


def test_cim_failures_are_told_by_their_identifier(pwsh: Path) -> None:
    record = "[System.Management.Automation.ErrorRecord]::new([System.Exception]::new('Ung\u00fcltige Klasse'), 'HRESULT {},X', 'NotSpecified', $null)"
    script = (
        "@("
        + "\n".join(f"(Get-GuestFailure -ErrorRecord ({record.format(code)})).status" for code in ("0x80041003", "0x80041010", "0x8004100e", "0x800706ba"))
        + ")"
    )
    assert run(pwsh, script) == ["denied", "absent", "absent", "failed"]


def test_error_is_one_masked_line(pwsh: Path) -> None:
    script = 'try { throw [System.Exception]::new("first`r`n second https://x/?sig=abc&y") } catch { (Get-GuestFailure -ErrorRecord $_).error }'
    assert run(pwsh, script) == "Exception: first second https://x/?sig=***&y (0x80131500)"


# Text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://a.blob/x?sv=1&sig=AbC%2Fd%3D&se=2", "https://a.blob/x?sv=1&sig=***&se=2"),
        ("https%3A%2F%2Fa%3Fsig%3DAbC", "https%3A%2F%2Fa%3Fsig%3D***"),
        ('{"protectedSettings": "MIIB+/=", "a": 1}', '{"protectedSettings": "***", "a": 1}'),
        ('{"x": "{\\"protectedSettings\\":\\"MIIB\\"}"}', '{"x": "{\\"protectedSettings\\":\\"***\\"}"}'),
        ('{"protectedSettings": {"a": "b"}, "publicSettings": {}}', '{"protectedSettings": "***", "publicSettings": {}}'),
        ('{"protectedSettings": null, "password": null}', '{"protectedSettings": null, "password": null}'),
        ("AccountName=a;AccountKey=abc==;EndpointSuffix=x", "AccountName=a;AccountKey=***;EndpointSuffix=x"),
        ("SharedAccessSignature=sv=1&sr=c", "SharedAccessSignature=***"),
        ("password: hunter2 next", "password: *** next"),
        ('"adminPassword":"p w"', '"adminPassword":"***"'),
        ("http://user:secret@proxy:3128", "http://***@proxy:3128"),
        ("design=good signature: none config=1", "design=good signature: none config=1"),
        ("", ""),
    ],
)
def test_secrets(pwsh: Path, text: str, masked: str) -> None:
    assert run(pwsh, f"Hide-GuestSecret -Text {quoted(text)}") == masked


def test_limit_keeps_whole_lines_of_the_wanted_end(pwsh: Path) -> None:
    text = "\n".join(f"line {number} ä" for number in range(100))
    calls = ["$t -MaxBytes 40", "$t -MaxBytes 40 -Head", "'short' -MaxBytes 40", "('ä' * 30) -MaxBytes 5"]
    script = f"$t = {quoted(text)}; @({', '.join(f'(Limit-GuestText -Text {call})' for call in calls)})"
    tail, head, short, single = run(pwsh, script)
    assert tail == {"text": "line 97 ä\nline 98 ä\nline 99 ä", "truncated": True}
    assert head == {"text": "line 0 ä\nline 1 ä\nline 2 ä\nline 3 ä\n", "truncated": True}
    assert short == {"text": "short", "truncated": False}
    assert single == {"text": "ää", "truncated": True}


def test_masked_or_cut_text_takes_its_raw_bytes_along(pwsh: Path) -> None:
    script = f"""@('plain', 'sig=abc', ('x' * 5000)) | ForEach-Object {{ Complete-GuestResult -Result @{{ text = $_; base64 = 'AAAA' }} -Context {CONTEXT} }}"""
    plain, masked, cut = run(pwsh, script)
    assert plain["base64"] == "AAAA" and plain["status"] == "ok"
    assert "base64" not in masked and masked["text"] == "sig=***"
    assert "base64" not in cut and cut["truncated"] is True


@pytest.mark.parametrize(
    ("page", "encoding", "text"),
    [
        (437, "utf-8", "状態: [8] 失敗"),
        (932, "cp932", "状態: [8] 失敗"),
        (866, "cp866", "Состояние: [1] Стабильный"),
        (850, "cp850", "Rückstand: [1]"),
        (850, "ascii", "State: [1]"),
    ],
)
def test_console_output_is_read_in_its_code_page(pwsh: Path, page: int, encoding: str, text: str) -> None:
    raw = base64.b64encode(text.encode(encoding)).decode()
    answer = run(pwsh, f"ConvertFrom-GuestConsole -Bytes ([System.Convert]::FromBase64String('{raw}')) -Oem ([System.Text.Encoding]::GetEncoding({page}))")
    assert answer == {"text": text, "data": {"code_page": 65001 if encoding in ("utf-8", "ascii") else page}}


def test_console_output_that_no_page_holds_keeps_its_bytes(pwsh: Path) -> None:
    raw = base64.b64encode(b"\x81\xff [1]").decode()
    answer = run(pwsh, f"ConvertFrom-GuestConsole -Bytes ([System.Convert]::FromBase64String('{raw}')) -Oem ([System.Text.Encoding]::GetEncoding(932))")
    assert answer["base64"] == raw and "[1]" in answer["text"]


@pytest.mark.parametrize(
    ("raw", "text", "exact"),
    [
        ("A ä".encode(), "A ä", True),
        ("\ufeffA".encode(), "A", True),
        ("A ä\r\n".encode("utf-16"), "A ä\r\n", True),
        ("ABC".encode("utf-16-le"), "ABC", True),
        (b"caf\xe9 \x93", "caf\\xE9 \\x93", False),
        (b"", "", True),
    ],
)
def test_files_are_read_in_their_encoding(pwsh: Path, raw: bytes, text: str, exact: bool) -> None:
    answer = run(pwsh, f"ConvertFrom-GuestBytes -Bytes ([byte[]]@({','.join(map(str, raw))}))")
    assert answer["text"] == text
    assert ("base64" not in answer) is exact


# Commands


def test_command_gives_bytes_and_exit_code(pwsh: Path) -> None:
    answer = run(
        pwsh,
        r"""$a = Invoke-GuestCommand -Path /bin/sh -Arguments '-c "printf \"a\\377\"; printf err >&2; exit 3"' -Timeout 5
        @{ code = $a.exit_code; out = @($a.stdout); err = @($a.stderr); late = $a.timed_out }""",
    )
    assert answer == {"code": 3, "out": [0x61, 0xFF], "err": list(b"err"), "late": False}


def test_command_that_hangs_is_killed(pwsh: Path) -> None:
    script = """
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $a = Invoke-GuestCommand -Path /bin/sh -Arguments '-c "echo $$; exec sleep 60"' -Timeout 1
    @{ late = $a.timed_out; pid = [int][System.Text.Encoding]::ASCII.GetString($a.stdout); seconds = $clock.Elapsed.TotalSeconds }"""
    answer = run(pwsh, script)
    assert answer["late"] is True and answer["seconds"] < 4
    assert not Path(f"/proc/{answer['pid']}").exists()


def test_missing_program_is_absent(pwsh: Path) -> None:
    assert run(pwsh, "try { Invoke-GuestCommand -Path /no/such/tool -Timeout 1 } catch { (Get-GuestFailure -ErrorRecord $_).status }") == "absent"


# Logs


def test_lines_of_the_window_that_match_and_the_last_ones(pwsh: Path) -> None:
    lines = [
        "2026-11-22T07:00:00.1Z old 0x80070005",
        "   belongs to the old one 0x80070006",
        "2026-11-22T09:00:00.1Z new 0x80070007",
        "   belongs to the new one 0x80070008",
        "2026-11-22T09:01:00.1Z nothing",
        "[00000012] [11/22/2026 10:00:00.12] [ERROR] 0x80070009",
        "last but one",
        "last",
    ]
    since = "([datetime]::new(2026, 11, 22, 8, 0, 0, [System.DateTimeKind]::Utc))"
    script = f"Select-GuestLine -Text {quoted(chr(10).join(lines))} -Since {since} -Keep '0x[0-9A-Fa-f]{{8}}' -Last 2"
    assert run(pwsh, script).split("\n") == [lines[2], lines[3], lines[5], lines[6], lines[7]]


def test_tail_of_a_file_and_the_newest_of_several(pwsh: Path, tmp_path: Path) -> None:
    (tmp_path / "old.log").write_text("old")
    os.utime(tmp_path / "old.log", (1, 1))
    (tmp_path / "new.log").write_text("0123456789")
    script = f"""
    $f = Find-GuestNewest -Folder '{tmp_path}' -Pattern '*.log'
    $t = Read-GuestTail -Path $f.FullName -Count 4
    $none = $null -eq (Find-GuestNewest -Folder '{tmp_path}' -Pattern '*.txt')
    @{{ name = $f.Name; text = [System.Text.Encoding]::ASCII.GetString($t.bytes); cut = $t.cut; none = $none }}"""
    assert run(pwsh, script) == {"name": "new.log", "text": "6789", "cut": True, "none": True}


def test_versions_sort_as_numbers(pwsh: Path, tmp_path: Path) -> None:
    for name in ("1.0.9.0", "1.0.94.0", "1.0.100.0", "backup"):
        (tmp_path / name).mkdir()
    assert run(pwsh, f"@(Find-GuestVersionFolder -Folder '{tmp_path}' | ForEach-Object {{ $_.Name }})") == ["1.0.100.0", "1.0.94.0", "1.0.9.0"]


def test_newest_status_file_is_the_one_of_the_newest_version(pwsh: Path, tmp_path: Path) -> None:
    for version, text in (("1.0.9.0", "old"), ("1.0.10.0", '{"sig": "sig=abc"}')):
        (tmp_path / version / "status").mkdir(parents=True)
        (tmp_path / version / "status" / "7.status").write_text(text)
    (tmp_path / "1.0.11.0").mkdir()
    plan = f"@{{ extension = @{{ root = '{tmp_path}'; status_folder = 'status'; status = @('*.status') }} }}"
    answer = run(pwsh, f"$c = {CONTEXT}; $c.plan = {plan}; $r = Get-GuestExtensionStatus -Context $c; Complete-GuestResult -Result $r -Context $c")
    assert answer["text"] == '{"sig": "sig=***"}' and answer["data"]["sequence"] == 7
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer["data"]["modified_at"])


# Events, with doubles of the cmdlet in place of the event log


def test_events_newest_first_within_the_limit(pwsh: Path) -> None:
    script = f"""
    function global:Get-WinEvent {{ param($FilterHashtable, $MaxEvents, $ErrorAction)
        $log = $FilterHashtable.LogName
        $make = {{ param($id, $text) $r = [PSCustomObject]@{{ ErrorId = $id }}; Write-Error -Message $text -ErrorId $id -ErrorAction Stop }}
        if ($log -eq 'None') {{ & $make 'NoMatchingLogsFound,X' 'Es gibt kein Protokoll' }}
        if ($log -eq 'Closed') {{ throw [System.UnauthorizedAccessException]::new('nein') }}
        if ($FilterHashtable.ProviderName -eq 'Quiet') {{ & $make 'NoMatchingEventsFound,X' 'Keine Ereignisse' }}
        if ($FilterHashtable.ProviderName -eq 'Unknown') {{ & $make 'NoMatchingProvidersFound,X' 'Kein Anbieter' }}
        foreach ($i in $FilterHashtable.Id) {{
            $e = [PSCustomObject]@{{ TimeCreated = [datetime]'2026-11-22T09:00:00'; Number = $i }}
            $e.TimeCreated = $e.TimeCreated.AddMinutes($i)
            $e | Add-Member -MemberType ScriptMethod -Name ToXml -Value {{ "<Event>$($this.Number) sig=abc " + ('x' * 950) + '</Event>' }} -PassThru
        }}
    }}
    $c = {CONTEXT}
    $c.plan = @{{ events = @(
        @{{ log = 'App'; provider = 'A'; ids = @(1, 5) }}, @{{ log = 'App'; provider = 'B'; ids = @(3, 4, 2) }}
        @{{ log = 'App'; provider = 'Quiet'; ids = @(1) }}
        @{{ log = 'App'; provider = 'Unknown'; ids = @(1) }}, @{{ log = 'None'; provider = 'A'; ids = @(1) }}, @{{ log = 'Closed'; provider = 'A'; ids = @(1) }}
    ) }}
    Get-GuestEvent -Context $c"""
    answer = run(pwsh, script)
    assert re.findall(r"<Event>(\d)", answer["text"]) == ["5", "4", "3", "2"] and "abc" not in answer["text"]
    assert answer["truncated"] is True and len(answer["text"]) <= 4096
    assert {row["log"]: row["status"] for row in answer["data"]} == {"App": "ok", "None": "absent", "Closed": "denied"}


# Facts


@pytest.mark.parametrize(
    ("image_path", "file"),
    [
        (r'"C:\Program Files\A B\x.exe" -k', r"C:\Program Files\A B\x.exe"),
        (r"C:\Program Files\A B\x.exe -k y", r"C:\Program Files\A B\x.exe"),
        (r"\SystemRoot\System32\drivers\a.sys", r"System32\drivers\a.sys"),
        (r"system32\svchost.exe -k x", r"system32\svchost.exe"),
        (r"\??\C:\x.exe", r"C:\x.exe"),
    ],
)
def test_program_of_an_image_path(pwsh: Path, image_path: str, file: str) -> None:
    # Linux takes every one of them as relative, so only the end is compared.
    assert run(pwsh, f"$env:SystemRoot = 'C:\\Windows'; Get-GuestImageFile -ImagePath {quoted(image_path)}").endswith(file)


@pytest.mark.parametrize(
    ("paths", "hidden"),
    [
        (["N/A: Must be an administrator to view exclusions"], True),
        (["N. z.: Sie müssen Administrator sein"], True),
        ([r"C:\x", r"%windir%\y", r"\\s\z"], False),
        ([], False),
    ],
)
def test_hidden_exclusions_are_not_taken_for_paths(pwsh: Path, paths: list[str], hidden: bool) -> None:
    answer = run(pwsh, f"{_defender(paths)}; Get-GuestDefender -Context {CONTEXT}")
    assert answer["data"]["exclusions_hidden"] is hidden
    assert answer["data"]["exclusion_paths"] == ([] if hidden else paths)


def test_stopped_defender_is_not_available(pwsh: Path) -> None:
    stopped = "function global:Get-MpComputerStatus { throw 'Fehler: 0x800106ba' }"
    plan = "$c.plan = @{ defender_unavailable = @('0x800106ba') }"
    answer = run(pwsh, f"{_defender([])}; {stopped}; $c = {CONTEXT}; {plan}; Get-GuestDefender -Context $c")
    assert answer["data"]["available"] is False and "status" not in answer


def _defender(paths: list[str]) -> str:
    listed = ", ".join(map(quoted, paths))
    return (
        "function global:Get-Service { param($Name)\n"
        "[PSCustomObject]@{} | Add-Member -MemberType ScriptMethod -Name get_Status -Value { 'Running' } -PassThru }\n"
        "function global:Get-MpComputerStatus { [PSCustomObject]@{ IsTamperProtected = $true; AMRunningMode = 'Normal' } }\n"
        f"function global:Get-MpPreference {{ [PSCustomObject]@{{ ExclusionPath = @({listed}) }} }}\n"
    )


@pytest.mark.parametrize("state", ["open", "refused"])
def test_port_probe(pwsh: Path, state: str) -> None:
    import socket

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if state == "open":
            server.listen()
        probe = run(pwsh, f"Test-GuestPort -Address 127.0.0.1 -Port {server.getsockname()[1]} -Timeout 2")
    assert probe["state"] == state and (probe["errno"] is None) is (state == "open")


def test_missing_plan_section_is_a_clear_error(pwsh: Path) -> None:
    answer = run(pwsh, f"try {{ Get-GuestPlan -Context {CONTEXT} -Section events }} catch {{ (Get-GuestFailure -ErrorRecord $_) }}")
    assert answer["status"] == "failed" and "no section 'events'" in answer["error"]

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# FOR INTERNAL COLLECTION USE ONLY
# Anything here may change in any release of this collection without notice.

# Native commands: started as processes with a limit, their output taken as bytes.
Set-StrictMode -Version 2.0

Function Get-GuestOemEncoding {
    <#
    .SYNOPSIS
    The OEM code page of the system, in which console tools write when no console says otherwise.
    #>
    $number = Get-GuestRegistryData -Path 'HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage' -Name OEMCP
    $page = 437
    if (-not [int]::TryParse([string]$number, [ref]$page)) { $page = 437 }
    [System.Text.Encoding]::GetEncoding($page)
}

Function ConvertFrom-GuestConsole {
    <#
    .SYNOPSIS
    Output of a console tool as text, with the code page that it is in.
    .NOTES
    A tool writes in the code page of the console that it inherits (65001 over WinRM) or in the OEM page where there is none (PSRP).
    Text of an OEM page with letters beyond ASCII is practically never well-formed UTF-8, so the bytes tell which it was.
    #>
    param([Parameter(Mandatory)][AllowEmptyCollection()][byte[]]$Bytes, [System.Text.Encoding]$Oem = (Get-GuestOemEncoding))

    $encoding = [System.Text.UTF8Encoding]::new($false, $true)
    try { $text = $encoding.GetString($Bytes) }
    catch [System.ArgumentException] {
        $encoding = $Oem
        $text = $encoding.GetString($Bytes)
    }
    $result = @{ text = $text; data = @{ code_page = $encoding.CodePage } }
    if ([System.Convert]::ToBase64String($encoding.GetBytes($text)) -cne [System.Convert]::ToBase64String($Bytes)) {
        $result.base64 = [System.Convert]::ToBase64String($Bytes)
    }
    $result
}

Function Invoke-GuestCommand {
    <#
    .SYNOPSIS
    Runs a program and returns its exit code and the bytes it wrote; one that does not end in time is killed.
    #>
    param([Parameter(Mandatory)][string]$Path, [string]$Arguments = '', [Parameter(Mandatory)][int]$Timeout)

    $start = [System.Diagnostics.ProcessStartInfo]::new($Path, $Arguments)
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $stdout = [System.IO.MemoryStream]::new()
    $stderr = [System.IO.MemoryStream]::new()
    try {
        $process.StandardInput.Close()
        $reads = [System.Threading.Tasks.Task[]]@(
            $process.StandardOutput.BaseStream.CopyToAsync($stdout)
            $process.StandardError.BaseStream.CopyToAsync($stderr)
        )
        $timed_out = -not $process.WaitForExit($Timeout * 1000)
        if ($timed_out) {
            try { $process.Kill() } catch [System.InvalidOperationException] { $timed_out = $false }
            $null = $process.WaitForExit(1000)
        }
        # A child that inherited the pipe may keep it open; what was written so far is enough then. A busy host needs seconds to hand it over.
        $null = [System.Threading.Tasks.Task]::WaitAll($reads, $(if ($timed_out) { 500 } else { 5000 }))
        @{
            exit_code = $(if ($process.HasExited) { $process.ExitCode } else { $null })
            stdout = $stdout.ToArray()
            stderr = $stderr.ToArray()
            timed_out = $timed_out
        }
    } finally {
        $process.Dispose()
    }
}

Function Get-GuestVss {
    <#
    .SYNOPSIS
    What `vssadmin list <What>` prints. A native command, because VSS has no managed interface.
    #>
    param([Parameter(Mandatory)]$Context, [Parameter(Mandatory)][ValidateSet('writers', 'providers', 'shadows')][string]$What)

    $path = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'vssadmin.exe')
    $answer = Invoke-GuestCommand -Path $path -Arguments "list $What" -Timeout $Context.timeout
    # Assigned, not taken from an expression, which would turn an empty array into null.
    [byte[]]$bytes = $answer.stdout
    if ($bytes.Length -eq 0) { $bytes = $answer.stderr }
    $result = ConvertFrom-GuestConsole -Bytes $bytes
    $result.exit_code = $answer.exit_code
    $result.keep_head = $true
    if ($answer.timed_out) {
        $result.status = 'timeout'
        $result.error = "vssadmin list $What did not end within $($Context.timeout) s and was stopped."
    }
    $result
}

Function Get-GuestFolderAcl {
    <#
    .SYNOPSIS
    The access control list of the MachineKeys folder as SDDL.
    .NOTES
    icacls /save writes SDDL, which has no localized names, and needs no privilege that Get-Acl asks for.
    #>
    param([Parameter(Mandatory)]$Context)

    $path = [System.Environment]::ExpandEnvironmentVariables((Get-GuestPlan -Context $Context -Section machinekeys))
    $null = [System.IO.File]::GetAttributes($path)
    $file = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), "azvm-backup-$([guid]::NewGuid()).acl")
    try {
        $tool = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'icacls.exe')
        $answer = Invoke-GuestCommand -Path $tool -Arguments "`"$path`" /save `"$file`"" -Timeout $Context.timeout
        $result = @{ path = $path; exit_code = $answer.exit_code }
        if ($answer.timed_out) {
            $result.status = 'timeout'
            $result.error = "icacls did not end within $($Context.timeout) s and was stopped."
        } elseif ($answer.exit_code -eq 5) {
            $result.status = 'denied'
            $result.error = 'icacls may not read the descriptor (exit code 5).'
        } elseif (-not [System.IO.File]::Exists($file)) {
            $result.status = 'failed'
            $result.error = "icacls saved nothing (exit code $($answer.exit_code))."
        } else {
            $lines = [System.IO.File]::ReadAllText($file, [System.Text.Encoding]::Unicode) -split '\r?\n'
            $result.text = [string](@($lines | Where-Object { $_ -cmatch '^D:' }) + '')[0]
        }
        $result
    } finally {
        # .NET deletes without complaint what is not there.
        [System.IO.File]::Delete($file)
    }
}

Export-ModuleMember -Function *-Guest*

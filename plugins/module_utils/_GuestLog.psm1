# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# FOR INTERNAL COLLECTION USE ONLY
# Anything here may change in any release of this collection without notice.

# Files and logs: read from the end, filtered by time and by the patterns of the plan.
Set-StrictMode -Version 2.0

Function ConvertFrom-GuestBytes {
    <#
    .SYNOPSIS
    Bytes of a file as text: by its byte order mark, as UTF-16 without one, as UTF-8; what is none of these stands as \xNN.
    #>
    param([Parameter(Mandatory)][AllowEmptyCollection()][byte[]]$Bytes)

    if ($Bytes.Length -ge 2 -and $Bytes[0] -eq 0xFF -and $Bytes[1] -eq 0xFE) {
        return @{ text = [System.Text.Encoding]::Unicode.GetString($Bytes, 2, $Bytes.Length - 2) }
    }
    if ($Bytes.Length -ge 4 -and $Bytes[1] -eq 0 -and $Bytes[3] -eq 0) { return @{ text = [System.Text.Encoding]::Unicode.GetString($Bytes) } }
    $skip = if ($Bytes.Length -ge 3 -and $Bytes[0] -eq 0xEF -and $Bytes[1] -eq 0xBB -and $Bytes[2] -eq 0xBF) { 3 } else { 0 }
    try { return @{ text = [System.Text.UTF8Encoding]::new($false, $true).GetString($Bytes, $skip, $Bytes.Length - $skip) } }
    catch [System.ArgumentException] {
        $text = [System.Text.Encoding]::GetEncoding(28591).GetString($Bytes)
        @{
            text = [regex]::Replace($text, '[\x80-\xFF]', { param($match) '\x{0:X2}' -f [int][char]$match.Value })
            base64 = [System.Convert]::ToBase64String($Bytes)
        }
    }
}

Function Read-GuestTail {
    <#
    .SYNOPSIS
    The last bytes of a file that others may be writing.
    #>
    param([Parameter(Mandatory)][string]$Path, [int]$Count = 1048576)

    $stream = [System.IO.FileStream]::new($Path, 'Open', 'Read', 'ReadWrite, Delete')
    try {
        $skip = [math]::Max(0, $stream.Length - $Count)
        # An even offset keeps UTF-16 in step.
        $null = $stream.Seek($skip - $skip % 2, 'Begin')
        $memory = [System.IO.MemoryStream]::new()
        $stream.CopyTo($memory)
        @{ bytes = $memory.ToArray(); cut = $skip -gt 0 }
    } finally {
        $stream.Dispose()
    }
}

Function Find-GuestNewest {
    <#
    .SYNOPSIS
    The newest file of a folder whose name matches one of the patterns; a folder that is not there or not readable is an exception.
    #>
    param([Parameter(Mandatory)][string]$Folder, [Parameter(Mandatory)][string[]]$Pattern)

    $files = foreach ($entry in $Pattern) { [System.IO.DirectoryInfo]::new($Folder).GetFiles($entry) }
    @($files | Sort-Object -Descending -Property LastWriteTimeUtc, Name)[0..0]
}

Function Find-GuestVersionFolder {
    <#
    .SYNOPSIS
    The version folders below a folder, newest version first.
    #>
    param([Parameter(Mandatory)][string]$Folder)

    $root = [System.Environment]::ExpandEnvironmentVariables($Folder)
    $folders = @([System.IO.DirectoryInfo]::new($root).GetDirectories() | Where-Object { $_.Name -match '^\d+(\.\d+)+$' })
    $folders | Sort-Object -Descending -Property { ConvertTo-GuestVersion -Text $_.Name }
}

Function Get-GuestLineTime {
    <#
    .SYNOPSIS
    The time at which a log line was written, or nothing. Both logs write UTC.
    #>
    param([Parameter(Mandatory)][AllowEmptyString()][string]$Line)

    $match = [regex]::Match($Line, '^.{0,24}?(?<date>\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{4})[T ](?<time>\d\d:\d\d:\d\d)')
    if (-not $match.Success) { return }
    $time = [datetime]::MinValue
    $style = [System.Globalization.DateTimeStyles]'AssumeUniversal, AdjustToUniversal'
    $text = '{0} {1}' -f $match.Groups['date'].Value, $match.Groups['time'].Value
    if ([datetime]::TryParse($text, [System.Globalization.CultureInfo]::InvariantCulture, $style, [ref]$time)) { $time }
}

Function Select-GuestLine {
    <#
    .SYNOPSIS
    Lines of the window that match the pattern, and the last lines in any case.
    #>
    param([Parameter(Mandatory)][AllowEmptyString()][string]$Text, [Parameter(Mandatory)][datetime]$Since, [Parameter(Mandatory)][string]$Keep, [int]$Last = 10)

    $lines = @($Text.TrimEnd() -split '\r?\n')
    $inside = $true
    $kept = for ($i = 0; $i -lt $lines.Count; $i++) {
        $wanted = $i -ge $lines.Count - $Last
        if (-not $wanted -and $lines[$i] -notmatch $Keep) { continue }
        # A line without a time belongs to the entry before it that was kept.
        $time = Get-GuestLineTime -Line $lines[$i]
        if ($null -ne $time) { $inside = $time -ge $Since }
        if ($inside -or $wanted) { $lines[$i] }
    }
    @($kept) -join "`n"
}

Function Get-GuestLogText {
    <#
    .SYNOPSIS
    A log file as the result of a source.
    #>
    param([Parameter(Mandatory)]$Context, [Parameter(Mandatory)][System.IO.FileInfo]$File, [Parameter(Mandatory)][string]$Keep)

    $tail = Read-GuestTail -Path $File.FullName
    $text = (ConvertFrom-GuestBytes -Bytes $tail.bytes).text
    if ($tail.cut) { $text = $text.Substring($text.IndexOf([char]10) + 1) }
    @{ text = (Select-GuestLine -Text $text -Since $Context.since -Keep $Keep); path = $File.FullName }
}

Function Get-GuestAgentLog {
    <#
    .SYNOPSIS
    Lines of the newest log of the guest agent.
    #>
    param([Parameter(Mandatory)]$Context)

    $plan = Get-GuestPlan -Context $Context -Section agent
    $file = Find-GuestNewest -Folder ([System.Environment]::ExpandEnvironmentVariables($plan.log_folder)) -Pattern $plan.logs
    if ($null -eq $file) { return @{ status = 'absent' } }
    Get-GuestLogText -Context $Context -File $file -Keep $plan.keep
}

Function Get-GuestAgentFile {
    <#
    .SYNOPSIS
    Version and age of the programs of the guest agent.
    #>
    param([Parameter(Mandatory)]$Context)

    $plan = Get-GuestPlan -Context $Context -Section agent
    $root = [System.IO.DirectoryInfo]::new([System.Environment]::ExpandEnvironmentVariables($plan.root))
    $data = foreach ($pattern in $plan.folders) {
        foreach ($folder in $root.GetDirectories($pattern)) {
            foreach ($name in $plan.files) {
                $path = [System.IO.Path]::Combine($folder.FullName, $name)
                $file = Get-GuestFileVersion -Path $path
                if (-not $file.exists) { continue }
                @{ path = $path; version = $file.version; modified_at = (ConvertTo-GuestTime -Time ([System.IO.File]::GetLastWriteTimeUtc($path))) }
            }
        }
    }
    if ($null -eq $data) { return @{ status = 'absent' } }
    @{ data = @(@($data) | Sort-Object -Descending -Property { $_.modified_at } | Select-Object -First 10) }
}

Function Get-GuestExtension {
    <#
    .SYNOPSIS
    The installed versions of the backup extension and their files.
    #>
    param([Parameter(Mandatory)]$Context)

    $plan = Get-GuestPlan -Context $Context -Section extension
    $folders = foreach ($folder in @(Find-GuestVersionFolder -Folder $plan.root | Select-Object -First 3)) {
        $files = @(foreach ($name in $plan.files) { Get-GuestFileVersion -Path ([System.IO.Path]::Combine($folder.FullName, $name)) })
        @{ version = $folder.Name; path = $folder.FullName; files = $files }
    }
    if ($null -eq $folders) { return @{ status = 'absent' } }
    @{ data = @{ folders = @($folders) } }
}

Function Get-GuestExtensionStatus {
    <#
    .SYNOPSIS
    The newest status file of the newest version of the extension that has one.
    #>
    param([Parameter(Mandatory)]$Context)

    $plan = Get-GuestPlan -Context $Context -Section extension
    foreach ($folder in Find-GuestVersionFolder -Folder $plan.root) {
        $place = [System.IO.Path]::Combine($folder.FullName, $plan.status_folder)
        # Numbered names; the time decides, because sequence numbers start again.
        $file = try { Find-GuestNewest -Folder $place -Pattern $plan.status } catch [System.IO.DirectoryNotFoundException] { $null }
        if ($null -eq $file) { continue }
        $tail = Read-GuestTail -Path $file.FullName -Count (4 * $Context.max_bytes)
        $result = ConvertFrom-GuestBytes -Bytes $tail.bytes
        $number = 0
        $named = [int]::TryParse([System.IO.Path]::GetFileNameWithoutExtension($file.Name), [ref]$number)
        $result.path = $file.FullName
        $result.truncated = $tail.cut
        $result.data = @{ sequence = $(if ($named) { $number } else { $null }); modified_at = (ConvertTo-GuestTime -Time $file.LastWriteTimeUtc) }
        return $result
    }
    @{ status = 'absent' }
}

Function Get-GuestExtensionLog {
    <#
    .SYNOPSIS
    Lines of the newest log of the newest version of the extension that has one.
    #>
    param([Parameter(Mandatory)]$Context)

    $plan = Get-GuestPlan -Context $Context -Section extension
    foreach ($folder in Find-GuestVersionFolder -Folder $plan.log_root) {
        $file = Find-GuestNewest -Folder $folder.FullName -Pattern $plan.logs
        if ($null -ne $file) { return Get-GuestLogText -Context $Context -File $file -Keep $plan.keep }
    }
    @{ status = 'absent' }
}

Export-ModuleMember -Function *-Guest*

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# FOR INTERNAL COLLECTION USE ONLY
# Anything here may change in any release of this collection without notice.

# Runs sources side by side, each in its own runspace with its own limit, so that one that hangs costs its limit once and nothing else.
Set-StrictMode -Version 2.0

Function Get-GuestFailure {
    <#
    .SYNOPSIS
    The status and one line for a failure, told by exception type, Win32 code and HRESULT; message texts are localized and never looked at.
    #>
    param([Parameter(Mandatory)][System.Management.Automation.ErrorRecord]$ErrorRecord)

    # 0x80041003 WBEM access denied; 0x80041010, 0x8004100E, 0x80041002 WBEM class, namespace, object missing; 0x80070102 wait timeout
    $codes = @{
        '0x80070005' = 'denied'; '0x80041003' = 'denied'; '0x80070002' = 'absent'; '0x80070003' = 'absent'
        '0x80041010' = 'absent'; '0x8004100E' = 'absent'; '0x80041002' = 'absent'; '0x80070102' = 'timeout'
    }
    $types = @(
        @{ type = [System.UnauthorizedAccessException]; status = 'denied' }
        @{ type = [System.Security.SecurityException]; status = 'denied' }
        @{ type = [System.IO.FileNotFoundException]; status = 'absent' }
        @{ type = [System.IO.DirectoryNotFoundException]; status = 'absent' }
        @{ type = [System.Management.Automation.ItemNotFoundException]; status = 'absent' }
        @{ type = [System.TimeoutException]; status = 'timeout' }
    )
    $status = $null
    $shown = $null
    $seen = New-Object -TypeName System.Collections.Generic.List[string]
    for ($exception = $ErrorRecord.Exception; $null -ne $exception; $exception = $exception.InnerException) {
        foreach ($entry in $types) {
            if ($null -eq $status -and $entry.type.IsInstanceOfType($exception)) { $status = $entry.status }
        }
        if ($exception -is [System.ComponentModel.Win32Exception]) {
            # 1722 and the like stay `failed`: only these three say something about permission or existence.
            if ($exception.NativeErrorCode -in 2, 3, 5) { $seen.Add('0x{0:X8}' -f (0x80070000L + $exception.NativeErrorCode)) }
        }
        $seen.Add('0x{0:X8}' -f $exception.HResult)
        $shown = $exception
    }
    # CIM cmdlets put the code of the provider here, and only here.
    $match = [regex]::Match([string]$ErrorRecord.FullyQualifiedErrorId, 'HRESULT (0x[0-9A-Fa-f]{8})')
    if ($match.Success) { $seen.Insert(0, '0x' + $match.Groups[1].Value.Substring(2).ToUpperInvariant()) }
    foreach ($code in $seen) {
        if ($null -eq $status -and $codes.ContainsKey($code)) { $status = $codes[$code] }
    }
    if ($null -eq $status) { $status = 'failed' }
    $line = '{0}: {1} ({2})' -f $shown.GetType().Name, ($shown.Message -replace '\s+', ' ').Trim(), $seen[0]
    @{ status = $status; error = (Hide-GuestSecret -Text $line) }
}

Function Hide-GuestSecret {
    <#
    .SYNOPSIS
    The text without signatures, keys and passwords.
    #>
    param([AllowNull()][AllowEmptyString()][string]$Text)

    if ([string]::IsNullOrEmpty($Text)) { return $Text }
    $options = [System.Text.RegularExpressions.RegexOptions]'IgnoreCase, CultureInvariant'
    # The protected settings are base64 or an object, in plain JSON or in JSON inside JSON (\").
    # What was JSON stays JSON.
    $Text = [regex]::Replace($Text, '(protectedSettings)([\\"'']*)(\s*[:=>]\s*)\{[^}]*\}', '$1$2$3$2***$2', $options)
    $Text = [regex]::Replace($Text, '(protectedSettings[\\"'']*\s*[:=>]\s*[\\"'']*)(?!null\b)[^\\"'',}\s<]+', '$1***', $options)
    $Text = [regex]::Replace($Text, '((?:%3f|%26|\b)sig)(=|%3d)[^&\s"''\\<;,]+', '$1$2***', $options)
    $Text = [regex]::Replace($Text, '\b(SharedAccessSignature|SharedAccessKey|AccountKey)(\s*=\s*)[^;"''\\<\s]+', '$1$2***', $options)
    $words = '\b(\w*(?:password|passwd|pwd|secret|accesskey))([\\"'']*\s*[:=]\s*)(?!null\b)'
    $Text = [regex]::Replace($Text, $words + '(?:(\\?["''])(?:(?!\3)[^\r\n])*|[^\s"''\\,;&<}]+)', '$1$2$3***', $options)
    [regex]::Replace($Text, '(://)[^/\s:@"'']+:[^/\s@"'']+@', '$1***@', $options)
}

Function Limit-GuestText {
    <#
    .SYNOPSIS
    Cuts text to a number of UTF-8 bytes at a line end; the end of it is kept, or the beginning with -Head.
    #>
    param([Parameter(Mandatory)][AllowEmptyString()][string]$Text, [Parameter(Mandatory)][int]$MaxBytes, [switch]$Head)

    $utf8 = [System.Text.Encoding]::UTF8
    if ($utf8.GetByteCount($Text) -le $MaxBytes) { return @{ text = $Text; truncated = $false } }
    $bytes = $utf8.GetBytes($Text)
    if ($Head) {
        $kept = $utf8.GetString($bytes, 0, $MaxBytes)
        $end = $kept.LastIndexOf([char]10)
        return @{ text = $(if ($end -ge 0) { $kept.Substring(0, $end + 1) } else { $kept.TrimEnd([char]0xFFFD) }); truncated = $true }
    }
    $kept = $utf8.GetString($bytes, $bytes.Length - $MaxBytes, $MaxBytes)
    $start = $kept.IndexOf([char]10)
    @{ text = $(if ($start -ge 0 -and $start -lt $kept.Length - 1) { $kept.Substring($start + 1) } else { $kept.TrimStart([char]0xFFFD) }); truncated = $true }
}

Function Get-GuestPlan {
    <#
    .SYNOPSIS
    A section of the plan; a missing one is an error, never an empty result.
    #>
    param([Parameter(Mandatory)]$Context, [Parameter(Mandatory)][string]$Section)

    if (-not $Context.plan.ContainsKey($Section)) {
        throw [System.ArgumentException]::new("The option plan has no section '$Section'; call azvm.backup.guest_info, which fills it.")
    }
    , $Context.plan[$Section]
}

Function ConvertTo-GuestTime {
    <#
    .SYNOPSIS
    A point in time as UTC ISO 8601.
    #>
    param([AllowNull()]$Time)

    if ($null -eq $Time) { return $null }
    ([datetime]$Time).ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", [System.Globalization.CultureInfo]::InvariantCulture)
}

Function Complete-GuestResult {
    <#
    .SYNOPSIS
    What a source gave, with its text masked and cut.
    #>
    param([Parameter(Mandatory)][AllowNull()]$Result, [Parameter(Mandatory)]$Context)

    if ($Result -isnot [System.Collections.IDictionary]) { return @{ status = 'failed'; error = 'The source gave no result.' } }
    if (-not $Result.ContainsKey('status')) { $Result.status = 'ok' }
    if ($Result.ContainsKey('text')) {
        $head = [bool]$Result['keep_head']
        $cut = Limit-GuestText -Text (Hide-GuestSecret -Text $Result.text) -MaxBytes $Context.max_bytes -Head:$head
        # The raw bytes would bring back what the mask or the limit took away.
        if ($Result.ContainsKey('base64') -and $cut.text -cne $Result.text) { $Result.Remove('base64') }
        $Result.text = $cut.text
        $Result.truncated = $cut.truncated -or [bool]$Result['truncated']
    }
    $Result.Remove('keep_head')
    $Result
}

Function Invoke-GuestSource {
    <#
    .SYNOPSIS
    Runs every source, each a hashtable of name, function, parameters and elevated, and returns name -> result.
    #>
    param([Parameter(Mandatory)][hashtable[]]$Source, [Parameter(Mandatory)][hashtable]$Context, [int]$Parallel = 4)

    $state = [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
    foreach ($function in Get-Item -Path Function:\*-Guest*) {
        $state.Commands.Add([System.Management.Automation.Runspaces.SessionStateFunctionEntry]::new($function.Name, $function.Definition))
    }
    $pool = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspacePool(1, $Parallel, $state, $Host)
    $pool.Open()
    $script = {
        param($Slot, $Context)
        Set-StrictMode -Version 2.0
        $ErrorActionPreference = 'Stop'
        $ProgressPreference = 'SilentlyContinue'
        $WarningPreference = 'SilentlyContinue'
        # The process would wait for a thread in the foreground: a source that hangs must not keep it alive.
        [System.Threading.Thread]::CurrentThread.IsBackground = $true
        $Slot.started = [datetime]::UtcNow
        $parameters = $Slot.parameters
        try { $Slot.result = & $Slot.function -Context $Context @parameters }
        catch { $Slot.result = Get-GuestFailure -ErrorRecord $_ }
    }
    $results = @{}
    $pending = New-Object -TypeName System.Collections.ArrayList
    foreach ($entry in $Source) {
        if ($entry.elevated -and -not $Context.elevated) {
            $results[$entry.name] = @{ status = 'denied'; error = 'The session is not elevated.' }
            continue
        }
        $parameters = if ($entry.ContainsKey('parameters')) { $entry.parameters } else { @{} }
        $slot = [hashtable]::Synchronized(@{ function = $entry.function; parameters = $parameters; started = $null; result = $null })
        $shell = [powershell]::Create()
        $shell.RunspacePool = $pool
        $null = $shell.AddScript($script.ToString()).AddArgument($slot).AddArgument($Context)
        $null = $pending.Add(@{ name = $entry.name; slot = $slot; shell = $shell; handle = $shell.BeginInvoke() })
    }
    # A source ends its own commands at the limit; two seconds later it is given up.
    $limit = [timespan]::FromSeconds($Context.timeout + 2)
    $hung = $false
    while ($pending.Count) {
        $handles = [System.Threading.WaitHandle[]]@($pending | Select-Object -First 60 | ForEach-Object { $_.handle.AsyncWaitHandle })
        $null = [System.Threading.WaitHandle]::WaitAny($handles, 100)
        foreach ($job in @($pending)) {
            if ($job.handle.IsCompleted) {
                $results[$job.name] = Complete-GuestResult -Result $job.slot.result -Context $Context
                $job.shell.Dispose()
                $pending.Remove($job)
            } elseif ($job.slot.started -and [datetime]::UtcNow - $job.slot.started -gt $limit) {
                $results[$job.name] = @{ status = 'timeout'; error = "No answer within $($Context.timeout) s." }
                $pending.Remove($job)
                # It is left alone: stopping a pipeline waits, in the foreground, for what hangs. It keeps its runspace, so the others get one more.
                $null = $pool.SetMaxRunspaces($pool.GetMaxRunspaces() + 1)
                $hung = $true
            }
        }
    }
    # Closing waits for what still runs; a pool with a hung runspace ends with the process.
    if (-not $hung) { $pool.Close() }
    $results
}

Export-ModuleMember -Function *-Guest*

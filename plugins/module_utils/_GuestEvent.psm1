# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# FOR INTERNAL COLLECTION USE ONLY
# Anything here may change in any release of this collection without notice.

# Windows events of the plan, as XML without rendered (localized) messages.
Set-StrictMode -Version 2.0

Function Read-GuestEvent {
    <#
    .SYNOPSIS
    The newest events of one provider in one log since a time.
    .NOTES
    Get-WinEvent makes an XPath query of the table. One query per provider, because the service refuses queries with more than some twenty terms.
    #>
    param([Parameter(Mandatory)][string]$Log, [Parameter(Mandatory)]$Wanted, [Parameter(Mandatory)][datetime]$Since, [Parameter(Mandatory)][int]$Count)

    $filter = @{ LogName = $Log; ProviderName = $Wanted.provider; StartTime = $Since.ToLocalTime() }
    if ($Wanted.ContainsKey('ids')) { $filter.Id = [int[]]$Wanted.ids }
    if ($Wanted.ContainsKey('levels')) { $filter.Level = [int[]]$Wanted.levels }
    try { Get-WinEvent -FilterHashtable $filter -MaxEvents $Count -ErrorAction Stop }
    catch {
        # Identifiers of the cmdlet itself, the same in every language. A provider that is not registered has written nothing.
        if ($_.FullyQualifiedErrorId -notmatch '^(NoMatchingEventsFound|NoMatchingProvidersFound|LogsAndProvidersDontOverlap)\b') { throw }
    }
}

Function Get-GuestEventLogFailure {
    <#
    .SYNOPSIS
    The status of a log that could not be read.
    #>
    param([Parameter(Mandatory)][System.Management.Automation.ErrorRecord]$ErrorRecord)

    $failure = Get-GuestFailure -ErrorRecord $ErrorRecord
    if ($ErrorRecord.FullyQualifiedErrorId -match '^NoMatchingLogsFound\b') { $failure = @{ status = 'absent'; error = $null } }
    $failure
}

Function Get-GuestEvent {
    <#
    .SYNOPSIS
    The events of the plan, newest first, up to the byte limit; and for each log whether it could be read.
    #>
    param([Parameter(Mandatory)]$Context)

    $per_query = 25
    $logs = [ordered]@{}
    $found = New-Object -TypeName System.Collections.ArrayList
    $truncated = $false
    foreach ($wanted in (Get-GuestPlan -Context $Context -Section events)) {
        $log = $wanted.log
        if (-not $logs.Contains($log)) { $logs[$log] = @{ log = $log; status = 'ok'; error = $null } }
        if ($logs[$log].status -ne 'ok') { continue }
        try {
            $events = @(Read-GuestEvent -Log $log -Wanted $wanted -Since $Context.since -Count ($per_query + 1))
            if ($events.Count -gt $per_query) { $truncated = $true }
            foreach ($record in @($events | Select-Object -First $per_query)) { $null = $found.Add($record) }
        } catch {
            $failure = Get-GuestEventLogFailure -ErrorRecord $_
            $logs[$log].status = $failure.status
            $logs[$log].error = $failure.error
        }
    }
    $text = [System.Text.StringBuilder]::new('<Events>')
    $size = $text.Length + 16
    # The mask comes first, so that the limit is that of what is sent.
    foreach ($record in @($found | Sort-Object -Descending -Property TimeCreated)) {
        $xml = (Hide-GuestSecret -Text ([string]$record.ToXml())) + "`n"
        $size += [System.Text.Encoding]::UTF8.GetByteCount($xml)
        if ($size -gt $Context.max_bytes) { $truncated = $true; break }
        $null = $text.Append($xml)
    }
    @{ text = $text.Append('</Events>').ToString(); data = @($logs.Values); truncated = $truncated }
}

Export-ModuleMember -Function *-Guest*

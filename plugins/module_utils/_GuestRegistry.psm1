# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# FOR INTERNAL COLLECTION USE ONLY
# Anything here may change in any release of this collection without notice.

# The registry, always in its 64-bit view, values with their types and never expanded.
Set-StrictMode -Version 2.0

Function Open-GuestKey {
    <#
    .SYNOPSIS
    A key such as HKLM\SOFTWARE\X for reading, or nothing when it does not exist; no permission is an exception.
    #>
    param([Parameter(Mandatory)][string]$Path)

    $hive, $rest = $Path -split '\\', 2
    $hives = @{ HKLM = [Microsoft.Win32.RegistryHive]::LocalMachine; HKU = [Microsoft.Win32.RegistryHive]::Users }
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey($hives[$hive], [Microsoft.Win32.RegistryView]::Registry64)
    try { $base.OpenSubKey($rest) } finally { $base.Dispose() }
}

Function Read-GuestEntry {
    <#
    .SYNOPSIS
    A value as name, type and data, or nothing when it does not exist.
    #>
    param([Parameter(Mandatory)][Microsoft.Win32.RegistryKey]$Key, [Parameter(Mandatory)][AllowEmptyString()][string]$Name)

    if ($Key.GetValueNames() -notcontains $Name) { return }
    $raw = $Key.GetValue($Name, $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
    $entry = @{ name = $Name; type = 'binary'; data = $null }
    switch ([string]$Key.GetValueKind($Name)) {
        'String' { $entry.type = 'sz'; $entry.data = Hide-GuestSecret -Text $raw }
        'ExpandString' { $entry.type = 'expand_sz'; $entry.data = Hide-GuestSecret -Text $raw }
        'MultiString' { $entry.type = 'multi_sz'; $entry.data = [string[]]@($raw | ForEach-Object { Hide-GuestSecret -Text $_ }) }
        'DWord' { $entry.type = 'dword'; $entry.data = [System.BitConverter]::ToUInt32([System.BitConverter]::GetBytes([int]$raw), 0) }
        'QWord' { $entry.type = 'qword'; $entry.data = [System.BitConverter]::ToUInt64([System.BitConverter]::GetBytes([long]$raw), 0) }
        default {
            $bytes = if ($raw -is [byte[]]) { $raw } else { [byte[]]@() }
            $entry.data = [System.BitConverter]::ToString($bytes, 0, [math]::Min($bytes.Length, 2048)).Replace('-', '').ToLowerInvariant()
        }
    }
    $entry
}

Function Get-GuestRegistryData {
    <#
    .SYNOPSIS
    The data of one value, or nothing.
    #>
    param([Parameter(Mandatory)][string]$Path, [Parameter(Mandatory)][string]$Name)

    $key = Open-GuestKey -Path $Path
    if ($null -eq $key) { return }
    try { $key.GetValue($Name, $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames) } finally { $key.Dispose() }
}

Function Get-GuestRegistry {
    <#
    .SYNOPSIS
    Every key of the plan with the values that the plan names.
    #>
    param([Parameter(Mandatory)]$Context)

    $data = foreach ($wanted in (Get-GuestPlan -Context $Context -Section registry)) {
        $found = @{ id = $wanted.id; path = $wanted.path; exists = $false; entries = @(); subkeys = @() }
        $key = Open-GuestKey -Path $wanted.path
        if ($null -ne $key) {
            $found.exists = $true
            $found.entries = @(foreach ($name in $wanted.names) { Read-GuestEntry -Key $key -Name $name })
            if ($wanted.ContainsKey('subkeys') -and $wanted.subkeys) { $found.subkeys = [string[]]@($key.GetSubKeyNames() | Select-Object -First 50) }
            $key.Dispose()
        }
        $found
    }
    @{ data = @($data) }
}

Function ConvertTo-GuestVersion {
    <#
    .SYNOPSIS
    A version for sorting; what is none sorts first.
    #>
    param([AllowNull()][AllowEmptyString()][string]$Text)

    $version = [version]'0.0'
    if (-not [version]::TryParse([string]$Text, [ref]$version)) { $version = [version]'0.0' }
    $version
}

Function Get-GuestHandlerState {
    <#
    .SYNOPSIS
    The states that the guest agent keeps of the backup extension, newest version first.
    #>
    param([Parameter(Mandatory)]$Context)

    $plan = Get-GuestPlan -Context $Context -Section handler_state
    $root = Open-GuestKey -Path $plan.path
    $names = @(if ($null -ne $root) { $root.GetSubKeyNames() | Where-Object { $_ -like ($plan.prefix + '*') } })
    if (-not $names.Count) { return @{ status = 'absent' } }
    $data = foreach ($name in $names) {
        $key = $root.OpenSubKey($name)
        $entries = @(foreach ($value in $key.GetValueNames()) { Read-GuestEntry -Key $key -Name $value })
        @{ name = $name; version = $name.Substring($plan.prefix.Length); entries = $entries }
        $key.Dispose()
    }
    $root.Dispose()
    @{ data = @($data | Sort-Object -Descending -Property { ConvertTo-GuestVersion -Text $_.version } | Select-Object -First 5) }
}

Function Get-GuestDotNet {
    <#
    .SYNOPSIS
    The release number of .NET Framework 4.
    #>
    param([Parameter(Mandatory)]$Context)

    $plan = Get-GuestPlan -Context $Context -Section dotnet
    @{ data = @{ release = (Get-GuestRegistryData -Path $plan.path -Name $plan.name) } }
}

Function Get-GuestVcRedist {
    <#
    .SYNOPSIS
    Installed Visual C++ runtime packages of the plan, and the runtime files themselves.
    #>
    param([Parameter(Mandatory)]$Context)

    $plan = Get-GuestPlan -Context $Context -Section vcredist
    $root = Open-GuestKey -Path $plan.path
    $products = @()
    if ($null -ne $root) {
        $products = @(foreach ($name in $root.GetSubKeyNames()) {
            $key = $root.OpenSubKey($name)
            $title = [string]$key.GetValue('DisplayName')
            if ($title -like ($plan.product + '*')) { @{ name = $title; version = [string]$key.GetValue('DisplayVersion') } }
            $key.Dispose()
        })
        $root.Dispose()
    }
    @{ data = @{ products = $products; files = @(foreach ($file in $plan.files) { Get-GuestFileVersion -Path $file }) } }
}

Function Get-GuestPendingReboot {
    <#
    .SYNOPSIS
    Which of the signs of a pending restart are there.
    #>
    param([Parameter(Mandatory)]$Context)

    $reasons = @(foreach ($sign in (Get-GuestPlan -Context $Context -Section pending_reboot)) {
        if ($sign.ContainsKey('name')) {
            if (@(Get-GuestRegistryData -Path $sign.path -Name $sign.name | Where-Object { $_ }).Count) { $sign.reason }
        } elseif ($null -ne (Open-GuestKey -Path $sign.path)) { $sign.reason }
    })
    @{ data = @{ reasons = $reasons } }
}

Export-ModuleMember -Function *-Guest*

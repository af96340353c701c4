# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# FOR INTERNAL COLLECTION USE ONLY
# Anything here may change in any release of this collection without notice.

# Services, processes and what they tell about the role of the host.
Set-StrictMode -Version 2.0

Function Assert-GuestCim {
    <#
    .SYNOPSIS
    Fails when WMI is stopped: a CIM query would start it, and collecting leaves no lasting change.
    #>
    if ((Get-Service -Name Winmgmt).get_Status() -ne 'Running') {
        throw [System.InvalidOperationException]::new('The service Winmgmt does not run, and collecting does not start it.')
    }
}

Function Get-GuestProperty {
    <#
    .SYNOPSIS
    A property that not every version of a class has, or nothing.
    #>
    param([Parameter(Mandatory)]$InputObject, [Parameter(Mandatory)][string]$Name)

    $property = $InputObject.PSObject.Properties[$Name]
    if ($null -ne $property) { $property.Value }
}

Function Get-GuestAccountSid {
    <#
    .SYNOPSIS
    The SID of the account of a service, or nothing when the account is unknown here.
    #>
    param([AllowNull()][AllowEmptyString()][string]$Account)

    # The service manager takes this spelling in every language; it is no account name that could be looked up.
    if ([string]::IsNullOrEmpty($Account) -or $Account -eq 'LocalSystem') { return 'S-1-5-18' }
    $name = if ($Account.StartsWith('.\')) { [System.Environment]::MachineName + $Account.Substring(1) } else { $Account }
    try { [System.Security.Principal.NTAccount]::new($name).Translate([System.Security.Principal.SecurityIdentifier]).Value }
    catch [System.Management.Automation.MethodInvocationException] { $null }
}

Function Get-GuestFileVersion {
    <#
    .SYNOPSIS
    Whether a file exists, and its version from the numbers of the version resource.
    #>
    param([Parameter(Mandatory)][string]$Path)

    $full = [System.Environment]::ExpandEnvironmentVariables($Path)
    $found = @{ name = [System.IO.Path]::GetFileName($full); exists = $true; version = $null }
    try {
        $info = [System.Diagnostics.FileVersionInfo]::GetVersionInfo($full)
        if ($info.FileVersion) { $found.version = '{0}.{1}.{2}.{3}' -f $info.FileMajorPart, $info.FileMinorPart, $info.FileBuildPart, $info.FilePrivatePart }
    } catch [System.IO.FileNotFoundException] { $found.exists = $false }
    $found
}

Function Get-GuestImageFile {
    <#
    .SYNOPSIS
    The program file of a service's ImagePath, or nothing.
    #>
    param([AllowNull()][AllowEmptyString()][string]$ImagePath)

    $text = [System.Environment]::ExpandEnvironmentVariables([string]$ImagePath) -replace '^(?:\\\?\?\\|(?=system32\\)|\\SystemRoot\\)', ''
    $match = [regex]::Match($text, '^\s*(?:"(?<file>[^"]+)"|(?<file>.+?\.exe)(?=\s|$)|(?<file>\S+))', 'IgnoreCase')
    if (-not $match.Success) { return }
    $file = $match.Groups['file'].Value
    if (-not [System.IO.Path]::IsPathRooted($file)) { $file = [System.IO.Path]::Combine([System.Environment]::GetEnvironmentVariable('SystemRoot'), $file) }
    $file
}

Function Get-GuestExitCode {
    <#
    .SYNOPSIS
    Service name -> last exit code; empty when WMI does not answer, as the services themselves must be seen then too.
    #>
    $codes = @{}
    try {
        Assert-GuestCim
        foreach ($row in Get-CimInstance -ClassName Win32_Service -Property Name, ExitCode -OperationTimeoutSec 5) { $codes[$row.Name] = [long]$row.ExitCode }
    } catch { $codes.Clear() }
    $codes
}

Function Get-GuestService {
    <#
    .SYNOPSIS
    The services of the plan, from the service manager and their registry keys.
    #>
    param([Parameter(Mandatory)]$Context)

    $names = Get-GuestPlan -Context $Context -Section services
    $states = @{}
    $patterns = @($names | ForEach-Object { [WildcardPattern]::Escape($_) })
    foreach ($service in Get-Service -Name $patterns -ErrorAction SilentlyContinue) { $states[$service.Name] = $service }
    $exit_codes = Get-GuestExitCode
    $modes = @('boot', 'system', 'auto', 'manual', 'disabled')
    $data = foreach ($name in $names) {
        $key = Open-GuestKey -Path "HKLM\SYSTEM\CurrentControlSet\Services\$name"
        if ($null -eq $key -and -not $states.ContainsKey($name)) { @{ name = $name; exists = $false }; continue }
        # Listed neither way but with a key: the service manager hides what one may not query. Its state is unknown then, not stopped.
        $service = $states[$name]
        $row = @{ name = $name; exists = $true; state = $null; start_mode = $null; delayed = $false; account = $null; account_sid = $null; image_path = $null }
        $row += @{ image_version = $null; depends_on = @(); dependents = @(); last_exit_code = $exit_codes[$name] }
        if ($null -ne $key) {
            $start = $key.GetValue('Start')
            if ($start -is [int] -and $start -ge 0 -and $start -lt $modes.Count) { $row.start_mode = $modes[$start] }
            $row.delayed = $key.GetValue('DelayedAutostart', 0) -eq 1
            $row.account = [string]$key.GetValue('ObjectName')
            $row.account_sid = Get-GuestAccountSid -Account $row.account
            $row.image_path = Hide-GuestSecret -Text ([string]$key.GetValue('ImagePath'))
            $file = Get-GuestImageFile -ImagePath $row.image_path
            if ($file) { $row.image_version = (Get-GuestFileVersion -Path $file).version }
            $row.depends_on = [string[]]@($key.GetValue('DependOnService') | Where-Object { $_ })
            $key.Dispose()
        }
        if ($null -ne $service) {
            $row.state = ([regex]::Replace([string]$service.get_Status(), '(?<=[a-z])(?=[A-Z])', '_')).ToLowerInvariant()
            try { $row.dependents = [string[]]@($service.get_DependentServices() | ForEach-Object { $_.ServiceName }) }
            catch [System.Management.Automation.MethodInvocationException] { $row.dependents = @() }
        }
        $row
    }
    @{ data = @($data) }
}

Function Get-GuestProcess {
    <#
    .SYNOPSIS
    Running processes of the backup extension.
    #>
    param([Parameter(Mandatory)]$Context)

    $data = foreach ($process in Get-Process -Name (Get-GuestPlan -Context $Context -Section processes) -ErrorAction SilentlyContinue) {
        $started = try { $process.get_StartTime() } catch [System.Management.Automation.MethodInvocationException] { $null }
        @{ name = $process.Name; pid = $process.Id; started_at = (ConvertTo-GuestTime -Time $started) }
    }
    @{ data = @($data | Select-Object -First 20) }
}

Function Get-GuestServiceName {
    <#
    .SYNOPSIS
    The key names of all installed services.
    #>
    $key = Open-GuestKey -Path 'HKLM\SYSTEM\CurrentControlSet\Services'
    try { $key.GetSubKeyNames() } finally { $key.Dispose() }
}

Function Get-GuestBackupProduct {
    <#
    .SYNOPSIS
    Other backup products, told by the key names of their services.
    #>
    param([Parameter(Mandatory)]$Context)

    $installed = @(Get-GuestServiceName)
    $data = foreach ($product in (Get-GuestPlan -Context $Context -Section backup_products)) {
        foreach ($pattern in $product.services) {
            foreach ($name in ($installed -like $pattern)) { @{ name = $product.name; sign = "service $name" } }
        }
    }
    @{ data = @($data | Select-Object -First 50) }
}

Function Get-GuestHostRole {
    <#
    .SYNOPSIS
    Domain role, cluster membership and SQL Server instances.
    #>
    param([Parameter(Mandatory)]$Context)

    $plan = Get-GuestPlan -Context $Context -Section host_role
    $cluster = Get-GuestRegistryData -Path "HKLM\SYSTEM\CurrentControlSet\Services\$($plan.cluster_service)" -Name Start
    $installed = @(Get-GuestServiceName)
    $instances = @(foreach ($pattern in $plan.sql_services) { ($installed -like $pattern) -replace '^[^$]*\$', '' })
    Assert-GuestCim
    $system = Get-CimInstance -ClassName Win32_ComputerSystem -Property DomainRole -OperationTimeoutSec $Context.timeout
    $edition = Get-CimInstance -ClassName Win32_OperatingSystem -Property ProductType -OperationTimeoutSec $Context.timeout
    @{ data = @{
            domain_role = [int]$system.DomainRole
            # The feature alone leaves the service disabled; joining a cluster enables it.
            cluster = $null -ne $cluster -and $cluster -ne 4
            sql_instances = [string[]]$instances
            product_type = [int]$edition.ProductType
        }
    }
}

Export-ModuleMember -Function *-Guest*

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# FOR INTERNAL COLLECTION USE ONLY
# Anything here may change in any release of this collection without notice.

# The machine: who it is, its memory, load, disks and network.
Set-StrictMode -Version 2.0

Function Get-GuestHost {
    <#
    .SYNOPSIS
    Names and versions of the host; what the registry does not tell is null.
    #>
    param([Parameter(Mandatory)]$Context)

    $identity = @{ computer_name = [System.Environment]::MachineName; os = 'windows'; os_name = $null; os_version = $null; vm_id = $null }
    $plan = Get-GuestPlan -Context $Context -Section os
    $read = { param($Name) Get-GuestRegistryData -Path $plan.path -Name $Name }
    $identity.os_name = & $read 'ProductName'
    $major = & $read 'CurrentMajorVersionNumber'
    # Windows Server 2012 R2 and older have no numbers, only 6.x as text.
    $kernel = if ($null -ne $major) { "$major.$(& $read 'CurrentMinorVersionNumber')" } else { & $read 'CurrentVersion' }
    $identity.os_version = "$kernel.$(& $read 'CurrentBuildNumber')"
    $azure = Get-GuestPlan -Context $Context -Section azure
    $identity.vm_id = Get-GuestRegistryData -Path $azure.path -Name $azure.name
    $identity
}

Function Get-GuestMemory {
    <#
    .SYNOPSIS
    Physical memory and commit charge in bytes.
    #>
    param([Parameter(Mandatory)]$Context)

    Assert-GuestCim
    $data = @{}
    $names = @{
        total_bytes = 'TotalVisibleMemorySize'
        available_bytes = 'FreePhysicalMemory'
        commit_limit_bytes = 'TotalVirtualMemorySize'
        commit_free_bytes = 'FreeVirtualMemory'
    }
    $system = Get-CimInstance -ClassName Win32_OperatingSystem -Property ([string[]]$names.Values) -OperationTimeoutSec $Context.timeout
    foreach ($name in $names.Keys) {
        $kilobytes = Get-GuestProperty -InputObject $system -Name $names[$name]
        $data[$name] = if ($null -ne $kilobytes) { [long]$kilobytes * 1024 } else { $null }
    }
    @{ data = $data }
}

Function Get-GuestLoad {
    <#
    .SYNOPSIS
    Processor load in percent, sampled three times. The class has no localized names, as performance counters have.
    #>
    param([Parameter(Mandatory)]$Context)

    Assert-GuestCim
    $samples = foreach ($i in 1..3) {
        if ($i -gt 1) { Start-Sleep -Milliseconds 400 }
        $row = Get-CimInstance -ClassName Win32_PerfFormattedData_PerfOS_Processor -Filter "Name = '_Total'" -OperationTimeoutSec $Context.timeout
        [int]$row.PercentProcessorTime
    }
    @{ data = @{ cpu_percent = [int[]]@($samples) } }
}

Function Get-GuestDisk {
    <#
    .SYNOPSIS
    Size and free space of fixed drives.
    #>
    param([Parameter(Mandatory)]$Context)

    $system = [string][System.Environment]::GetEnvironmentVariable('SystemDrive')
    $data = foreach ($drive in [System.IO.DriveInfo]::GetDrives()) {
        if ($drive.DriveType -ne 'Fixed' -or -not $drive.IsReady) { continue }
        $name = $drive.Name.TrimEnd('\')
        @{ drive = $name; total_bytes = $drive.TotalSize; free_bytes = $drive.TotalFreeSpace; system = $name -eq $system }
    }
    @{ data = @($data) }
}

Function Get-GuestOfflineDisk {
    <#
    .SYNOPSIS
    Disks, and which of them are offline.
    #>
    param([Parameter(Mandatory)]$Context)

    if (-not (Get-Command -Name Get-Disk -ErrorAction SilentlyContinue)) { return @{ status = 'absent' } }
    Assert-GuestCim
    $data = foreach ($disk in Get-Disk) { @{ number = [int]$disk.Number; friendly_name = [string]$disk.FriendlyName; offline = [bool]$disk.IsOffline } }
    @{ data = @($data | Select-Object -First 64) }
}

Function Get-GuestNetwork {
    <#
    .SYNOPSIS
    Interfaces that are up: how they got their IPv4 addresses and which has the default route.
    #>
    param([Parameter(Mandatory)]$Context)

    $data = foreach ($interface in [System.Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces()) {
        if ($interface.OperationalStatus -ne 'Up' -or $interface.NetworkInterfaceType -in 'Loopback', 'Tunnel') { continue }
        if (-not $interface.Supports([System.Net.NetworkInformation.NetworkInterfaceComponent]::IPv4)) { continue }
        $settings = $interface.GetIPProperties()
        $gateways = @($settings.GatewayAddresses | Where-Object { $_.Address.AddressFamily -eq 'InterNetwork' -and $_.Address.ToString() -ne '0.0.0.0' })
        @{
            interface = $interface.Name
            dhcp = $settings.GetIPv4Properties().IsDhcpEnabled
            default_route = $gateways.Count -gt 0
            ipv4_addresses = @($settings.UnicastAddresses | Where-Object { $_.Address.AddressFamily -eq 'InterNetwork' }).Count
        }
    }
    @{ data = @($data | Select-Object -First 32) }
}

Function Get-GuestAzure {
    <#
    .SYNOPSIS
    Signs that the host is an Azure VM; none of them needs the network.
    #>
    param([Parameter(Mandatory)]$Context)

    $plan = Get-GuestPlan -Context $Context -Section azure
    $signs = @(foreach ($sign in $plan.signs) {
        if ($sign.ContainsKey('name')) { if (Get-GuestRegistryData -Path $sign.path -Name $sign.name) { $sign.sign } }
        elseif ($null -ne (Open-GuestKey -Path $sign.path)) { $sign.sign }
    })
    @{ data = @{ vm_id = (Get-GuestRegistryData -Path $plan.path -Name $plan.name); signs = $signs } }
}

Function Test-GuestPort {
    <#
    .SYNOPSIS
    Whether a TCP port of an address answers: open, refused, timeout or unreachable.
    #>
    param([Parameter(Mandatory)][string]$Address, [Parameter(Mandatory)][int]$Port, [Parameter(Mandatory)][int]$Timeout)

    $probe = @{ port = $Port; state = 'timeout'; errno = $null; seconds = $null }
    $client = [System.Net.Sockets.TcpClient]::new()
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    try {
        if ($client.ConnectAsync($Address, $Port).Wait($Timeout * 1000)) { $probe.state = 'open' }
    } catch {
        $exception = $_.Exception
        while ($null -ne $exception -and $exception -isnot [System.Net.Sockets.SocketException]) { $exception = $exception.InnerException }
        if ($null -eq $exception) { throw }
        $probe.errno = $exception.ErrorCode
        $probe.state = switch ([string]$exception.SocketErrorCode) { 'ConnectionRefused' { 'refused' } 'TimedOut' { 'timeout' } default { 'unreachable' } }
    } finally {
        $probe.seconds = [math]::Round($clock.Elapsed.TotalSeconds, 3)
        $client.Dispose()
    }
    $probe
}

Function Get-GuestWireserver {
    <#
    .SYNOPSIS
    The ports of the wire server, only where the agent has recorded the id of an Azure VM.
    #>
    param([Parameter(Mandatory)]$Context)

    $azure = Get-GuestPlan -Context $Context -Section azure
    if (-not (Get-GuestRegistryData -Path $azure.path -Name $azure.name)) { return @{ status = 'absent' } }
    $probes = foreach ($port in (Get-GuestPlan -Context $Context -Section wireserver_ports)) {
        Test-GuestPort -Address $Context.wireserver -Port $port -Timeout ([math]::Max(1, [math]::Min(5, [int]($Context.timeout / 3))))
    }
    @{ data = @{ address = $Context.wireserver; probes = @($probes) } }
}

Export-ModuleMember -Function *-Guest*

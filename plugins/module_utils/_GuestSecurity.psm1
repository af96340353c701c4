# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# FOR INTERNAL COLLECTION USE ONLY
# Anything here may change in any release of this collection without notice.

# What protects the host, and the certificates of its agent.
Set-StrictMode -Version 2.0

Function Get-GuestDefender {
    <#
    .SYNOPSIS
    Exclusions and state of Microsoft Defender.
    #>
    param([Parameter(Mandatory)]$Context)

    if (-not (Get-Command -Name Get-MpPreference, Get-MpComputerStatus -ErrorAction SilentlyContinue)) { return @{ status = 'absent' } }
    Assert-GuestCim
    $data = @{ available = $true; tamper_protected = $null; mode = $null; exclusion_paths = @(); exclusions_hidden = $false }
    try {
        $status = Get-MpComputerStatus -ErrorAction Stop
        $paths = @((Get-MpPreference -ErrorAction Stop).ExclusionPath | Where-Object { $_ })
    } catch {
        # Another product protects the host: the service of Defender is stopped or its class is not registered. Codes, not words.
        $said = "$($_.FullyQualifiedErrorId) $($_.Exception.Message)"
        if (-not @(Get-GuestPlan -Context $Context -Section defender_unavailable | Where-Object { $said -match $_ }).Count) { throw }
        $data.available = $false
        return @{ data = $data }
    }
    $data.tamper_protected = Get-GuestProperty -InputObject $status -Name IsTamperProtected
    $data.mode = Get-GuestProperty -InputObject $status -Name AMRunningMode
    # Who may not see the list gets a (localized) sentence in its place, which does not begin as a path does.
    $data.exclusions_hidden = -not $Context.elevated -or @($paths | Where-Object { $_ -notmatch '^(?:[A-Za-z]:|\\|%|\*)' }).Count -gt 0
    if (-not $data.exclusions_hidden) { $data.exclusion_paths = [string[]]@($paths | Select-Object -First 200) }
    @{ data = $data }
}

Function Get-GuestBitLocker {
    <#
    .SYNOPSIS
    Lock state and protection of the volumes.
    #>
    param([Parameter(Mandatory)]$Context)

    if (-not (Get-Command -Name Get-BitLockerVolume -ErrorAction SilentlyContinue)) { return @{ status = 'absent' } }
    Assert-GuestCim
    $data = foreach ($volume in Get-BitLockerVolume) {
        $lock = ([string](Get-GuestProperty -InputObject $volume -Name LockStatus)).ToLowerInvariant()
        $protection = ([string](Get-GuestProperty -InputObject $volume -Name ProtectionStatus)).ToLowerInvariant()
        @{
            mount_point = [string]$volume.MountPoint
            lock_status = $(if ($lock -in 'locked', 'unlocked') { $lock } else { 'unknown' })
            protection = $(if ($protection -in 'on', 'off') { $protection } else { 'unknown' })
        }
    }
    @{ data = @($data) }
}

Function Get-GuestCertificate {
    <#
    .SYNOPSIS
    The certificates of the guest agent in the store of the computer.
    #>
    param([Parameter(Mandatory)]$Context)

    $names = Get-GuestPlan -Context $Context -Section certificates
    $store = [System.Security.Cryptography.X509Certificates.X509Store]::new('My', 'LocalMachine')
    # Opening without this flag makes the store when there is none.
    try { $store.Open('ReadOnly, OpenExistingOnly') }
    catch {
        if ((Get-GuestFailure -ErrorRecord $_).status -eq 'absent') { return @{ data = @() } }
        throw
    }
    try {
        $data = foreach ($certificate in $store.Certificates) {
            if ($certificate.Subject -notin $names -and $certificate.Issuer -notin $names) { continue }
            @{
                subject = $certificate.Subject
                issuer = $certificate.Issuer
                friendly_name = $certificate.FriendlyName
                thumbprint = $certificate.Thumbprint
                not_before = ConvertTo-GuestTime -Time $certificate.NotBefore
                not_after = ConvertTo-GuestTime -Time $certificate.NotAfter
                has_private_key = $certificate.HasPrivateKey
            }
        }
    } finally {
        $store.Close()
    }
    @{ data = @($data | Sort-Object -Descending -Property { $_.not_before } | Select-Object -First 20) }
}

Export-ModuleMember -Function *-Guest*

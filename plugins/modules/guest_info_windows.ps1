#!powershell

# Copyright (c) azvm.backup contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ..module_utils._GuestCommand
#AnsibleRequires -PowerShell ..module_utils._GuestEvent
#AnsibleRequires -PowerShell ..module_utils._GuestLog
#AnsibleRequires -PowerShell ..module_utils._GuestMachine
#AnsibleRequires -PowerShell ..module_utils._GuestRegistry
#AnsibleRequires -PowerShell ..module_utils._GuestRunner
#AnsibleRequires -PowerShell ..module_utils._GuestSecurity
#AnsibleRequires -PowerShell ..module_utils._GuestService

Set-StrictMode -Version 2.0

$spec = @{
    options = @{
        lookback_hours = @{ type = 'int'; default = 48 }
        max_bytes = @{ type = 'int'; default = 65536 }
        plan = @{ type = 'dict'; required = $true }
        timeout = @{ type = 'int'; default = 20 }
        window_start = @{ type = 'str' }
        wireserver = @{ type = 'str'; default = '168.63.129.16' }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
$module.Result.changed = $false

# Elevated: without an administrator's token it does not fail but shows less than there is. The slow ones come first,
# the processor load last, when most of the others are done.
$sources = @(
    @{ name = 'vssadmin_writers'; function = 'Get-GuestVss'; elevated = $true; parameters = @{ What = 'writers' } }
    @{ name = 'services'; function = 'Get-GuestService'; elevated = $false }
    @{ name = 'events'; function = 'Get-GuestEvent'; elevated = $false }
    @{ name = 'machinekeys_acl'; function = 'Get-GuestFolderAcl'; elevated = $true }
    @{ name = 'vssadmin_providers'; function = 'Get-GuestVss'; elevated = $true; parameters = @{ What = 'providers' } }
    @{ name = 'vssadmin_shadows'; function = 'Get-GuestVss'; elevated = $true; parameters = @{ What = 'shadows' } }
    @{ name = 'wireserver'; function = 'Get-GuestWireserver'; elevated = $false }
    @{ name = 'defender'; function = 'Get-GuestDefender'; elevated = $false }
    @{ name = 'bitlocker'; function = 'Get-GuestBitLocker'; elevated = $true }
    @{ name = 'offline_disks'; function = 'Get-GuestOfflineDisk'; elevated = $true }
    @{ name = 'memory'; function = 'Get-GuestMemory'; elevated = $false }
    @{ name = 'host_role'; function = 'Get-GuestHostRole'; elevated = $false }
    @{ name = 'processes'; function = 'Get-GuestProcess'; elevated = $false }
    @{ name = 'registry'; function = 'Get-GuestRegistry'; elevated = $false }
    @{ name = 'handler_state'; function = 'Get-GuestHandlerState'; elevated = $false }
    @{ name = 'dotnet'; function = 'Get-GuestDotNet'; elevated = $false }
    @{ name = 'vcredist'; function = 'Get-GuestVcRedist'; elevated = $false }
    @{ name = 'pending_reboot'; function = 'Get-GuestPendingReboot'; elevated = $false }
    @{ name = 'certificates'; function = 'Get-GuestCertificate'; elevated = $false }
    @{ name = 'agent_files'; function = 'Get-GuestAgentFile'; elevated = $false }
    @{ name = 'agent_log'; function = 'Get-GuestAgentLog'; elevated = $false }
    @{ name = 'extension'; function = 'Get-GuestExtension'; elevated = $false }
    @{ name = 'extension_status'; function = 'Get-GuestExtensionStatus'; elevated = $false }
    @{ name = 'extension_log'; function = 'Get-GuestExtensionLog'; elevated = $false }
    @{ name = 'disks'; function = 'Get-GuestDisk'; elevated = $false }
    @{ name = 'network'; function = 'Get-GuestNetwork'; elevated = $false }
    @{ name = 'backup_products'; function = 'Get-GuestBackupProduct'; elevated = $false }
    @{ name = 'azure'; function = 'Get-GuestAzure'; elevated = $false }
    @{ name = 'load'; function = 'Get-GuestLoad'; elevated = $false }
)

$clock = [System.Diagnostics.Stopwatch]::StartNew()
$now = [datetime]::UtcNow
foreach ($limit in @(@('timeout', 1), @('max_bytes', 1024), @('lookback_hours', 1))) {
    if ($module.Params[$limit[0]] -lt $limit[1]) { $module.FailJson("The option $($limit[0]) is $($module.Params[$limit[0]]); the least is $($limit[1]).") }
}
$since = $now.AddHours(-$module.Params.lookback_hours)
if ($module.Params.window_start) {
    $style = [System.Globalization.DateTimeStyles]'AssumeUniversal, AdjustToUniversal'
    $start = [datetime]::MinValue
    if (-not [datetime]::TryParse($module.Params.window_start, [System.Globalization.CultureInfo]::InvariantCulture, $style, [ref]$start)) {
        $module.FailJson("The option window_start is '$($module.Params.window_start)', not a time such as 2026-11-22T08:00:00Z.")
    }
    # What led to the failure was logged before the job began.
    $since = $start.AddHours(-1)
}
$identity = [System.Security.Principal.WindowsPrincipal]::new([System.Security.Principal.WindowsIdentity]::GetCurrent())
$context = @{
    elevated = $identity.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)
    max_bytes = $module.Params.max_bytes
    plan = $module.Params.plan
    since = $since
    timeout = $module.Params.timeout
    wireserver = $module.Params.wireserver
}
try { $guest = Get-GuestHost -Context $context }
catch { $module.FailJson("Failed to read what host this is: $_", $_) }
$collected = Invoke-GuestSource -Source $sources -Context $context
$module.Result.evidence = @{
    collected_at = ConvertTo-GuestTime -Time $now
    collector = @{ elevated = $context.elevated; seconds = [math]::Round($clock.Elapsed.TotalSeconds, 2) }
    host = $guest
    sources = $collected
}
$module.ExitJson()

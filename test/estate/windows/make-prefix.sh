#!/bin/bash
# Makes a Wine prefix that says it is Windows Server 2022; runs inside the chroot. What Wine complains of meanwhile
# (no 32-bit parts, no XDG_RUNTIME_DIR) does no harm.
set -euo pipefail
wineboot -i
wineserver -w

reg_add() { wine reg add "$1" /v "$2" /t "$3" /d "$4" /f; }
version='HKLM\Software\Microsoft\Windows NT\CurrentVersion'
reg_add "$version" ProductName REG_SZ 'Windows Server 2022 Standard'
reg_add "$version" EditionID REG_SZ ServerStandard
reg_add "$version" InstallationType REG_SZ Server
reg_add "$version" CurrentBuild REG_SZ 20348
reg_add "$version" CurrentBuildNumber REG_SZ 20348
reg_add "$version" UBR REG_DWORD 2700
reg_add 'HKLM\System\CurrentControlSet\Control\ProductOptions' ProductType REG_SZ ServerNT
wineserver -k

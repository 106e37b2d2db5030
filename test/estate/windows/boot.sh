#!/bin/bash
# Inside a lab host's namespaces: makes the Windows root $1 usable, as $2 (an overlay, so that nothing is written to the
# cached one), with the paths that follow at the same place inside; those before -- read only.
# All of it lies in the host's own /run and ends with its mount namespace.
set -euo pipefail
lower=$1 root=$2
shift 2
mkdir -p "$root" /run/.lab/windows.upper /run/.lab/windows.work
mount -t overlay lab-windows -o "lowerdir=$lower,upperdir=/run/.lab/windows.upper,workdir=/run/.lab/windows.work" "$root"
mount -t proc proc "$root/proc"
# Wine counts processors there.
mount --bind /sys "$root/sys"
mount --bind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
cp --remove-destination /etc/hosts /etc/resolv.conf /etc/hostname "$root/etc/"
readonly_paths=1
for path in "$@"; do
  if [ "$path" = -- ]; then readonly_paths=; continue; fi
  mkdir -p "$root$path"
  mount --bind "$path" "$root$path"
  [ -z "$readonly_paths" ] || mount -o remount,bind,ro "$root$path"
done
# Else the server of one program ends while the next one starts, and that one with it.
chroot "$root" /usr/bin/env -i PATH=/usr/bin HOME=/root WINEPREFIX=/prefix WINEDEBUG=-all wineserver -p </dev/null >/dev/null 2>&1

#!/bin/bash
# Fills the directory $1 with Debian trixie, Wine 10 and a prefix (about 60 s, 2.2 GB). Packages come from the mirror
# that apt already uses here. Runs in a mount and PID namespace of its own.
set -euo pipefail
root=$1
here=$(cd "$(dirname "$0")" && pwd)
mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(COMPONENT) $(CODENAME)' 'Created-By: Packages' |
  awk '$2 == "Debian" && $3 == "main" && $4 !~ /security|updates|backports/ { print $1; exit }')
: "${mirror:?run apt-get update first, apt knows no Debian mirror here}"

debootstrap --variant=minbase trixie "$root" "$mirror" >"$root.log" || { tail "$root.log" >&2; exit 1; }
rm -f "$root.log"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
# A proxy that this machine's apt needs is needed inside, too.
apt-config dump | grep -iE '^Acquire::(https?|retries)' >"$root/etc/apt/apt.conf.d/90outside" || true
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
inside() {
  chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive \
    WINEPREFIX=/prefix WINEDEBUG=-all 'WINEDLLOVERRIDES=mscoree=d;mshtml=d;winemenubuilder.exe=d' "$@" </dev/null
}
inside apt-get install -y -qq --no-install-recommends wine64 wine locales
# Wine takes its code pages from the locale; only those that exist count.
inside localedef -i de_DE -f UTF-8 de_DE.UTF-8
inside localedef -i ko_KR -f UTF-8 ko_KR.UTF-8
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
mkdir -p "$root/prefix" "$root/windows"
cp "$here/make-prefix.sh" "$root/root/"
inside bash /root/make-prefix.sh
umount "$root/proc" "$root/dev"

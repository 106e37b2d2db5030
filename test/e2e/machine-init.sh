#!/bin/bash
# Boots systemd in a container over a throw-away copy of this machine's own root. $1 run's id, $2 empty folder to work
# in, $3 network namespace. Run in a mount and a PID namespace of its own: every mount and process ends with it. Only
# the control groups outlive it; they are named after the run, and who started this removes them.
set -euo pipefail
run=$1 work=$2 network=$3

while IFS=: read -r _ controllers path; do
  for folder in "/sys/fs/cgroup/${controllers#name=}" /sys/fs/cgroup/unified /sys/fs/cgroup; do
    # An empty name is version 2's; "/sys/fs/cgroup/" with it is its root only where there is no version 1.
    [ -e "$folder$path/cgroup.procs" ] || continue
    # A new cpuset takes nobody in before it is filled in; nothing here needs one.
    [ "$controllers" = cpuset ] && break
    # Version 2 hands its controllers down only where it is told to; a group that holds processes refuses.
    [ -n "$controllers" ] || echo "+cpu +memory +pids" 2>/dev/null >"$folder${path%/}/cgroup.subtree_control" || true
    mkdir -p "$folder${path%/}/$run"
    echo $$ >"$folder${path%/}/$run/cgroup.procs"
    break
  done
done <<<"$(cat /proc/self/cgroup)"

mount -t tmpfs -o mode=755 machine "$work"
mkdir "$work"/{upper,work,merged}
mount -t overlay machine -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$work/merged"
# What this machine has switched on is not the test's business.
rm -rf "$work"/merged/etc/systemd/system/*.wants "$work/merged/opt/portolan" "$work"/merged/var/lib/portolan-agent
echo "${run//[^0-9a-f]/0}00000000000000000000000000000000" | cut -c1-32 >"$work/merged/etc/machine-id"
echo server >"$work/merged/etc/hostname"
: >"$work/merged/etc/resolv.conf"

# CAP_SYS_RAWIO: without it systemd mounts no tracefs. Without --register and with --keep-unit no systemd is asked outside.
exec systemd-nspawn --quiet --directory="$work/merged" --register=no --keep-unit --network-namespace-path="$network" \
  --capability=CAP_SYS_RAWIO --console=pipe --resolv-conf=off --timezone=off --link-journal=no --hostname=server --boot \
  systemd.unit=basic.target

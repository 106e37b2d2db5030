#!/bin/bash
# pid 1 of a lab host, started inside namespaces of its own. $1 name, $2 directory of all hosts of the run, $3 this
# host's directory below it (with etc/: files to stand in /etc, and state/: what its programs write).
# Nothing here outlives the namespaces: the overlays' upper layers lie in the host's own /run.
set -euo pipefail
name=$1 all=$2 own=$3

echo "$name" >/proc/sys/kernel/hostname
# A sysfs mounted here shows this network namespace's interfaces; the inherited one shows the machine's.
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=1777 shm /dev/shm
mkdir -p /run/lock /run/.lab/{etc,var}.{upper,work} /run/.lab/own

for folder in etc var; do
  mount -t overlay "lab-$folder" -o "lowerdir=/$folder,upperdir=/run/.lab/$folder.upper,workdir=/run/.lab/$folder.work" "/$folder"
done
cp -r --remove-destination "$own/etc/." /etc/

# The other hosts' files disappear; only this host's own directory stands at its place.
mount --bind "$own" /run/.lab/own
mount -t tmpfs -o mode=755 lab "$all"
mkdir "$own"
mount --move /run/.lab/own "$own"

echo ready
# bash reaps whatever is re-parented to it. Standard input ends when the owner dies, however it dies: then this ends,
# and the kernel ends every process of the namespace with it.
while read -r _; do :; done

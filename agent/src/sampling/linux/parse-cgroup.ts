export interface CgroupOwner {
  /** systemd unit, only where it is a service: scopes change with every login. */
  service?: string;
  /** 64 hexadecimal digits, as docker, containerd, cri-o and podman name containers. */
  containerId?: string;
}

/**
 * Container: `docker-ID.scope`, `cri-containerd-ID.scope`, `crio-ID.scope`, `libpod-ID.scope`, `…:cri-containerd:ID`
 * or the bare ID, as in /docker/ID and /kubepods/…/ID.
 */
const CONTAINER = /^(?:.*[-:])?([0-9a-f]{64})(?:\.scope)?$/;
/** podman and cri-o keep a monitor beside each container, outside of it. */
const MONITOR = /-conmon-/;
const SERVICE = /^.+\.service$/;

/**
 * Reads /proc/PID/cgroup (cgroups(7)), version 1, 2 or both: lines of `hierarchy:controllers:path`. The deepest
 * container and the deepest service win; a service around a container (containerd's own) is not the container's.
 */
export function parseCgroup(bytes: Uint8Array): CgroupOwner {
  const owner: CgroupOwner = {};
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  for (const line of text.split("\n")) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (match?.[2] === undefined) continue;
    const found = ownerOf(match[2]);
    if (found.containerId !== undefined) owner.containerId ??= found.containerId;
    // Units stand in systemd's own hierarchy: version 2, or the one named systemd.
    const isSystemd = match[1] === "" || match[1] === "name=systemd";
    if (found.service !== undefined && isSystemd) owner.service ??= found.service;
  }
  return owner;
}

function ownerOf(path: string): CgroupOwner {
  const owner: CgroupOwner = {};
  for (const part of path.split("/")) {
    const containerId = MONITOR.test(part) ? undefined : CONTAINER.exec(part)?.[1];
    if (containerId !== undefined) {
      owner.containerId = containerId;
      delete owner.service;
    } else if (SERVICE.test(part) && part.length <= 255) {
      owner.service = part;
    }
  }
  return owner;
}

/** Where a host's folders lie: elsewhere in a container that looks at its host. */
export interface HostRoots {
  etcRoot: string;
  optRoot: string;
  runRoot: string;
  usrRoot: string;
  varRoot: string;
}

/**
 * Where a file lies that a setting of the host names; nothing where another host's folders stand in for this one's, and
 * this is in none of them.
 */
export function inRoots({ etcRoot, optRoot, runRoot, usrRoot, varRoot }: HostRoots, path: string): string | undefined {
  const roots = { "/etc/": etcRoot, "/opt/": optRoot, "/run/": runRoot, "/usr/": usrRoot, "/var/": varRoot };
  for (const [start, root] of Object.entries(roots)) {
    if (path.startsWith(`${root}/`)) return path;
    if (path.startsWith(start)) return `${root}/${path.slice(start.length)}`;
  }
  return etcRoot === "/etc" ? path : undefined;
}

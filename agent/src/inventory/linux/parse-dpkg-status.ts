/** An installed package. */
export interface Package {
  name: string;
  /** As the package manager writes it, with epoch and revision. */
  version: string;
}

/** Packages that are installed, by the status file of dpkg (dpkg-query(1)); what is only configured or half there is not. */
export function parseDpkgStatus(text: string): Package[] {
  return text.split(/\n\n+/).flatMap((paragraph) => {
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(paragraph)?.[1]?.trim();
    const [name, status, version] = [field("Package"), field("Status"), field("Version")];
    return name && version && status?.endsWith(" installed") ? [{ name, version }] : [];
  });
}

/** The version that the product's makers gave: without Debian's or an rpm's epoch and revision. */
export function upstreamVersion(version: string): string {
  return version
    .replace(/^\d+:/, "")
    .replace(/-[^-]*$/, "")
    .replace(/[+~](?:dfsg|ds|deb|ubuntu|really).*$/, "");
}

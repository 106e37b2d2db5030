import type { FoundSoftware } from "../software/found-software.ts";
import { PRODUCTS, type Product, programName, versionInPath } from "../software/products.ts";
import { type Package, upstreamVersion } from "./parse-dpkg-status.ts";

/** True for a package that brings a product that matters. */
export function matters(name: string): boolean {
  return PRODUCTS.some(({ packages }) => packages.test(name));
}

/** One item for each version of a product, however many packages bring it. */
export function packaged(packages: readonly Package[], manager: string): FoundSoftware[] {
  const found = new Map<string, FoundSoftware>();
  for (const { name, version } of packages) {
    const product = PRODUCTS.find(({ packages: names }) => names.test(name));
    if (product === undefined) continue;
    const upstream = upstreamVersion(version);
    const key = `${product.name} ${upstream}`;
    const known = found.get(key);
    const source = `${manager}: ${name} ${version}`;
    if (known) known.item = { ...known.item, sources: [...known.item.sources, source] };
    else {
      const { kind, name: productName } = product;
      const item = { kind, name: productName, version: upstream, ports: [], sources: [source] };
      found.set(key, { item, owns: (executable) => isOf(product, upstream, executable) });
    }
  }
  return [...found.values()];
}

/** Several major versions may stand side by side: a path that names a version must name this one. */
function isOf({ programs }: Product, version: string, executable: string): boolean {
  if (!programs.test(programName(executable))) return false;
  const named = versionInPath(executable);
  return named === undefined || version === named || version.startsWith(`${named}.`);
}

import type { Registry } from "./registry.ts";
import { ERROR, Win32Error } from "./win32-error.ts";

type Values = Record<string, string | number | readonly string[] | Buffer>;

/**
 * SYNTHETIC: a registry in memory, for tests of what follows from one.
 *
 * @param content values by name, by path below the hive
 * @param denied paths that may not be read
 */
export function syntheticRegistry(content: Record<string, Values>, denied: readonly string[] = []): Registry {
  const keys = Object.entries(content).map(([path, values]) => ({ path: path.toLowerCase(), shown: path, values }));
  const valuesOf = (key: string): Values => {
    if (denied.includes(key)) throw new Win32Error(`HKLM\\${key}`, ERROR.accessDenied);
    return keys.find(({ path }) => path === key.toLowerCase())?.values ?? {};
  };
  const valueOf = (key: string, name: string) => {
    const found = Object.entries(valuesOf(key)).find(([own]) => own.toLowerCase() === name.toLowerCase());
    return found?.[1];
  };
  return {
    text(key, name) {
      const value = valueOf(key, name);
      return typeof value === "string" ? value : undefined;
    },
    texts(key, name) {
      const value = valueOf(key, name);
      return Array.isArray(value) ? [...value] : undefined;
    },
    number(key, name) {
      const value = valueOf(key, name);
      return typeof value === "number" ? value : undefined;
    },
    bytes(key, name) {
      const value = valueOf(key, name);
      return Buffer.isBuffer(value) ? value : undefined;
    },
    keys(key) {
      valuesOf(key);
      const prefix = key === "" ? "" : `${key}\\`.toLowerCase();
      const below = keys.filter(({ path }) => path.startsWith(prefix));
      return [...new Set(below.map(({ shown }) => shown.slice(prefix.length).split("\\", 1)[0] ?? ""))];
    },
    values: (key) => Object.keys(valuesOf(key)),
  };
}

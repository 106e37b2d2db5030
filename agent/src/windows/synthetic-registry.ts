import type { Registry } from "./registry.ts";
import { ERROR, Win32Error } from "./win32-error.ts";

type Values = Record<string, string | number>;

/**
 * SYNTHETIC: a registry in memory, for tests of what follows from one.
 *
 * @param content values by name, by path below HKEY_LOCAL_MACHINE
 * @param denied paths that may not be read
 */
export function syntheticRegistry(content: Record<string, Values>, denied: readonly string[] = []): Registry {
  const keys = Object.entries(content).map(([path, values]) => ({ path: path.toLowerCase(), shown: path, values }));
  const valuesOf = (key: string): Values => {
    if (denied.includes(key)) throw new Win32Error(`HKLM\\${key}`, ERROR.accessDenied);
    return keys.find(({ path }) => path === key.toLowerCase())?.values ?? {};
  };
  return {
    text(key, name) {
      const value = valuesOf(key)[name];
      return typeof value === "string" ? value : undefined;
    },
    number(key, name) {
      const value = valuesOf(key)[name];
      return typeof value === "number" ? value : undefined;
    },
    keys(key) {
      valuesOf(key);
      const prefix = `${key}\\`.toLowerCase();
      const below = keys.filter(({ path }) => path.startsWith(prefix));
      return [...new Set(below.map(({ shown }) => shown.slice(prefix.length).split("\\", 1)[0] ?? ""))];
    },
    values: (key) => Object.keys(valuesOf(key)),
  };
}

import { messageOf } from "../../errors.ts";
import type { Registry } from "../../windows/registry.ts";

/** A hive of which what may not be read is told, and then taken for absent. */
export interface Hive extends Registry {
  /** A key as people write it: `HKLM\…`. */
  nameOf(key: string): string;
}

/**
 * @param name as in `HKLM`
 * @param denied told of each key that could not be read, by name and reason
 */
export function createHive(registry: Registry, name: string, denied: (reason: string) => void): Hive {
  const attempt = <Found>(read: () => Found, otherwise: Found): Found => {
    try {
      return read();
    } catch (error) {
      denied(messageOf(error));
      return otherwise;
    }
  };
  return {
    text: (key, value) => attempt(() => registry.text(key, value), undefined),
    texts: (key, value) => attempt(() => registry.texts(key, value), undefined),
    number: (key, value) => attempt(() => registry.number(key, value), undefined),
    bytes: (key, value) => attempt(() => registry.bytes(key, value), undefined),
    keys: (key) => attempt(() => registry.keys(key), []),
    values: (key) => attempt(() => registry.values(key), []),
    nameOf: (key) => `${name}\\${key}`,
  };
}

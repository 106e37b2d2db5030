import type { Registry } from "../../windows/registry.ts";

const SERVICES = "SYSTEM\\CurrentControlSet\\Services";

export interface Service {
  name: string;
  /** Path of the program that the service starts; its arguments are dropped at once. */
  executable: string;
  /** Where it is configured, as a source of what follows from it. */
  source: string;
}

/**
 * Services whose program has one of these names.
 *
 * @param programs tested with the file's name, in lower case and without `.exe`
 * @throws Win32Error where the list may not be read; a service whose own key may not be read is told to `denied`.
 */
export function servicesOf(
  registry: Registry,
  programs: RegExp,
  denied: (service: string, error: unknown) => void,
): Service[] {
  return registry.keys(SERVICES).flatMap((name) => {
    const key = `${SERVICES}\\${name}`;
    let imagePath: string | undefined;
    try {
      imagePath = registry.text(key, "ImagePath");
    } catch (error) {
      denied(name, error);
    }
    const executable = imagePath === undefined ? undefined : executableOf(imagePath);
    if (executable === undefined) return [];
    const file = executable.slice(executable.lastIndexOf("\\") + 1).replace(/\.exe$/i, "");
    return programs.test(file.toLowerCase()) ? [{ name, executable, source: `HKLM\\${key}` }] : [];
  });
}

/** The program of an ImagePath: between quotation marks, or up to the first `.exe`, or the first blank. */
export function executableOf(imagePath: string): string | undefined {
  const trimmed = imagePath.trim();
  const quoted = /^"([^"]+)"/.exec(trimmed)?.[1];
  const plain = /^.*?\.exe(?=\s|$)/i.exec(trimmed)?.[0] ?? trimmed.split(/\s/, 1)[0];
  return (quoted ?? plain)?.replace(/^\\\?\?\\/, "") || undefined;
}

/** The folder of a program, with its last backslash. */
export function folderOf(executable: string): string {
  return executable.slice(0, executable.lastIndexOf("\\") + 1);
}

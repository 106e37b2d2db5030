import { wideText } from "../../windows/win32.ts";

/** winsvc.h, ENUM_SERVICE_STATUS_PROCESSW of 64-bit Windows: bytes of an entry, and where in it the pid lies. */
const ENTRY = 56;
const PID = 44;

/**
 * Names of the services that run, by the pid of their process: an svchost may run several. Each list is sorted.
 *
 * @param bytes what EnumServicesStatusExW filled: `count` entries, and behind them the names
 * @param base the address of the buffer's first byte then: names are pointers into it
 */
export function parseServices(bytes: Buffer, count: number, base: bigint): Map<number, string[]> {
  const services = new Map<number, string[]>();
  const held = Math.min(count, Math.floor(bytes.length / ENTRY));
  for (let index = 0; index < held; index++) {
    const entry = index * ENTRY;
    const pid = bytes.readUInt32LE(entry + PID);
    const name = textAt(bytes, Number(bytes.readBigUInt64LE(entry) - base));
    if (pid === 0 || name === "") continue;
    const names = services.get(pid);
    if (names === undefined) services.set(pid, [name]);
    else names.push(name);
  }
  for (const names of services.values()) names.sort();
  return services;
}

/** winsvc.h, QUERY_SERVICE_CONFIGW of 64-bit Windows: where in it the account's name is pointed to. */
const START_NAME = 48;

/**
 * The account that a service runs as, as the administrator gave it: "LocalSystem", "NT AUTHORITY\\LocalService",
 * "CORP\\sql". Undefined of a driver.
 *
 * @param bytes what QueryServiceConfigW filled
 * @param base the address of the buffer's first byte then
 */
export function parseServiceAccount(bytes: Buffer, base: bigint): string | undefined {
  if (bytes.length < START_NAME + 8) return undefined;
  return textAt(bytes, Number(bytes.readBigUInt64LE(START_NAME) - base)) || undefined;
}

/** Of a service's name and of an account's, both of which Windows keeps shorter by far. */
const LONGEST = 1024;

/** Empty where it lies outside the bytes. */
function textAt(bytes: Buffer, from: number): string {
  return from < 0 ? "" : wideText(bytes.subarray(from, from + 2 * LONGEST));
}

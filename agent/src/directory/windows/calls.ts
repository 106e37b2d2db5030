import { type AsyncFunction, callAsync } from "../../windows/call-async.ts";
import { loadKoffi, openLibrary } from "../../windows/koffi.ts";
import { lazily } from "../../windows/win32.ts";
import {
  type Answer,
  answerOf,
  type ChannelAnswer,
  type ControllerAnswer,
  type EntraAnswer,
  type JoinAnswer,
  type RoleAnswer,
  valueOf,
} from "./evidence.ts";

/** DsGetDcNameW: DNS names, and what Netlogon remembers, which is not refreshed. */
const RETURN_DNS_NAME = 0x4000_0000;
const BACKGROUND_ONLY = 0x100;
const BASIC_ROLE = 1;
/** NETLOGON_CONTROL_TC_QUERY: how the last use of the channel ended. It is not used for this. */
const QUERY_CHANNEL = 6;
const CHANNEL_LEVEL = 2;

/**
 * What Windows is asked about a membership, one function for each system call, each in a thread of its own, as it asks a
 * service; doubles stand in tests.
 */
export interface DirectoryCalls {
  join(): Promise<Answer<JoinAnswer>>;
  role(): Promise<Answer<RoleAnswer>>;
  controller(): Promise<Answer<ControllerAnswer>>;
  /** Administrators only; code 5 for others; undefined as below. @param domain NetBIOS name */
  channel(domain: string): Promise<Answer<ChannelAnswer> | undefined>;
  /** undefined where Windows has no such function. */
  entra(): Promise<Answer<EntraAnswer> | undefined>;
}

type Text = string | null;

const functions = lazily(() => {
  const koffi = loadKoffi();
  const net = openLibrary("netapi32.dll");
  const joinInformation: AsyncFunction = net.func("uint32 __stdcall NetGetJoinInformation(void *, void *, void *)");
  const roleInformation: AsyncFunction = net.func(
    "uint32 __stdcall DsRoleGetPrimaryDomainInformation(void *, int, void *)",
  );
  const controllerName: AsyncFunction = net.func(
    "uint32 __stdcall DsGetDcNameW(void *, void *, void *, void *, uint32, void *)",
  );
  const freeBuffer: (buffer: bigint) => number = net.func("uint32 __stdcall NetApiBufferFree(void *)");
  const freeRole: (buffer: bigint) => void = net.func("void __stdcall DsRoleFreeMemory(void *)");
  const role = koffi.struct({ role: "int32", flags: "uint32", netbios: "str16", dnsDomain: "str16", forest: "str16" });
  const controller = koffi.struct({
    name: "str16",
    address: "str16",
    addressType: "uint32",
    domainGuid: koffi.array("uint8", 16),
    dnsDomain: "str16",
    forest: "str16",
    flags: "uint32",
    controllerSite: "str16",
    site: "str16",
  });
  const channel = koffi.struct({ flags: "uint32", pdcStatus: "uint32", controller: "str16", status: "uint32" });
  const entra = koffi.struct({
    kind: "int32",
    certificate: "void *",
    deviceId: "void *",
    provider: "void *",
    tenantId: "str16",
  });
  const types = { role, controller, channel, entra };
  const decode = (
    at: bigint,
    type: keyof typeof types,
  ): Record<string, Text> & { kind: number; role: number; status: number } => koffi.decode(at, types[type]);
  const text = (at: bigint): Text => koffi.decode(at, "char16_t", -1);
  const control = ifThere<AsyncFunction>(() =>
    net.func("uint32 __stdcall I_NetLogonControl2(void *, uint32, uint32, void *, void *)"),
  );
  const entraInformation = ifThere<AsyncFunction>(() =>
    net.func("int32 __stdcall NetGetAadJoinInformation(void *, void *)"),
  );
  const freeEntra = ifThere<(at: bigint) => void>(() => net.func("void __stdcall NetFreeAadJoinInformation(void *)"));
  const always = { joinInformation, roleInformation, controllerName, freeBuffer, freeRole };
  return { ...always, control, entraInformation, freeEntra, decode, text };
});

const pointer = (): Buffer => Buffer.alloc(8);

/** This host's own. @throws Error where netapi32.dll lacks a function that every Windows has. */
export const localCalls: DirectoryCalls = {
  async join() {
    const { joinInformation, freeBuffer, text } = functions();
    const [name, status] = [pointer(), Buffer.alloc(4)];
    const code = await callAsync(joinInformation, [null, name, status]);
    if (code !== 0) return { code };
    const told = answerOf(code, name, text, freeBuffer);
    return { value: { status: status.readInt32LE(), ...texts({ name: valueOf(told) ?? null }) } };
  },
  async role() {
    const { roleInformation, freeRole, decode } = functions();
    const found = pointer();
    const code = await callAsync(roleInformation, [null, BASIC_ROLE, found]);
    const read = (at: bigint): RoleAnswer => {
      const { role, netbios = null, dnsDomain = null, forest = null } = decode(at, "role");
      return { role, ...texts({ netbios, dnsDomain, forest }) };
    };
    return answerOf(code, found, read, freeRole);
  },
  async controller() {
    const { controllerName, freeBuffer, decode } = functions();
    const found = pointer();
    const flags = RETURN_DNS_NAME | BACKGROUND_ONLY;
    const code = await callAsync(controllerName, [null, null, null, null, flags, found]);
    const read = (at: bigint): ControllerAnswer => {
      const { name = null, address = null, dnsDomain = null, forest = null, site = null } = decode(at, "controller");
      return texts({ name, address, dnsDomain, forest, site });
    };
    return answerOf(code, found, read, freeBuffer);
  },
  async channel(domain) {
    const { control, freeBuffer, decode } = functions();
    if (control === undefined) return undefined;
    const [name, input, found] = [Buffer.from(`${domain}\0`, "utf16le"), pointer(), pointer()];
    // A pointer to the pointer of the trusted domain's name.
    input.writeBigUInt64LE(loadKoffi().address(name));
    const code = await callAsync(control, [null, QUERY_CHANNEL, CHANNEL_LEVEL, input, found]);
    const read = (at: bigint): ChannelAnswer => {
      const { status, controller = null } = decode(at, "channel");
      return { status, ...texts({ controller }) };
    };
    // Looked at once more here, so that it is not taken away while the call is under way.
    return name.length === 0 ? undefined : answerOf(code, found, read, freeBuffer);
  },
  async entra() {
    const { entraInformation, freeEntra, decode } = functions();
    if (entraInformation === undefined || freeEntra === undefined) return undefined;
    const found = pointer();
    const code = (await callAsync(entraInformation, [null, found])) >>> 0;
    if (code === 0 && found.readBigUInt64LE() === 0n) return { value: "none" };
    const read = (at: bigint): EntraAnswer => {
      const { kind, tenantId = null } = decode(at, "entra");
      return { kind, ...texts({ tenantId }) };
    };
    return answerOf(code, found, read, freeEntra);
  },
};

/** A function that not every Windows has. */
function ifThere<Function>(bind: () => Function): Function | undefined {
  try {
    return bind();
  } catch {
    return undefined;
  }
}

/** Without those that are null or empty. */
function texts<Name extends string>(all: Record<Name, Text>): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name in all) {
    const text = all[name];
    if (text !== null && text !== "") found[name] = text;
  }
  return found;
}

import { loadKoffi, openLibrary } from "../../windows/koffi.ts";
import { lazily } from "../../windows/win32.ts";
import type { Answer, ChannelAnswer, ControllerAnswer, EntraAnswer, JoinAnswer, RoleAnswer } from "./evidence.ts";

/** DsGetDcNameW: DNS names, and only what Netlogon remembers, so that nothing goes to the network. */
const RETURN_DNS_NAME = 0x4000_0000;
const BACKGROUND_ONLY = 0x100;
const BASIC_ROLE = 1;
/** NETLOGON_CONTROL_TC_QUERY: how the last use of the channel ended. It is not used for this. */
const QUERY_CHANNEL = 6;
const CHANNEL_LEVEL = 2;

/** What Windows is asked about a membership, one function for each system call; doubles stand in tests. */
export interface DirectoryCalls {
  join(): Answer<JoinAnswer>;
  role(): Answer<RoleAnswer>;
  /** In a thread of its own, as it asks a service. */
  controller(): Promise<Answer<ControllerAnswer>>;
  /** Administrators only; code 5 for others; undefined as below. @param domain NetBIOS name */
  channel(domain: string): Promise<Answer<ChannelAnswer> | undefined>;
  /** undefined where Windows has no such function. */
  entra(): Answer<EntraAnswer> | undefined;
}

type Text = string | null;
type Code = (error: Error | null, code: number) => void;
interface Async {
  async(...args: [...unknown[], Code]): void;
}

const functions = lazily(() => {
  const koffi = loadKoffi();
  const net = openLibrary("netapi32.dll");
  const joinInformation: (server: null, name: Buffer, status: Buffer) => number = net.func(
    "uint32 __stdcall NetGetJoinInformation(void *, void *, void *)",
  );
  const roleInformation: (server: null, level: number, found: Buffer) => number = net.func(
    "uint32 __stdcall DsRoleGetPrimaryDomainInformation(void *, int, void *)",
  );
  const controllerName: Async = net.func(
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
  const control = ifThere<Async>(() =>
    net.func("uint32 __stdcall I_NetLogonControl2(void *, uint32, uint32, void *, void *)"),
  );
  const entraInformation = ifThere<(tenant: null, into: Buffer) => number>(() =>
    net.func("int32 __stdcall NetGetAadJoinInformation(void *, void *)"),
  );
  const freeEntra = ifThere<(at: bigint) => void>(() => net.func("void __stdcall NetFreeAadJoinInformation(void *)"));
  const always = { joinInformation, roleInformation, controllerName, freeBuffer, freeRole };
  return { ...always, control, entraInformation, freeEntra, decode, text };
});

const pointer = (): Buffer => Buffer.alloc(8);

/** This host's own. @throws Error where netapi32.dll lacks a function that every Windows has. */
export const localCalls: DirectoryCalls = {
  join() {
    const { joinInformation, freeBuffer, text } = functions();
    const [name, status] = [pointer(), Buffer.alloc(4)];
    const code = joinInformation(null, name, status);
    if (code !== 0) return { code };
    const at = name.readBigUInt64LE();
    const value = { status: status.readInt32LE(), ...texts({ name: at === 0n ? null : text(at) }) };
    if (at !== 0n) freeBuffer(at);
    return { value };
  },
  role() {
    const { roleInformation, freeRole, decode } = functions();
    const found = pointer();
    const code = roleInformation(null, BASIC_ROLE, found);
    if (code !== 0) return { code };
    const at = found.readBigUInt64LE();
    const { role, netbios = null, dnsDomain = null, forest = null } = decode(at, "role");
    freeRole(at);
    return { value: { role, ...texts({ netbios, dnsDomain, forest }) } };
  },
  async controller() {
    const { controllerName, freeBuffer, decode } = functions();
    const found = pointer();
    const flags = RETURN_DNS_NAME | BACKGROUND_ONLY;
    const code = await called(controllerName, [null, null, null, null, flags, found]);
    if (code !== 0) return { code };
    const at = found.readBigUInt64LE();
    const { name = null, address = null, dnsDomain = null, forest = null, site = null } = decode(at, "controller");
    freeBuffer(at);
    return { value: texts({ name, address, dnsDomain, forest, site }) };
  },
  async channel(domain) {
    const { control, freeBuffer, decode } = functions();
    if (control === undefined) return undefined;
    const [name, input, found] = [Buffer.from(`${domain}\0`, "utf16le"), pointer(), pointer()];
    // A pointer to the pointer of the trusted domain's name.
    input.writeBigUInt64LE(loadKoffi().address(name));
    const code = await called(control, [null, QUERY_CHANNEL, CHANNEL_LEVEL, input, found]);
    // Looked at once more here, so that it is not taken away while the call is under way.
    if (code !== 0 || name.length === 0) return { code };
    const at = found.readBigUInt64LE();
    const { status, controller = null } = decode(at, "channel");
    freeBuffer(at);
    return { value: { status, ...texts({ controller }) } };
  },
  entra() {
    const { entraInformation, freeEntra, decode } = functions();
    if (entraInformation === undefined || freeEntra === undefined) return undefined;
    const found = pointer();
    const code = entraInformation(null, found);
    if (code !== 0) return { code: code >>> 0 };
    const at = found.readBigUInt64LE();
    if (at === 0n) return { value: "none" };
    const { kind, tenantId = null } = decode(at, "entra");
    freeEntra(at);
    return { value: { kind, ...texts({ tenantId }) } };
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

function called(call: Async, args: unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error, code) => (error === null ? resolve(code) : reject(error)));
  });
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

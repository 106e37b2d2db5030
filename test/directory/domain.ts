import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { Directory, Report } from "@portolan/protocol";
import { type Estate, buildEstate } from "../estate/estate.ts";
import type { ExecResult, HostProcess } from "../estate/host-process.ts";
import type { Host } from "../estate/host.ts";

/** Programs that the domain needs, each with its Debian package (and more, see .ci/run). */
export const DOMAIN_PROGRAMS = {
  samba: "samba-ad-dc samba-ad-provision",
  winbindd: "winbind",
  adcli: "adcli libsasl2-modules-gssapi-mit",
  realm: "realmd",
  sssd: "sssd-ad",
  kinit: "krb5-user",
};

const DOMAIN = "corp.example";
export const REALM = "CORP.EXAMPLE";
export const CONTROLLER = { name: "dc1", address: "10.66.0.10" };
const PASSWORD = "Lab-Passw0rd";
const AGENT = fileURLToPath(new URL("../../agent/src/main.ts", import.meta.url));
const ENV = { NODE_COMPILE_CACHE: fileURLToPath(new URL("../../node_modules/.cache/compile", import.meta.url)) };
const KRB5 = `[libdefaults]\n default_realm = ${REALM}\n dns_lookup_realm = false\n dns_lookup_kdc = true\n rdns = false\n`;

/** Notes who opens a TCP connection, or sends a datagram, to which port; lets all through, and makes nobody track. */
const WITNESS = `table ip witness {
  set calls { type inet_proto . ipv4_addr . inet_service; flags dynamic; size 8192; }
  chain input {
    type filter hook input priority 0;
    tcp flags & (syn | ack) == syn add @calls { ip protocol . ip saddr . tcp dport }
    meta l4proto udp add @calls { ip protocol . ip saddr . udp dport }
  }
}
`;

/** How a host of the domain is joined; `realm-…` names the client software. `sssd-then-net` is joined twice. */
export type Join = "net" | "adcli" | "realm-sssd" | "realm-winbind" | "sssd-then-net" | "none";

/** A command inside the domain failed; the message holds its output. */
class DomainError extends Error {
  override name = "DomainError";
}

/** One end calls the controller: from which address, to which port. */
export interface Call {
  protocol: "tcp" | "udp";
  from: string;
  port: number;
}

/** A Samba domain controller (site Hamburg, its own DNS) and members, each a host of the lab. */
export interface Domain {
  estate: Estate;
  /** Runs samba-tool on the controller; throws {@link DomainError} where it fails. */
  administer(...args: string[]): Promise<void>;
  stopController(): Promise<void>;
  /** What reached the controller since the last call, by its own firewall, each once: TCP connections and datagrams. */
  takeCalls(): Promise<Call[]>;
  close(): Promise<void>;
}

/**
 * Builds the domain and joins its members, which take turns at the controller.
 *
 * @param tracking members whose own firewall has connections tracked; the others' and the controller's has not
 */
export async function buildDomain(
  members: Record<string, Join>,
  { tracking = [] }: { tracking?: readonly string[] } = {},
): Promise<Domain> {
  const names = Object.keys(members);
  const estate = await buildEstate({
    segments: [{ name: "servers", cidr: "10.66.0.0/24" }],
    hosts: [CONTROLLER, ...names.map((name, index) => ({ name, address: `10.66.0.${11 + index}` }))].map((host) => ({
      ...host,
      segment: "servers",
      tracks: tracking.includes(host.name),
    })),
  });
  try {
    for (const host of estate.hosts) await prepare(host);
    const controller = estate.host(CONTROLLER.name);
    const running = await startController(controller);
    await must(controller, ["nft", "-f", "-"], WITNESS);
    for (const [name, how] of Object.entries(members)) await joinDomain(estate.host(name), how);
    return {
      estate,
      administer: async (...args) => void (await must(controller, ["samba-tool", ...args])),
      async takeCalls() {
        const { stdout } = await must(controller, ["nft", "-n", "list", "set", "ip", "witness", "calls"]);
        await must(controller, ["nft", "flush", "set", "ip", "witness", "calls"]);
        return Array.from(
          stdout.matchAll(/(?<protocol>6|17) \. (?<from>[\d.]{7,}) \. (?<port>\d+)/g),
          ({ groups }) => ({
            protocol: groups?.["protocol"] === "6" ? "tcp" : "udp",
            from: groups?.["from"] ?? "",
            port: Number(groups?.["port"]),
          }),
        );
      },
      stopController: async () => void (await running.stop("SIGKILL")),
      close: () => estate.close(),
    };
  } catch (error) {
    await estate.close();
    throw error;
  }
}

/** Runs a command in a host; throws {@link DomainError} unless it exits 0. */
export async function must(host: Host, argv: readonly string[], input = ""): Promise<ExecResult> {
  const result = await host.exec(argv, { input, env: { KRB5CCNAME: "FILE:/run/krb5cc" } });
  if (result.code !== 0) throw new DomainError(`${host.name}: ${argv.join(" ")}: ${JSON.stringify(result)}`);
  return result;
}

/** What `portolan-agent once` reports of the host's domain, the way to it as its own user of the agent's may be given. */
export async function onceOn(
  host: Host,
  options: { config?: object; as?: readonly string[]; state?: string } = {},
): Promise<{ directory: Directory; report: Report; text: string }> {
  const config = join(host.stateDir, "agent.json");
  writeFileSync(config, JSON.stringify(options.config ?? {}));
  const argv = [process.execPath, AGENT, "once", "--json", "--config", config];
  if (options.state !== undefined) argv.push("--state", options.state);
  const result = await host.exec([...(options.as ?? []), ...argv], { env: ENV });
  if (result.code !== 0) throw new DomainError(`${host.name}: once: ${JSON.stringify(result)}`);
  const report = Report.parse(JSON.parse(result.stdout));
  return { report, directory: Directory.parse(report.directory), text: result.stdout };
}

/**
 * Runs `portolan-agent capture` for some seconds, as a service would run, and returns its reports. All captures of a
 * host share the agent's state.
 *
 * @param as the way to the agent, such as another view of the file system
 */
export async function captureOn(
  host: Host,
  name: string,
  seconds: number,
  as: readonly string[] = [],
): Promise<Report[]> {
  const [config, output] = [join(host.stateDir, "capture.json"), join(host.stateDir, `${name}.jsonl`)];
  writeFileSync(config, JSON.stringify({ sampleSeconds: 1, reportSeconds: 5, cpuPercent: 100 }));
  const options = [
    "--for",
    `${seconds}s`,
    "--output",
    output,
    "--state",
    join(host.stateDir, "agent"),
    "--config",
    config,
  ];
  const result = await host.exec([...as, process.execPath, AGENT, "capture", ...options], { env: ENV });
  if (result.code !== 0) throw new DomainError(`${host.name}: capture: ${JSON.stringify(result)}`);
  const lines = readFileSync(output, "utf8").trim().split("\n");
  return lines.map((line) => Report.parse(JSON.parse(line)));
}

/** Names, resolver and Kerberos of a host, as an installer would set them; nothing of the machine's own. */
async function prepare(host: Host): Promise<void> {
  const folder = join(host.stateDir, "etc");
  mkdirSync(folder);
  writeFileSync(join(folder, "resolv.conf"), `search ${DOMAIN}\nnameserver ${CONTROLLER.address}\n`);
  writeFileSync(join(folder, "hosts"), `127.0.0.1 localhost\n${host.address} ${host.name}.${DOMAIN} ${host.name}\n`);
  writeFileSync(join(folder, "krb5.conf"), KRB5);
  const script = `cp etc/* /etc/; rm -f /etc/samba/smb.conf /etc/krb5.keytab; mkdir -p /run/samba /run/sssd /var/log/samba`;
  await must(host, ["sh", "-ec", script]);
}

async function startController(host: Host): Promise<HostProcess> {
  const { name, address } = CONTROLLER;
  const options = {
    realm: REALM,
    domain: "CORP",
    "server-role": "dc",
    "dns-backend": "SAMBA_INTERNAL",
    adminpass: PASSWORD,
    "host-name": name,
    "host-ip": address,
    site: "Hamburg",
  };
  const flags = Object.entries(options).map(([key, value]) => `--${key}=${value}`);
  await must(host, ["samba-tool", "domain", "provision", "--use-rfc2307", ...flags]);
  await must(host, ["sed", "-i", "/dns forwarder/d", "/etc/samba/smb.conf"]);
  const running = host.spawn(["samba", "-F", "--no-process-group", "--debug-stdout"], { log: "samba.log" });
  for (const port of [53, 88, 389, 445, 464]) await host.waitForListener(port, 60_000);
  // It listens before it answers.
  const asked = ["ldapsearch", "-x", "-H", `ldap://${address}`, "-s", "base", "-b", "", "defaultNamingContext"];
  for (let attempt = 0; (await host.exec(asked)).code !== 0; attempt += 1) {
    if (attempt === 100) throw new DomainError("the controller does not answer");
    await sleep(100);
  }
  return running;
}

function realmJoin(client: string, software: string): string[] {
  const how = [`--client-software=${client}`, `--membership-software=${software}`];
  return ["realm", "join", "--install=/", ...how, DOMAIN];
}

async function joinDomain(host: Host, how: Join): Promise<void> {
  switch (how) {
    case "none":
      return;
    case "net": {
      const settings = `workgroup = CORP\nrealm = ${REALM}\nsecurity = ADS\nkerberos method = secrets and keytab\n`;
      await must(host, ["sh", "-c", "cat >/etc/samba/smb.conf"], `[global]\n${settings}`);
      await must(host, ["net", "ads", "join", "-U", `Administrator%${PASSWORD}`, "--no-dns-updates"]);
      return;
    }
    case "sssd-then-net":
      // As whoever adds a file server to a host with sssd; realmd itself refuses the other order.
      await joinDomain(host, "realm-sssd");
      return joinDomain(host, "net");
    case "adcli":
      await must(host, ["adcli", "join", "--stdin-password", DOMAIN], PASSWORD);
      return;
    case "realm-sssd":
      await must(host, realmJoin("sssd", "adcli"), `${PASSWORD}\n`);
      return;
    case "realm-winbind":
      await must(host, realmJoin("winbind", "samba"), `${PASSWORD}\n`);
  }
}

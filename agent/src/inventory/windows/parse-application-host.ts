import { isIP } from "node:net";
import type { Software } from "@portolan/protocol";
import { type Attribute, walkXml } from "../../windows/walk-xml.ts";

/** A file that is not what IIS writes. */
export class ApplicationHostError extends Error {
  override name = "ApplicationHostError";
}

type Binding = NonNullable<Software["bindings"]>[number];

export interface Site {
  name: string;
  bindings: Binding[];
}

/** Under which identity a pool's worker processes run. */
export interface ApplicationPool {
  name: string;
  /** `SpecificUser`, `ApplicationPoolIdentity`, … */
  identityType: string;
  /** Of a SpecificUser. */
  userName?: string;
}

const SITE = "configuration/system.applicationHost/sites/site";
const POOLS = "configuration/system.applicationHost/applicationPools";
const BINDING = `${SITE}/bindings/binding`;
/** Of those schemes the binding is `address:port:name`; of net.tcp it is `port:name`. */
const WITH_ADDRESS = new Set(["http", "https", "ftp"]);

/**
 * Sites and bindings of an applicationHost.config; nothing else of it is kept, as it may hold passwords. Document types
 * are refused, and with them entities of one's own.
 *
 * @returns `lost` is the number of bindings that could not be read
 * @throws ApplicationHostError naming the line.
 */
export function parseApplicationHost(text: string): { sites: Site[]; lost: number } {
  const sites: Site[] = [];
  let lost = 0;
  walk(text, (where, attribute) => {
    if (where === SITE) sites.push({ name: attribute("name").slice(0, 255), bindings: [] });
    if (where !== BINDING) return;
    const binding = bindingOf(attribute("protocol"), attribute("bindingInformation"));
    if (binding === undefined) lost++;
    else sites.at(-1)?.bindings.push(binding);
  });
  return { sites: sites.filter(({ name }) => name !== ""), lost };
}

/**
 * The application pools of the same file, names and users only; a password is never looked at. What a pool doesn't say,
 * the file's defaults say, and those of IIS after them (since 7.5: ApplicationPoolIdentity).
 *
 * @throws ApplicationHostError naming the line.
 */
export function parseApplicationPools(text: string): ApplicationPool[] {
  const pools: Partial<ApplicationPool>[] = [];
  const defaults: Partial<ApplicationPool> = {};
  walk(text, (where, attribute) => {
    if (where === `${POOLS}/add`) pools.push({ name: attribute("name").slice(0, 255) });
    const isDefault = where === `${POOLS}/applicationPoolDefaults/processModel`;
    const pool = isDefault ? defaults : where === `${POOLS}/add/processModel` ? pools.at(-1) : undefined;
    if (pool === undefined) return;
    const [identityType, userName] = [attribute("identityType"), attribute("userName").slice(0, 255)];
    if (identityType !== "") pool.identityType = identityType.slice(0, 255);
    if (userName !== "") pool.userName = userName;
  });
  return pools.flatMap((pool) => {
    const { name = "", identityType = "ApplicationPoolIdentity", userName } = { ...defaults, ...pool };
    const isNamed = identityType === "SpecificUser" && userName !== undefined;
    return name === "" ? [] : [{ name, identityType, ...(isNamed && { userName }) }];
  });
}

/**
 * Where IIS takes its configuration from, by its redirection.config; undefined where it takes its own. The user and the
 * password beside it are not looked at.
 *
 * @throws ApplicationHostError naming the line.
 */
export function parseRedirection(text: string): string | undefined {
  let folder: string | undefined;
  walk(text, (where, attribute) => {
    if (where !== "configuration/configurationRedirection" || !/^true$/i.test(attribute("enabled"))) return;
    folder = attribute("path").slice(0, 512) || "a place that is not named";
  });
  return folder;
}

function walk(text: string, onElement: (where: string, attribute: Attribute) => void): void {
  walkXml(text, ApplicationHostError, { onElement });
}

function bindingOf(scheme: string, information: string): Binding | undefined {
  if (scheme === "" || scheme.length > 255) return undefined;
  if (scheme === "net.tcp") return netTcp(information);
  if (!WITH_ADDRESS.has(scheme)) return { scheme };
  const [, address = "", port = "", hostName = ""] = /^(.*):(\d{1,5}):([^:]*)$/.exec(information) ?? [];
  const plain = address.replace(/^\[(.*)\]$/, "$1");
  const isAny = plain === "" || plain === "*";
  if (!isPort(port) || (!isAny && isIP(plain) === 0)) return undefined;
  return {
    scheme,
    ...(!isAny && { address: plain }),
    port: Number(port),
    ...(hostName !== "" && hostName !== "*" && { hostName: hostName.slice(0, 255) }),
  };
}

function netTcp(information: string): Binding | undefined {
  const [port = "", hostName = ""] = information.split(":", 2);
  if (!isPort(port)) return undefined;
  return {
    scheme: "net.tcp",
    port: Number(port),
    ...(hostName !== "" && hostName !== "*" && { hostName: hostName.slice(0, 255) }),
  };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

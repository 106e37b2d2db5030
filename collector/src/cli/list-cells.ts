/** One item of the API, and below what the cells of a table show of it. */
export type Row = Record<string, unknown>;

/** Every interface has one, and nobody beyond the link can use it. */
const LINK_LOCAL = /^(fe80:|169\.254\.)/;

const text = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map(text).join(", ");
  return String(value);
};
export const field = (name: string) => (row: Row) => {
  const value = row[name];
  return typeof value === "number" ? value : text(value);
};
export const atLeast = (row: Row) => `${row["lowerBound"] ? "≥ " : ""}${text(row["connections"])}`;
export const minute = (name: string) => (row: Row) =>
  text(row[name])
    .replace("T", " ")
    .replace(/:\d\d\.\d+Z$/, "Z");
export const end = (side: "client" | "server") => (row: Row) => {
  const [host, address] = [text(row[`${side}Host`]), text(row[`${side}Address`])];
  return host && address ? `${host} (${address})` : host || address;
};
export const service = (row: Row) => `${text(row["protocol"])}/${text(row["serverPort"])}`;

export const failed = (row: Row) => Number(row["failed"] ?? 0) || "";
/** Of what a later look no longer found. */
export const still = (name: string) => (row: Row) => (row[name] ? "yes" : "no longer");
export const ports = (row: Row) => `${text(row["ports"])}${row["dynamicPorts"] ? " (dynamic)" : ""}`;

export const addresses = (row: Row) =>
  (row["addresses"] as { address: string; hostLocal: boolean }[])
    .filter((entry) => !entry.hostLocal && !LINK_LOCAL.test(entry.address))
    .map((entry) => entry.address)
    .join(", ");
export const kind = (row: Row) => {
  const original = row["cloneOf"] as { name: string } | undefined;
  const retired = row["retiredAt"] === undefined ? "" : ", retired";
  return `${text(row["kind"])}${original ? `, clone of ${original.name}` : ""}${retired}`;
};
/** Below this a clock is as right as a Date header can tell. */
const NO_SKEW_MS = 5000;
export const skew = (row: Row) => {
  const ms = Number(row["skewMs"] ?? 0);
  if (Math.abs(ms) < NO_SKEW_MS) return row["skewMs"] === undefined ? "" : "none";
  return `${Math.round(Math.abs(ms) / 1000)} s ${ms > 0 ? "ahead" : "behind"}`;
};
export const notes = (row: Row) =>
  [
    ["clones", "clone(s)"],
    ["conflicts", "report(s) under a used number"],
    ["correctedReports", "report(s) with corrected times"],
    ["misplacedReports", "report(s) with times that made no sense"],
  ]
    .flatMap(([name = "", words = ""]) => (row[name] === undefined ? [] : [`${text(row[name])} ${words}`]))
    .concat(row["retiredAt"] === undefined ? [] : ["retired"])
    .join(", ");

export const names = (field: string) => (row: Row) =>
  (row[field] as { name: string }[]).map(({ name }) => name).join(", ");
export const domain = (row: Row) => text(row["dnsDomain"] ?? row["realm"]);
export const status = (row: Row) => {
  const parts = [text(row["status"]), text(row["reason"])].filter((part) => part !== "");
  return parts.join(", ");
};
/** What a person must know of a host besides its membership. */
export const directoryNotes = (row: Row) => {
  const controller = row["controller"] as { confidence: number } | undefined;
  const authenticates = row["authenticates"] as { services: string[]; processes: string[] } | undefined;
  const by = authenticates?.processes.length ? ` by ${authenticates.processes.join(", ")}` : "";
  return [
    ...(row["retiredAt"] === undefined ? [] : ["retired"]),
    ...(controller ? [`domain controller, confidence ${controller.confidence}`] : []),
    ...(authenticates ? [`uses the directory without being joined: ${authenticates.services.join(", ")}${by}`] : []),
    ...(row["states"] === undefined ? [] : [`${text(row["states"])} states so far`]),
  ].join("; ");
};
export const accounts = (row: Row) =>
  [...new Set(((row["serviceAccounts"] ?? []) as { account: string }[]).map(({ account }) => account))].join(", ");
/** Two sites may have the same range. */
export const segments = (row: Row) => {
  const all = row["segments"] as { cidr: string; site: string }[];
  const isOneSite = new Set(all.map(({ site }) => site)).size < 2;
  return all.map(({ cidr, site }) => (isOneSite ? cidr : `${cidr}@${site}`)).join(", ");
};
export const sitesOfSegment = (row: Row) =>
  (row["sites"] as { name: string; hosts: number }[]).map(({ name, hosts }) => `${name} (${hosts})`).join(", ");
export const reasons = (row: Row) => (row["reasons"] as { text: string }[]).map(({ text }) => text).join("; ");

/** A question mark where flows alone suggest it. */
export const addressKind = (row: Row) => `${text(row["kind"])}${row["suspected"] ? "?" : ""}`;
export const addressSource = (row: Row) =>
  text(row["importId"] === undefined ? row["source"] : [row["source"], `import ${text(row["importId"])}`]);

interface Flows extends Row {
  server: string;
  confidence: number;
  reasons: string[];
}
/** Why it is suspected, or which flows agree with what was told. */
export const addressNotes = (row: Row) =>
  ((row["flows"] ?? []) as Flows[])
    .map((flows) => {
      const seen = `${atLeast(flows)} connection(s), last ${minute("lastSeen")(flows)}`;
      return row["suspected"]
        ? `suspected from flows, confidence ${flows.confidence}: ${flows.reasons.join("; ")}; ${seen}`
        : `flows agree: ${text(flows["protocol"])}/${text(flows["port"])} of ${flows.server}, ${seen}`;
    })
    .join("; ");

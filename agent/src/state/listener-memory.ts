import { readFileSync } from "node:fs";
import type { ListenerMemory } from "../flows/flow-table.ts";

/**
 * What the last run remembered. Without it the direction of some flows is less sure, and what that run counted may count
 * again.
 */
export function readListenerMemory(file: string): ListenerMemory | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isMemory(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

function isMemory(content: unknown): content is ListenerMemory {
  if (typeof content !== "object" || content === null || !("listeners" in content)) return false;
  const { listeners } = content;
  const lookedAt: unknown = Reflect.get(content, "lookedAt");
  if (lookedAt !== undefined && !Number.isFinite(lookedAt)) return false;
  const standing: unknown = Reflect.get(content, "standing");
  if (standing !== undefined && !(Array.isArray(standing) && standing.every(Number.isInteger))) return false;
  return Array.isArray(listeners) && listeners.every(isKnownListener);
}

function isKnownListener(item: unknown): boolean {
  const value = (key: string): unknown =>
    typeof item === "object" && item !== null ? Reflect.get(item, key) : undefined;
  const process = value("process");
  return (
    (value("protocol") === "tcp" || value("protocol") === "udp") &&
    typeof value("address") === "string" &&
    Number.isInteger(value("port")) &&
    Number.isFinite(value("lastSeen")) &&
    (process === undefined || (typeof process === "object" && process !== null))
  );
}

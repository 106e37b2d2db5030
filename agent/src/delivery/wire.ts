/**
 * Numbers that packages/protocol fixes. They are repeated here because importing that package would load zod, 10 MB
 * of the agent's memory; a test holds them equal.
 */
export const PROTOCOL_VERSION = 1;
export const REPORT_LIMITS = { flows: 50_000, listeners: 20_000, processes: 20_000, sources: 64, load: 200 } as const;

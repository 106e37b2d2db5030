/** The agent's own version: the same as in its package.json. */
export const AGENT_VERSION = "0.1.0";

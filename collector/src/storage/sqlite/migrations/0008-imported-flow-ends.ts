import type { Migration } from "./migration.ts";

/** A host's imported flows are found from either end; 0 is no host. */
export const importedFlowEnds: Migration = {
  version: 8,
  sql: `
CREATE INDEX imported_flow_by_client ON imported_flow (client_host_key);
CREATE INDEX imported_flow_by_server ON imported_flow (server_host_key);
`,
};

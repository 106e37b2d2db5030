// The web server of the monolith: asks the database on 127.0.0.1 for every request, and keeps one connection to it.
import { makeCall } from "./call.ts";
import { readPlan } from "./read-plan.ts";
import { serve, type ServerPlan } from "./serve.ts";

const LONGER_THAN_ANY_RUN_MS = 600_000;

const plan = readPlan<ServerPlan>();
const database = { address: "127.0.0.1", port: plan.databasePort ?? 5432, closedBy: "client" as const };
const log = plan.calls ?? "web-server.calls.jsonl";

void makeCall({ ...database, holdMs: LONGER_THAN_ANY_RUN_MS }, log);
serve(plan, () => makeCall({ ...database, holdMs: 5 }, log));

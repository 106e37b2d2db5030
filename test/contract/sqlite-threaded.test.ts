import { fileURLToPath } from "node:url";
import { openThreadedStorage } from "@portolan/collector";
import { describeStorage } from "./storage.contract.ts";

const writer = fileURLToPath(new URL("sqlite-threaded-writer.ts", import.meta.url));

describeStorage("SQLite with a writing thread", (dataDir) => openThreadedStorage({ dataDir }), writer);

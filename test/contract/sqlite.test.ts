import { fileURLToPath } from "node:url";
import { openStorage } from "@portolan/collector";
import { describeStorage } from "./storage.contract.ts";

const writer = fileURLToPath(new URL("sqlite-writer.ts", import.meta.url));

describeStorage("SQLite", (dataDir) => openStorage({ dataDir }), writer);

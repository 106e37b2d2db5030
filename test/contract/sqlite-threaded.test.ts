import { fileURLToPath } from "node:url";
import { openStorageBeside, openThreadedStorage, type Storage } from "@portolan/collector";
import { describeStorage } from "./storage.contract.ts";

const writer = fileURLToPath(new URL("sqlite-threaded-writer.ts", import.meta.url));

/** As another thread sees the store. */
async function openBeside(dataDir: string): Promise<Storage> {
  const storage = await openThreadedStorage({ dataDir });
  const beside = openStorageBeside(storage.connect(), { dataDir });
  async function close(): Promise<void> {
    await beside.close();
    await storage.close();
  }
  return { ...beside, close };
}

describeStorage("SQLite with a writing thread", (dataDir) => openThreadedStorage({ dataDir }), writer);
describeStorage("SQLite with a writing thread, from another thread", openBeside, writer);

import { openThreadedStorage } from "@portolan/collector";
import { writeUntilKilled } from "./write-until-killed.ts";

await writeUntilKilled(await openThreadedStorage({ dataDir: process.argv[2] ?? "" }));

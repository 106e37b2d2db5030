import { openStorage } from "@portolan/collector";
import { writeUntilKilled } from "./write-until-killed.ts";

await writeUntilKilled(await openStorage({ dataDir: process.argv[2] ?? "" }));

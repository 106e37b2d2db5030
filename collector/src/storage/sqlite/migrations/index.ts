import { first } from "./0001-first.ts";
import { corrections } from "./0002-corrections.ts";
import { clones } from "./0003-clones.ts";
import { ageing } from "./0004-ageing.ts";
import { load } from "./0005-load.ts";
import { directory } from "./0007-directory.ts";
import type { Migration } from "./migration.ts";

/** Number 6 is kept for installed software, which is being written at the same time. */
const software: Migration = { version: 6, sql: "" };

export const MIGRATIONS: readonly Migration[] = [first, corrections, clones, ageing, load, software, directory];

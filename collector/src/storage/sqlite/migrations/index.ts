import { first } from "./0001-first.ts";
import { corrections } from "./0002-corrections.ts";
import { clones } from "./0003-clones.ts";
import { ageing } from "./0004-ageing.ts";
import { load } from "./0005-load.ts";
import { directory } from "./0006-directory.ts";
import { importedAddresses } from "./0007-imported-addresses.ts";
import { importedFlowEnds } from "./0008-imported-flow-ends.ts";
import type { Migration } from "./migration.ts";

export const MIGRATIONS: readonly Migration[] = [
  first,
  corrections,
  clones,
  ageing,
  load,
  directory,
  importedAddresses,
  importedFlowEnds,
];

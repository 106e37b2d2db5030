import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Storage } from "@portolan/collector";
import { afterEach, beforeEach, describe } from "vitest";
import { addressListContract } from "./address-lists.contract.ts";
import { ageingContract } from "./ageing.contract.ts";
import { cloneContract } from "./clones.contract.ts";
import { correctionContract } from "./corrections.contract.ts";
import { directoryContract } from "./directory.contract.ts";
import { durabilityContract } from "./durability.contract.ts";
import { enrolmentContract } from "./enrolment.contract.ts";
import { foldingContract } from "./folding.contract.ts";
import { importContract } from "./imports.contract.ts";
import { knowledgeContract } from "./knowledge.contract.ts";
import { loadContract } from "./load.contract.ts";
import { reportContract } from "./reports.contract.ts";

/**
 * The specification of Storage: every driver passes it. Each test gets an empty store in a folder of its own.
 * @param writer script that writes until it is killed, see DurabilitySubject
 */
export function describeStorage(name: string, open: (dataDir: string) => Promise<Storage>, writer: string): void {
  describe(name, () => {
    let dataDir = "";
    let storage: Storage;
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), "portolan-contract-"));
      storage = await open(dataDir);
    });
    afterEach(async () => {
      await storage.close();
      await rm(dataDir, { recursive: true });
    });
    const current = () => storage;
    async function reopen(): Promise<Storage> {
      await storage.close();
      storage = await open(dataDir);
      return storage;
    }

    describe("reports", () => reportContract(current));
    describe("clones", () => cloneContract(current));
    describe("enrolment", () => enrolmentContract(current));
    describe("corrections", () => correctionContract(current));
    describe("imports", () => importContract(current, reopen));
    describe("ageing", () => ageingContract(current, reopen));
    describe("folding", () => foldingContract(current, reopen));
    describe("load", () => loadContract(current, reopen));
    describe("directory", () => directoryContract(current, reopen));
    describe("address lists", () => addressListContract(current, reopen));
    describe("knowledge", () => knowledgeContract(current));
    describe("durability", () => durabilityContract({ storage: current, reopen, dataDir: () => dataDir, writer }));
  });
}

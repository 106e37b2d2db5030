import { afterAll, beforeAll } from "vitest";
import { buildEstate, type Estate } from "../estate/estate.ts";
import { describeWithWindows } from "../estate/windows/requirements.ts";
import { installing } from "./windows-service/install.ts";
import { running } from "./windows-service/running.ts";
import { SERVICE_ESTATE } from "./windows-service/service-host.ts";
import { beginServiceLife, type ServiceLife } from "./windows-service/service-life.ts";
import { uninstalling } from "./windows-service/uninstall.ts";

// The Windows executable as an administrator uses it, from install to uninstall, under Wine 10. What Wine can't show
// (recovery by the real Service Control Manager, access lists, DPAPI's keys, the Event Viewer) is not shown here.
// The tests are one life of a service, each goes on where the one before ended: in this order, and none alone.

describeWithWindows("the Windows executable as a service, under Wine 10", () => {
  let estate: Estate;
  let life: ServiceLife;
  beforeAll(async () => {
    estate = await buildEstate(SERVICE_ESTATE);
    life = await beginServiceLife(estate);
  }, 180_000);
  afterAll(() => estate?.close());

  installing(() => life);
  running(() => life);
  uninstalling(() => life);
});

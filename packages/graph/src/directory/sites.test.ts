import { expect, test } from "vitest";
import { chart, host, told } from "../testing/synthetic-directory.ts";

test("sites as members report them, and the segments of each", () => {
  const hosts = [host("dc1", "10.0.0.1"), host("m1", "10.0.0.2"), host("m2", "10.0.1.2"), host("m3", "10.0.2.2")];
  const { sites, segments } = chart({
    hosts,
    directory: [
      told("dc1", { role: "dc", site: "Hamburg" }),
      told("m1", { site: "Hamburg" }),
      told("m2", { site: "Bremen", dnsDomain: "corp.example" }),
      told("m3"),
    ],
  });
  expect(sites).toEqual([
    {
      name: "Bremen",
      domains: ["corp.example"],
      hosts: ["m2"],
      controllers: [],
      segments: [{ cidr: "10.0.1.0/24", site: "s" }],
    },
    {
      name: "Hamburg",
      domains: ["corp.example"],
      hosts: ["dc1", "m1"],
      controllers: ["dc1"],
      segments: [{ cidr: "10.0.0.0/24", site: "s" }],
    },
  ]);
  expect(segments).toEqual([
    { cidr: "10.0.0.0/24", site: "s", sites: [{ name: "Hamburg", hosts: 2 }], silent: 0 },
    { cidr: "10.0.1.0/24", site: "s", sites: [{ name: "Bremen", hosts: 1 }], silent: 0 },
    { cidr: "10.0.2.0/24", site: "s", sites: [], silent: 1 },
  ]);
});

test("a segment names its commonest site first, and counts as silent those that are joined alone", () => {
  const names = ["m1", "m2", "m3", "m4", "m5"];
  const { segments } = chart({
    hosts: names.map((name, index) => host(name, `10.0.0.${index + 1}`)),
    directory: [
      told("m1", { site: "Bremen" }),
      told("m2", { site: "Hamburg" }),
      told("m3", { site: "Hamburg" }),
      told("m4"),
      told("m5", { status: "not-joined" }),
    ],
  });
  const sites = [
    { name: "Hamburg", hosts: 2 },
    { name: "Bremen", hosts: 1 },
  ];
  expect(segments).toEqual([{ cidr: "10.0.0.0/24", site: "s", sites, silent: 1 }]);
});

test("a site is one in whatever capitals, in the spelling of most", () => {
  const { sites, segments } = chart({
    hosts: ["dc1", "m1", "m2"].map((name, index) => host(name, `10.0.0.${index + 1}`)),
    directory: [
      told("dc1", { role: "dc", site: "HAMBURG" }),
      told("m1", { site: "Hamburg" }),
      told("m2", { site: "Hamburg" }),
    ],
  });
  expect(sites).toMatchObject([{ name: "Hamburg", hosts: ["dc1", "m1", "m2"], controllers: ["dc1"] }]);
  expect(segments).toMatchObject([{ sites: [{ name: "Hamburg", hosts: 3 }] }]);
});

test("sites of one name in two forests are two, in a forest's domains one", () => {
  const FIRST = "Default-First-Site-Name";
  const names = ["root", "child", "linux", "partner", "tree"];
  const { sites } = chart({
    hosts: names.map((name, index) => host(name, `10.0.${index}.1`)),
    directory: [
      told("root", { site: FIRST, dnsDomain: "corp.example" }),
      told("child", { site: FIRST, dnsDomain: "emea.corp.example" }),
      told("linux", { site: FIRST.toUpperCase(), dnsDomain: "emea.corp.example" }),
      told("partner", { site: FIRST, dnsDomain: "partner.example" }),
      told("tree", { site: FIRST, dnsDomain: "tree.example", forest: "Corp.Example" }),
    ],
  });
  expect(sites.map(({ name, domains, hosts }) => [name, domains, hosts])).toEqual([
    [FIRST, ["corp.example", "emea.corp.example", "tree.example"], ["child", "linux", "root", "tree"]],
    [FIRST, ["partner.example"], ["partner"]],
  ]);
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ApplicationHostError, parseApplicationHost, parseApplicationPools } from "./parse-application-host.ts";

/** SYNTHETIC: the parts of an applicationHost.config that matter, and one that must not leave the host. */
const sites = (inner: string, prologue = "") => `\uFEFF<?xml version="1.0" encoding="UTF-8"?>${prologue}
<configuration>
  <configSections><sectionGroup name="system.applicationHost"><section name="sites"/></sectionGroup></configSections>
  <system.applicationHost>
    <applicationPools><add name="p"><processModel userName="CORP\\svc" password="hunter2"/></add></applicationPools>
    <sites>${inner}<siteDefaults><bindings><binding protocol="http" bindingInformation="*:1:"/></bindings></siteDefaults></sites>
  </system.applicationHost>
</configuration>`;
const site = (name: string, ...bindings: [protocol: string, information: string][]) =>
  `<site name="${name}" id="1"><application path="/"><virtualDirectory path="/" physicalPath="C:\\web"/></application><bindings>${bindings
    .map(
      ([protocol, information]) => `<binding protocol="${protocol}" bindingInformation="${information}" sslFlags="1"/>`,
    )
    .join("")}</bindings></site>`;

test("sites with their bindings, and nothing else of the file", () => {
  const text = sites(
    site("Default Web Site", ["http", "*:80:*"], ["https", "10.1.2.3:443:www.example.org"]) +
      site(
        "인사 &amp; 급여",
        ["http", "[2001:db8::1]:8080:"],
        ["net.tcp", "808:*"],
        ["net.pipe", "*"],
        ["ftp", ":21:"],
      ),
  );
  const parsed = parseApplicationHost(text);
  expect(parsed).toEqual({
    sites: [
      {
        name: "Default Web Site",
        bindings: [
          { scheme: "http", port: 80 },
          { scheme: "https", address: "10.1.2.3", port: 443, hostName: "www.example.org" },
        ],
      },
      {
        name: "인사 & 급여",
        bindings: [
          { scheme: "http", address: "2001:db8::1", port: 8080 },
          { scheme: "net.tcp", port: 808 },
          { scheme: "net.pipe" },
          { scheme: "ftp", port: 21 },
        ],
      },
    ],
    lost: 0,
  });
  expect(JSON.stringify(parsed)).not.toContain("hunter2");
});

test("a binding that makes no sense is counted, and costs only itself", () => {
  const text = sites(site("a", ["http", "80"], ["http", "*:99999:"], ["http", "host.example:80:"], ["http", "*:81:"]));
  expect(parseApplicationHost(text)).toEqual({
    sites: [{ name: "a", bindings: [{ scheme: "http", port: 81 }] }],
    lost: 3,
  });
});

test.each([
  ["a document type", sites("", '<!DOCTYPE configuration [<!ENTITY a "aaaaaaaaaa">]>'), /document type/],
  ["an entity of one's own", sites(site("&xxe;")), /entity/i],
  ["half a file", sites(site("a")).slice(0, 300), /Unclosed|Unexpected end/],
  ["no XML", "hello", /Non-whitespace|Text data/],
  ["elements without end", "<a>".repeat(100), /within 64 others/],
  ["nothing", "", /./],
])("%s is an error", (_, text, message) => {
  expect(() => parseApplicationHost(text)).toThrow(ApplicationHostError);
  expect(() => parseApplicationHost(text)).toThrow(message);
});

test("any text gives sites or that error", () => {
  const good = sites(site("a", ["http", "*:80:"]));
  const edited = fc
    .tuple(
      fc.nat(good.length),
      fc.nat(40),
      fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("<", '"', "&", "<!", "]]>")),
    )
    .map(([at, length, put]) => good.slice(0, at) + put + good.slice(at + length));
  fc.assert(
    fc.property(fc.oneof(edited, fc.string({ maxLength: 300 })), (text) => {
      try {
        expect(parseApplicationHost(text).sites.length).toBeLessThan(50);
      } catch (error) {
        expect(error).toBeInstanceOf(ApplicationHostError);
      }
    }),
    { numRuns: 2000, seed: 20_261_121 },
  );
});

const pools = (inner: string) =>
  `<configuration><system.applicationHost><applicationPools>${inner}</applicationPools></system.applicationHost></configuration>`;

test("pools with their identities, the file's defaults behind them, and no password", () => {
  const named =
    '<add name="erp"><processModel identityType="SpecificUser" userName="CORP\\svc" password="hunter2"/></add>';
  const plain =
    '<add name="plain"/><add name="net"><processModel identityType="NetworkService" userName="left"/></add>';
  expect(parseApplicationPools(pools(named + plain))).toEqual([
    { name: "erp", identityType: "SpecificUser", userName: "CORP\\svc" },
    { name: "plain", identityType: "ApplicationPoolIdentity" },
    { name: "net", identityType: "NetworkService" },
  ]);
  const defaults = '<applicationPoolDefaults><processModel identityType="LocalService"/></applicationPoolDefaults>';
  expect(parseApplicationPools(pools(plain + defaults))).toMatchObject([
    { name: "plain", identityType: "LocalService" },
    { name: "net", identityType: "NetworkService" },
  ]);
  expect(() => parseApplicationPools(pools("<add>"))).toThrow(ApplicationHostError);
});

import type { Estate } from "../estate/estate.ts";
import type { DependencyEnds } from "../estate/traffic/truth.ts";
import type { FirewallAnswer, ReportedDependency } from "./answers.ts";

/** A reported dependency in the words of the truth's keys; an absent end shows as "?". */
export function reportedKey(dependency: ReportedDependency): string {
  const { clientHost, clientAddress, serverHost, serverAddress, serverPort } = dependency;
  const ends = [clientHost, clientAddress, ">", serverHost, serverAddress].map((part) => part ?? "?");
  const within = dependency.scope === undefined ? "" : " in a container";
  return `${ends.join(" ")} ${dependency.protocol}/${serverPort}${within}`;
}

/** What is in one list and not in the other, sorted, so that a failed test prints just the difference. */
export function difference(expected: readonly string[], actual: readonly string[]) {
  return {
    missing: expected.filter((item) => !actual.includes(item)).sort(),
    surplus: actual.filter((item) => !expected.includes(item)).sort(),
    twice: actual.filter((item, index) => actual.indexOf(item) !== index).sort(),
  };
}

/** One permission of a firewall: `source zone address > destination zone address protocol/port`. */
function permission(sourceZone: string, source: string, destinationZone: string, destination: string, service: string) {
  return `${sourceZone} ${source} > ${destinationZone} ${destination} ${service}`;
}

/** Every single permission that the rules give, as a firewall would read them: all sources × destinations × services. */
export function expandRules(rules: FirewallAnswer["rules"]): string[] {
  return rules.flatMap((rule) =>
    rule.sources.flatMap((source) =>
      source.addresses.flatMap((from) =>
        rule.destinations.flatMap((destination) =>
          destination.addresses.flatMap((to) =>
            rule.services.flatMap(({ protocol, fromPort, toPort }) =>
              Array.from({ length: toPort - fromPort + 1 }, (_, index) =>
                permission(rule.sourceZone, from, rule.destinationZone, to, `${protocol}/${fromPort + index}`),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

/** The permissions that the truth needs: one for each dependency whose ends lie in different zones. */
export function crossZonePermissions(estate: Estate, truth: readonly DependencyEnds[]): string[] {
  return truth.flatMap(({ clientAddress, serverAddress, protocol, serverPort }) => {
    const from = estate.segmentOfAddress(clientAddress);
    const to = estate.segmentOfAddress(serverAddress);
    return from === undefined || to === undefined || from === to
      ? []
      : [permission(from, `${clientAddress}/32`, to, `${serverAddress}/32`, `${protocol}/${serverPort}`)];
  });
}

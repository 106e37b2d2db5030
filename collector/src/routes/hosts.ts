import { HostDetail, HostList, HostQuery, type HostItem } from "@portolan/api";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Analysis } from "../analysis/analysis.ts";
import { filterHosts, stoodWithin, zoneOfHost } from "../analysis/filters.ts";
import { ApiError } from "../errors.ts";
import { pageOf } from "../plugins/page.ts";
import { periodOf } from "../plugins/period.ts";
import type { StoredHost } from "../storage/storage.ts";
import { time } from "./time.ts";

function nameOf({ hosts }: Analysis, id: string): string {
  return hosts.find((host) => host.id === id)?.name ?? id;
}

function present(analysis: Analysis, host: Analysis["allHosts"][number]): HostItem {
  const stored: Partial<StoredHost> = host;
  return {
    id: host.id,
    name: host.name,
    site: host.site,
    kind: host.kind,
    zone: zoneOfHost(analysis, host),
    addresses: host.addresses,
    ...(stored.facts && { os: [stored.facts.os.name, stored.facts.os.version].filter(Boolean).join(" ") }),
    ...(stored.environment !== undefined && { environment: stored.environment }),
    ...(stored.notes !== undefined && { notes: stored.notes }),
    ...(stored.firstSeen !== undefined && { firstSeen: time(stored.firstSeen) }),
    ...(stored.lastSeen !== undefined && { lastSeen: time(stored.lastSeen) }),
    ...(stored.simulated && { simulated: true }),
    ...(stored.retiredAt !== undefined && { retiredAt: time(stored.retiredAt) }),
    ...(stored.cloneOf !== undefined && {
      cloneOf: { id: stored.cloneOf, name: nameOf(analysis, stored.cloneOf) },
    }),
    ...(stored.mergedFrom && { mergedFrom: stored.mergedFrom }),
  };
}

export const hostRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    "/hosts",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["evidence"],
        summary: "Hosts, and the peers nobody knows",
        querystring: HostQuery,
        response: { 200: HostList },
      },
    },
    async (request) => {
      const analysis = await app.context.analyses.current();
      const { period, timeZone } = await periodOf(app.context, request.query);
      const hosts = filterHosts(analysis, request.query)
        .filter((host) => request.query.kind === undefined || host.kind === request.query.kind)
        .filter((host) => stoodWithin(period, timeZone, host as Partial<StoredHost>));
      const page = pageOf(hosts, request.query);
      return { items: page.items.map((host) => present(analysis, host)), nextCursor: page.nextCursor };
    },
  );

  app.get(
    "/hosts/:id",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["evidence"],
        summary: "One host with its facts",
        params: z.object({ id: z.string() }),
        response: { 200: HostDetail },
      },
    },
    async (request) => {
      const analysis = await app.context.analyses.current();
      const host = analysis.allHosts.find((entry) => entry.id === request.params.id);
      if (!host) throw new ApiError("not_found", `no host has the id ${JSON.stringify(request.params.id)}`);
      const facts = (host as Partial<StoredHost>).facts;
      return { ...present(analysis, host), ...(facts && { facts }) };
    },
  );
};

import { HostDetail, HostList, HostQuery, type HostItem } from "@portolan/api";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Analysis } from "../analysis/analysis.ts";
import { filterHosts, stoodWithin } from "../analysis/filters.ts";
import { ApiError } from "../errors.ts";
import { pageOf } from "../plugins/page.ts";
import { periodOf } from "../plugins/period.ts";
import type { StoredHost } from "../storage/evidence.ts";
import { time } from "./time.ts";

function present(analysis: Analysis, position: number, host: Analysis["allHosts"][number]): HostItem {
  const stored: Partial<StoredHost> = host;
  return {
    id: host.id,
    name: host.name,
    site: host.site,
    kind: host.kind,
    zone: analysis.zoneOfHost(position),
    addresses: host.addresses,
    ...(stored.facts && { os: [stored.facts.os.name, stored.facts.os.version].filter(Boolean).join(" ") }),
    ...(stored.environment !== undefined && { environment: stored.environment }),
    ...(stored.notes !== undefined && { notes: stored.notes }),
    ...(stored.firstSeen !== undefined && { firstSeen: time(stored.firstSeen) }),
    ...(stored.lastSeen !== undefined && { lastSeen: time(stored.lastSeen) }),
    ...(stored.simulated && { simulated: true }),
    ...(stored.retiredAt !== undefined && { retiredAt: time(stored.retiredAt) }),
    ...(stored.cloneOf !== undefined && {
      cloneOf: { id: stored.cloneOf, name: analysis.names.get(stored.cloneOf) ?? stored.cloneOf },
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
        .flatMap((position) => {
          const host = analysis.allHosts[position];
          return host ? [{ id: host.id, position, host }] : [];
        })
        .filter(({ host }) => request.query.kind === undefined || host.kind === request.query.kind)
        .filter(({ host }) => stoodWithin(period, timeZone, host as Partial<StoredHost>));
      const { items, nextCursor } = pageOf(hosts, request.query);
      return { items: items.map(({ position, host }) => present(analysis, position, host)), nextCursor };
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
      const position = analysis.allHosts.findIndex((entry) => entry.id === request.params.id);
      const host = analysis.allHosts[position];
      if (!host) throw new ApiError("not_found", `no host has the id ${JSON.stringify(request.params.id)}`);
      const facts = (host as Partial<StoredHost>).facts;
      return { ...present(analysis, position, host), ...(facts && { facts }) };
    },
  );
};

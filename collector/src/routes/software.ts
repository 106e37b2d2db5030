import { SoftwareList, SoftwareQuery, type SoftwareItem } from "@portolan/api";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Analysis } from "../analysis/analysis.ts";
import { filterHosts } from "../analysis/filters.ts";
import { pageOf } from "../plugins/page.ts";
import type { StoredHost } from "../storage/evidence.ts";

function softwareOf(host: Analysis["allHosts"][number]): SoftwareItem[] {
  const { facts }: Partial<StoredHost> = host;
  return (facts?.software ?? []).map((item, index) => ({
    id: `${host.id}-${index}`,
    host: host.name,
    hostId: host.id,
    ...item,
  }));
}

function serves({ ports, bindings = [] }: SoftwareItem, port: number): boolean {
  return ports.includes(port) || bindings.some((binding) => binding.port === port);
}

export const softwareRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    "/software",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["evidence"],
        summary: "Database engines and web sites, by host",
        querystring: SoftwareQuery,
        response: { 200: SoftwareList },
      },
    },
    async (request) => {
      const analysis = await app.context.analyses.current();
      const { port, ...rest } = request.query;
      const rows = filterHosts(analysis, rest)
        .flatMap((position) => {
          const host = analysis.allHosts[position];
          return host ? softwareOf(host) : [];
        })
        .filter((item) => port === undefined || serves(item, port));
      return pageOf(rows, request.query);
    },
  );
};

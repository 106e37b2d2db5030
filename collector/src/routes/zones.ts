import { ZoneDocument } from "@portolan/api";
import type { Zone } from "@portolan/graph";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { checkZones } from "../imports/check-zones.ts";
import { normaliseAddress } from "../ingest/normalise-address.ts";
import { parseZonesCsv } from "../imports/parse-zones-csv.ts";
import { actorOf } from "../plugins/access.ts";

/** The version that If-Match names; "*" means whatever is there. */
function versionOf(header: string | undefined): number | undefined {
  if (header === undefined)
    throw new ApiError("version_required", "send If-Match with the ETag of GET /zones, or * to overwrite");
  if (header === "*") return undefined;
  const match = /^(?:W\/)?"(\d+)"$/.exec(header);
  if (!match)
    throw new ApiError("invalid_request", undefined, [
      { path: "If-Match", value: header, reason: 'expected an ETag such as "3", or *' },
    ]);
  return Number(match[1]);
}

function zonesOf(body: z.infer<typeof ZoneDocument> | Buffer): Zone[] {
  if (Buffer.isBuffer(body)) {
    const parsed = parseZonesCsv(body);
    if (!parsed.ok) throw new ApiError("invalid_file", undefined, parsed.bad);
    return parsed.value;
  }
  const zones = body.items.map(({ description, ...zone }) => ({
    ...zone,
    ...(description !== undefined && { description }),
  }));
  const problems = checkZones(zones);
  if (problems.length > 0) throw new ApiError("invalid_request", undefined, problems);
  return zones.map((zone) => ({ ...zone, cidr: normaliseAddress(zone.cidr) }));
}

export const zoneRoutes: FastifyPluginAsyncZod = async (app) => {
  app.addContentTypeParser("text/csv", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  const response = { 200: ZoneDocument };

  app.get(
    "/zones",
    {
      config: { access: "viewer" },
      schema: { tags: ["knowledge"], summary: "Zones; the ETag goes back in If-Match", response },
    },
    async (_request, reply) => {
      const { value, version } = await app.context.storage.readZones();
      void reply.header("etag", `"${version}"`);
      return { items: value };
    },
  );

  app.put(
    "/zones",
    {
      config: { access: "editor" },
      schema: {
        tags: ["knowledge"],
        summary: "Replaces all zones; takes JSON, or zones.csv as text/csv",
        headers: z.object({ "if-match": z.string().optional() }),
        body: z.union([z.instanceof(Buffer), ZoneDocument]),
        response,
      },
    },
    async (request, reply) => {
      const version = versionOf(request.headers["if-match"]);
      const written = await app.context.storage.writeZones(zonesOf(request.body), version, actorOf(request));
      if (!written)
        throw new ApiError("version_conflict", "the zones were changed since they were read: read them again");
      app.context.analyses.forget("zones");
      void reply.header("etag", `"${written.version}"`);
      return { items: written.value };
    },
  );
};

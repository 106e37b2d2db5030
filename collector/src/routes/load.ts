import { LoadList, LoadQuery, type LoadItem } from "@portolan/api";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { pageOf } from "../plugins/page.ts";
import { periodOf } from "../plugins/period.ts";
import type { HostLoad } from "../storage/evidence.ts";
import { time } from "./time.ts";

function level({ samples, sum, peak }: { samples: number; sum: number; peak: number }) {
  return { average: Math.round(sum / samples), peak };
}

function present({ day, hour, figures }: HostLoad): LoadItem {
  const { cpu, memory, network, volumes } = figures;
  const measured = [cpu?.ms, network?.ms, ...volumes.map(({ written }) => written?.ms)];
  return {
    id: hour === undefined ? day : time(hour),
    day,
    ...(hour !== undefined && { hour: time(hour) }),
    measuredSeconds: Math.round(Math.max(0, ...measured.map((ms) => ms ?? 0)) / 1000),
    ...(cpu && { cpu: { average: Math.min(1, Math.round((1e4 * cpu.busyMs) / cpu.ms) / 1e4), peak: cpu.peak } }),
    ...(memory && { memoryBytes: level(memory) }),
    ...(network && {
      network: {
        bytesIn: network.bytesIn,
        bytesOut: network.bytesOut,
        peakIn: network.peakIn,
        peakOut: network.peakOut,
      },
    }),
    volumes: volumes
      .map(({ mount, written, used }) => ({
        mount,
        ...(written && { bytesWritten: written.bytes, peakWritten: written.peak }),
        ...(used && { usedBytes: level(used) }),
      }))
      .sort((a, b) => (a.mount < b.mount ? -1 : 1)),
  };
}

export const loadRoutes: FastifyPluginAsyncZod = async (app) => {
  const { storage, analyses } = app.context;
  app.get(
    "/hosts/:id/load",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["evidence"],
        summary: "What one host did, hour by hour, and day by day after 62 days",
        params: z.object({ id: z.string() }),
        querystring: LoadQuery,
        response: { 200: LoadList },
      },
    },
    async (request) => {
      const { id } = request.params;
      const known = (await analyses.current()).allHosts.some((host) => host.id === id);
      if (!known) throw new ApiError("not_found", `no host has the id ${JSON.stringify(id)}`);
      const { period } = await periodOf(app.context, request.query);
      const rows = (await storage.listLoad({ by: "hour", hostId: id, ...period })).map(present);
      return pageOf(rows, request.query);
    },
  );
};

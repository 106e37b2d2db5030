import { DependencyList, EvidenceQuery, FlowList, ListenerList, ListenerQuery } from "@portolan/api";
import { dependencyJson } from "@portolan/export";
import { stableId, type FlowEvidence } from "@portolan/graph";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Analysis } from "../analysis/analysis.ts";
import { filterDependencies, filterHosts, findHost, requireZone, stoodWithin } from "../analysis/filters.ts";
import { pageOf, pageOfGroups } from "../plugins/page.ts";
import { periodOf } from "../plugins/period.ts";
import type { StoredListener } from "../storage/evidence.ts";
import { time } from "./time.ts";

function countsOf({ connectionsByDay, connectionsByMonth = [] }: FlowEvidence) {
  const sum = [...connectionsByDay, ...connectionsByMonth].reduce((total, { connections }) => total + connections, 0);
  const days = connectionsByMonth.reduce((total, month) => total + month.days.length, connectionsByDay.length);
  return { connections: sum, days, ...(connectionsByMonth.some((month) => month.lowerBound) && { lowerBound: true }) };
}

/** Of flows whose ends are no hosts. */
const NO_HOST = "none";

/** The host among whose flows one is listed: who saw it; of imported ones the client, where that is a host. */
function holderOf({ client, server, seenFrom }: FlowEvidence): string {
  const [first, second] = seenFrom === "server" ? [server, client] : [client, server];
  return first.hostId ?? second.hostId ?? NO_HOST;
}

function presentFlow(flow: FlowEvidence, names: ReadonlyMap<string, string>) {
  const key = [flow.client, flow.server].map((end) => [end.hostId, end.address, end.process].join("|"));
  const clientHost = flow.client.hostId === undefined ? undefined : names.get(flow.client.hostId);
  const serverHost = flow.server.hostId === undefined ? undefined : names.get(flow.server.hostId);
  const process = flow.seenFrom === "server" ? flow.server.process : flow.client.process;
  return {
    id: `${holderOf(flow)}:${stableId(
      [
        ...key,
        flow.site,
        flow.protocol,
        flow.serverPort,
        flow.clientPort,
        flow.scope,
        flow.seenFrom,
        flow.direction,
      ].join("|"),
    )}`,
    ...(flow.client.address !== undefined && { clientAddress: flow.client.address }),
    ...(flow.server.address !== undefined && { serverAddress: flow.server.address }),
    protocol: flow.protocol,
    serverPort: flow.serverPort,
    ...(flow.clientPort !== undefined && { clientPort: flow.clientPort }),
    ...(clientHost !== undefined && { clientHost }),
    ...(serverHost !== undefined && { serverHost }),
    ...(flow.scope !== undefined && { scope: flow.scope }),
    ...countsOf(flow),
    failed: flow.failed,
    ...(flow.bytesSent !== undefined && { bytesSent: flow.bytesSent }),
    ...(flow.bytesReceived !== undefined && { bytesReceived: flow.bytesReceived }),
    firstSeen: time(flow.firstSeen),
    lastSeen: time(flow.lastSeen),
    sources: flow.sources,
    seenFrom: flow.seenFrom,
    ...(process !== undefined && { process }),
    direction: flow.direction,
  };
}

/** Two flows may differ in what is not shown, such as the user of the process: a cursor must still name one of them. */
function withUniqueIds<Row extends { id: string }>(rows: readonly Row[]): Row[] {
  const uses = new Map<string, number>();
  return rows.map((row) => {
    const use = (uses.get(row.id) ?? 0) + 1;
    uses.set(row.id, use);
    return use === 1 ? row : { ...row, id: `${row.id}-${use}` };
  });
}

function touchesZone(analysis: Analysis, flow: FlowEvidence, zone: string): boolean {
  return [flow.client, flow.server].some(
    (end) => end.address !== undefined && analysis.zoneOf(end.address, flow.site)?.name === zone,
  );
}

function presentListener(entry: StoredListener, names: ReadonlyMap<string, string>) {
  return {
    id: `l${entry.id}`,
    host: names.get(entry.hostId) ?? entry.hostId,
    protocol: entry.protocol,
    address: entry.address,
    port: entry.port,
    ...(entry.process !== undefined && { process: entry.process }),
    ...(entry.scope !== undefined && { scope: entry.scope }),
    open: entry.open,
    firstSeen: time(entry.firstSeen),
    lastSeen: time(entry.lastSeen),
  };
}

export const evidenceRoutes: FastifyPluginAsyncZod = async (app) => {
  const { storage, analyses } = app.context;

  app.get(
    "/listeners",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["evidence"],
        summary: "Processes bound to ports",
        querystring: ListenerQuery,
        response: { 200: ListenerList },
      },
    },
    async (request) => {
      const analysis = await analyses.current();
      const { names } = analysis;
      const { port, ...rest } = request.query;
      const hosts = new Set(filterHosts(analysis, rest).map((position) => analysis.allHosts[position]?.id));
      const { period, timeZone } = await periodOf(app.context, request.query);
      const rows = analysis.listeners
        .filter((entry) => hosts.has(entry.hostId) && (port === undefined || entry.port === port))
        .filter((entry) => stoodWithin(period, timeZone, entry))
        .map((entry) => ({ id: `l${entry.id}`, entry }));
      const { items, nextCursor } = pageOf(rows, request.query);
      return { items: items.map(({ entry }) => presentListener(entry, names)), nextCursor };
    },
  );

  app.get(
    "/flows",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["evidence"],
        summary: "Flows, each as one host saw it",
        querystring: EvidenceQuery,
        response: { 200: FlowList },
      },
    },
    async (request) => {
      const { query } = request;
      const analysis = await analyses.current();
      const { names } = analysis;
      const hostId = query.host === undefined ? undefined : analysis.allHosts[findHost(analysis, query.host)]?.id;
      if (query.zone !== undefined) requireZone(analysis, query.zone);
      const { period } = await periodOf(app.context, query);
      const rowsOf = async (holder: string | null, isListed: (flow: FlowEvidence) => boolean) => {
        const flows = await storage.listFlows({ ...period, hostId: holder });
        const listed = flows
          .filter(isListed)
          .filter((flow) => query.port === undefined || flow.serverPort === query.port)
          .filter((flow) => query.zone === undefined || touchesZone(analysis, flow, query.zone));
        return withUniqueIds(listed.map((flow) => presentFlow(flow, names)));
      };
      if (hostId !== undefined) return pageOf(await rowsOf(hostId, () => true), query);
      const holders = [...(await storage.listHosts()).map(({ id }) => id), NO_HOST];
      // An imported flow names two hosts, and is listed with one of them.
      const ofHolder = (holder: string) =>
        rowsOf(holder === NO_HOST ? null : holder, (flow) => holderOf(flow) === holder);
      return pageOfGroups(holders, ofHolder, query);
    },
  );

  app.get(
    "/dependencies",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["evidence"],
        summary: "What the flows of both ends come to",
        querystring: EvidenceQuery,
        response: { 200: DependencyList },
      },
    },
    async (request) => {
      const analysis = await analyses.of((await periodOf(app.context, request.query)).period);
      const page = filterDependencies(analysis, request.query, request.query);
      return {
        items: page.items.map((entry) => ({ id: entry.id, ...dependencyJson(entry, analysis.names) })),
        nextCursor: page.nextCursor,
      };
    },
  );
};

import {
  AddressDependencyList,
  AddressDependencyQuery,
  ControllerList,
  ControllerQuery,
  DirectoryList,
  DirectoryQuery,
  DirectorySegmentList,
  DirectorySiteList,
  DirectorySiteQuery,
} from "@portolan/api";
import { sortedText, stableId } from "@portolan/graph";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { addressDependencies } from "../analysis/address-dependencies.ts";
import { presentAddressDependency } from "./present-address-dependency.ts";
import { directoryPresenter, presentController } from "./present-directory.ts";
import { filterHosts, stoodWithin } from "../analysis/filters.ts";
import { pageOf, pageOfGroups } from "../plugins/page.ts";
import { periodOf } from "../plugins/period.ts";
import type { StoredHost } from "../storage/evidence.ts";

export const directoryRoutes: FastifyPluginAsyncZod = async (app) => {
  const { storage, analyses } = app.context;

  app.get(
    "/directory",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["directory"],
        summary: "Every host and its Active Directory domain, with the evidence",
        description: "Membership as last told; flows to controllers of the period.",
        querystring: DirectoryQuery,
        response: { 200: DirectoryList },
      },
    },
    async (request) => {
      const { period, timeZone } = await periodOf(app.context, request.query);
      const analysis = await analyses.of(period);
      const { statusOf, isShown, present } = directoryPresenter(analysis);
      const rows = filterHosts(analysis, request.query)
        .flatMap((position) => {
          const host = analysis.allHosts[position];
          return host && isShown(host) ? [{ id: host.id, host, position }] : [];
        })
        .filter(({ host }) => stoodWithin(period, timeZone, host as Partial<StoredHost>))
        .filter(({ id }) => request.query.status === undefined || statusOf(id) === request.query.status);
      const { items, nextCursor } = pageOf(rows, request.query);
      return { items: items.map(({ host, position }) => present(host, analysis.zoneOfHost(position))), nextCursor };
    },
  );

  app.get(
    "/directory/controllers",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["directory"],
        summary: "Domain controllers, and why each is held to be one",
        querystring: ControllerQuery,
        response: { 200: ControllerList },
      },
    },
    async (request) => {
      const analysis = await analyses.of((await periodOf(app.context, request.query)).period);
      const { items, nextCursor } = pageOf(analysis.controllers, request.query);
      return { items: items.map((controller) => presentController(analysis, controller)), nextCursor };
    },
  );

  app.get(
    "/directory/sites",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["directory"],
        summary: "AD sites as their members report them",
        querystring: DirectorySiteQuery,
        response: { 200: DirectorySiteList },
      },
    },
    async (request) => {
      const { directorySites, controllers, names } = await analyses.current();
      const controllerNames = new Map(controllers.map(({ id, name }) => [id, name]));
      const rows = directorySites.map((site) => ({
        ...site,
        id: stableId([site.name, ...site.domains].join("\n")),
        hosts: sortedText(site.hosts.map((id) => names.get(id) ?? id)),
        controllers: sortedText(site.controllers.map((id) => controllerNames.get(id) ?? id)),
      }));
      return pageOf(rows, request.query);
    },
  );

  app.get(
    "/directory/segments",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["directory"],
        summary: "Which AD sites the hosts of each segment name",
        querystring: DirectorySiteQuery,
        response: { 200: DirectorySegmentList },
      },
    },
    async (request) => {
      const { segmentSites } = await analyses.current();
      return pageOf(
        segmentSites.map((segment) => ({ ...segment, id: `${segment.site}:${segment.cidr}` })),
        request.query,
      );
    },
  );

  app.get(
    "/address-dependencies",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["directory"],
        summary: "What on hosts names an address, and may break when a server moves",
        querystring: AddressDependencyQuery,
        response: { 200: AddressDependencyList },
      },
    },
    async (request) => {
      const { query } = request;
      const analysis = await analyses.current();
      const { period, timeZone } = await periodOf(app.context, query);
      const { groups, idOf, nameOf, ofHost } = addressDependencies(analysis);
      const wanted = filterHosts(analysis, query).flatMap((position) => groups[position] ?? []);
      const ofGroup = async (group: string) => {
        const hostId = idOf(group);
        return ofHost(hostId, await storage.listAddressDependencies({ hostId }))
          .filter((item) => query.kind === undefined || item.kind === query.kind)
          .filter((item) => query.suspected === undefined || item.suspected === query.suspected)
          .filter((item) => stoodWithin(period, timeZone, item))
          .map((item) => presentAddressDependency(item, group, nameOf));
      };
      return pageOfGroups(wanted, ofGroup, query);
    },
  );
};

import {
  Coverage,
  GraphDocument,
  GraphQuery,
  GroupList,
  SegmentList,
  SegmentQuery,
  SharedServiceList,
} from "@portolan/api";
import { coverageJson, graphJson, groupsJson } from "@portolan/export";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { graphViewOf } from "../analysis/graph-of.ts";
import { pageOf } from "../plugins/page.ts";
import { time } from "./time.ts";

export const graphRoutes: FastifyPluginAsyncZod = async (app) => {
  const { analyses } = app.context;

  app.get(
    "/graph",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["analysis"],
        summary: "The dependency graph, for drawing",
        querystring: GraphQuery,
        response: { 200: GraphDocument },
      },
    },
    async (request) => {
      const analysis = await analyses.current();
      return graphJson(graphViewOf(analysis, request.query.level, request.query.hideShared));
    },
  );

  app.get(
    "/groups",
    {
      config: { access: "viewer" },
      schema: { tags: ["analysis"], summary: "Move groups", response: { 200: GroupList } },
    },
    async () => {
      const analysis = await analyses.current();
      return groupsJson(analysis.groups, analysis.hosts);
    },
  );

  app.get(
    "/shared-services",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["analysis"],
        summary: "Hosts that serve nearly everybody",
        response: { 200: SharedServiceList },
      },
    },
    async () => {
      const analysis = await analyses.current();
      return {
        items: analysis.shared.map(({ hostId, ...rest }) => ({ host: analysis.names.get(hostId) ?? hostId, ...rest })),
        nextCursor: null,
      };
    },
  );

  app.get(
    "/segments",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["analysis"],
        summary: "Address ranges on the wire",
        querystring: SegmentQuery,
        response: { 200: SegmentList },
      },
    },
    async (request) => {
      const { segments } = await analyses.current();
      const page = pageOf(
        segments.map((segment) => ({ ...segment, id: `${segment.site}:${segment.cidr}` })),
        request.query,
      );
      return {
        items: page.items.map(({ cidr, site, hosts }) => ({ cidr, site, hosts: hosts.length })),
        nextCursor: page.nextCursor,
      };
    },
  );

  app.get(
    "/coverage",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["analysis"],
        summary: "What the evidence spans and what it can't show",
        response: { 200: Coverage },
      },
    },
    async () => {
      const analysis = await analyses.current();
      return { asOf: time(analysis.asOf), ...coverageJson(analysis.coverage) };
    },
  );
};

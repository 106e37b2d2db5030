import { ImportAnswer, ImportList, ImportListQuery, ImportQuery, UndoAnswer } from "@portolan/api";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { importFile } from "../imports/import-file.ts";
import { actorOf } from "../plugins/access.ts";
import { pageOf } from "../plugins/page.ts";
import type { ImportRecord } from "../storage/imports.ts";
import { time } from "./time.ts";

const BODY_LIMIT = 512 * 1024 * 1024;

function present(record: ImportRecord) {
  return {
    id: record.id,
    format: record.format,
    fileName: record.fileName,
    at: time(record.at),
    actor: record.actor,
    items: record.items,
  };
}

export const importRoutes: FastifyPluginAsyncZod = async (app) => {
  const { storage, analyses, clock } = app.context;
  app.addContentTypeParser(
    "application/octet-stream",
    { parseAs: "buffer", bodyLimit: BODY_LIMIT },
    (_request, body, done) => done(null, body),
  );

  app.post(
    "/imports",
    {
      config: { access: "editor" },
      bodyLimit: BODY_LIMIT,
      schema: {
        tags: ["knowledge"],
        summary: "Evidence or a host list from a file; the same file twice counts once",
        querystring: ImportQuery,
        body: z.instanceof(Buffer),
        response: { 200: ImportAnswer },
      },
    },
    async (request) => {
      const outcome = await importFile(storage, request.query, request.body, actorOf(request), clock());
      analyses.forget();
      return { ...present(outcome.record), duplicate: outcome.duplicate, rejected: outcome.rejected };
    },
  );

  app.get(
    "/imports",
    {
      config: { access: "viewer" },
      schema: {
        tags: ["knowledge"],
        summary: "Imported files",
        querystring: ImportListQuery,
        response: { 200: ImportList },
      },
    },
    async (request) => pageOf((await storage.listImports()).map(present), request.query),
  );

  app.delete(
    "/imports/:id",
    {
      config: { access: "editor" },
      schema: {
        tags: ["knowledge"],
        summary: "Undoes an import: all that the file brought disappears",
        params: z.object({ id: z.string().max(100) }),
        response: { 200: UndoAnswer },
      },
    },
    async (request) => {
      const undone = await storage.undoImport(request.params.id, clock(), actorOf(request));
      if (!undone) throw new ApiError("not_found", `no import has the id ${JSON.stringify(request.params.id)}`);
      analyses.forget();
      return undone;
    },
  );
};

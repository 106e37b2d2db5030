import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { actorOf } from "../plugins/access.ts";

export const backupRoutes: FastifyPluginAsyncZod = async (app) => {
  app.post(
    "/backups",
    {
      config: { access: "admin" },
      schema: {
        tags: ["operations"],
        summary: "A consistent copy of the database, made while everything else goes on",
        description: "Answers with the SQLite file itself. It needs as much free disk beside the database meanwhile.",
      },
    },
    async (request, reply) => {
      const { storage, clock } = app.context;
      const copy = await storage.makeBackup(clock(), actorOf(request));
      try {
        const { size } = await stat(copy);
        const bytes = createReadStream(copy);
        // On POSIX the open file lives on without its name; elsewhere it goes when the last byte is out.
        bytes.once("close", () => void rm(copy, { force: true }));
        return await reply.type("application/vnd.sqlite3").header("content-length", size).send(bytes);
      } catch (error) {
        await rm(copy, { force: true });
        throw error;
      }
    },
  );
};

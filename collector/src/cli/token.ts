import type { TokenAnswer, TokenItem } from "@portolan/api";
import { InvalidArgumentError, Option, type Command } from "commander";
import type { z } from "zod";
import { connect, printJson, withConnection, withJson, type Shell } from "./command.ts";
import type { ConnectionOptions } from "./connection.ts";
import { table } from "./table.ts";

type Options = ConnectionOptions & { json?: boolean };

function count(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("expected a whole number from 1");
  return Number(text);
}

export function addTokenCommands(program: Command, shell: Shell): void {
  const tokens = program.command("token").description("enrolment and API tokens");
  withJson(withConnection(tokens.command("create").description("makes a token and shows it once")))
    .addOption(new Option("--kind <KIND>", "what it is for").choices(["enrolment", "api"]).makeOptionMandatory())
    .addOption(new Option("--role <ROLE>", "of an API token (default: viewer)").choices(["viewer", "editor", "admin"]))
    .option("--uses <N>", "how many hosts may enrol with it (default: any number)", count)
    .option("--expires <TIME>", "such as 7d or 12h (default: never)")
    .option("--site <NAME>", "site of the hosts that enrol with it")
    .action(
      async (options: Options & { kind: string; role?: string; uses?: number; expires?: string; site?: string }) => {
        const { kind, role, uses, expires, site } = options;
        const client = await connect(options, shell.streams);
        const answer = (await client.send("POST", "/tokens", { body: { kind, role, uses, expires, site } })) as z.infer<
          typeof TokenAnswer
        >;
        if (options.json) return printJson(shell.streams, answer);
        shell.streams.err.write(`token ${answer.id}, shown only now:\n`);
        shell.streams.out.write(`${answer.token}\n`);
      },
    );
  withJson(withConnection(tokens.command("list").description("tokens, without their secrets"))).action(
    async (options: Options) => {
      const items = (await (await connect(options, shell.streams)).list("/tokens")) as z.infer<typeof TokenItem>[];
      if (options.json) return printJson(shell.streams, { items });
      const rows = items.map((token) => [
        token.id,
        token.kind,
        token.role ?? "",
        token.site ?? "",
        token.usesLeft ?? "",
        token.createdAt,
        token.expiresAt ?? "never",
        token.revokedAt ?? "",
      ]);
      shell.streams.out.write(
        table(["ID", "KIND", "ROLE", "SITE", "USES LEFT", "CREATED", "EXPIRES", "REVOKED"], rows),
      );
    },
  );
  withConnection(tokens.command("revoke <id>").description("makes a token worthless at once")).action(
    async (id: string, options: Options) => {
      await (await connect(options, shell.streams)).send("DELETE", `/tokens/${encodeURIComponent(id)}`);
      shell.streams.err.write(`revoked ${id}\n`);
    },
  );
}

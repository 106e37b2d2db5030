import { dirname, resolve } from "node:path";
import { PlanFile, type PlanRequest, type PlanDocument } from "@portolan/api";
import type { Command } from "commander";
import { parseDocument, type Document } from "yaml";
import { CommandError } from "../errors.ts";
import { connect, printJson, withConnection, withJson, type Shell } from "./command.ts";
import type { ConnectionOptions } from "./connection.ts";
import { planText } from "./plan-text.ts";
import { readBytes } from "./read-bytes.ts";
import { table } from "./table.ts";

type Options = ConnectionOptions & { json?: boolean };

/** Aliases are resolved only here: one without an anchor, or a bomb of them, is the file's fault. */
function valueOf(file: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (error instanceof ReferenceError) throw new CommandError(`${file}: ${error.message}`);
    throw error;
  }
}

/** What plan.yaml names lies beside it, unless the name says otherwise. */
function namedFiles(file: string, { addresses }: Pick<PlanRequest, "addresses">): PlanRequest["files"] {
  if (addresses === undefined) return {};
  return { [addresses]: readBytes(resolve(dirname(file), addresses), `${file}: addresses`).toString("base64") };
}

/** plan.yaml, checked before it is sent, so that a wrong key or value is named with its place in the file. */
function readPlan(file: string): PlanRequest {
  const document = parseDocument(readBytes(file).toString("utf8"));
  if (document.errors.length > 0)
    throw new CommandError(`${file}: ${document.errors.map((error) => error.message).join("; ")}`);
  const parsed = PlanFile.safeParse(valueOf(file, document) ?? {}, { reportInput: true });
  if (parsed.success) return { ...parsed.data, files: namedFiles(file, parsed.data) };
  const problems = parsed.error.issues.map((issue) => {
    const got = typeof issue.input === "object" ? "" : ` (got ${JSON.stringify(issue.input)})`;
    return `  ${issue.path.join(".") || "(top level)"}: ${issue.message}${got}`;
  });
  throw new CommandError([`${file}: not a plan`, ...problems].join("\n"));
}

export function addPlanCommands(program: Command, shell: Shell): void {
  const plans = program.command("plan").description("migration waves");
  withJson(withConnection(plans.command("create").description("groups into waves, by a plan.yaml")))
    .requiredOption("--config <FILE>", "plan.yaml")
    .action(async (options: Options & { config: string }) => {
      const body = readPlan(options.config);
      const plan = (await (await connect(options, shell.streams)).send("POST", "/plans", { body })) as PlanDocument;
      if (options.json) return printJson(shell.streams, plan);
      shell.streams.out.write(planText(plan));
    });
  withJson(withConnection(plans.command("show <id>").description("one plan"))).action(
    async (id: string, options: Options) => {
      const plan = (await (await connect(options, shell.streams)).get(`/plans/${encodeURIComponent(id)}`))
        .body as PlanDocument;
      if (options.json) return printJson(shell.streams, plan);
      shell.streams.out.write(planText(plan));
    },
  );
  withJson(withConnection(plans.command("list").description("plans, oldest first"))).action(
    async (options: Options) => {
      const items = (await (await connect(options, shell.streams)).list("/plans")) as PlanDocument[];
      if (options.json) return printJson(shell.streams, { items });
      const rows = items.map((plan) => [plan.id, plan.createdAt, plan.waves.length, plan.cost.cut]);
      shell.streams.out.write(rows.length === 0 ? "No plans.\n" : table(["ID", "CREATED", "WAVES", "CUT"], rows));
    },
  );
}

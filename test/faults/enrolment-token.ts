import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The administrator's token that `serve` keeps in its data folder for the commands on its machine. */
export function localToken(dataDir: string): string {
  return (JSON.parse(readFileSync(join(dataDir, "cli.json"), "utf8")) as { token: string }).token;
}

/** A new enrolment token. */
export async function enrolmentToken(url: string, dataDir: string): Promise<string> {
  const answer = await fetch(`${url}/api/v1/tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${localToken(dataDir)}`, "content-type": "application/json" },
    body: JSON.stringify({ kind: "enrolment", uses: 100 }),
  });
  if (answer.status !== 201) throw new Error(`the token was answered with ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { token: string }).token;
}

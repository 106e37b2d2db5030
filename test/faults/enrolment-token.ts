import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A new enrolment token, made with the token that `serve` keeps in its data folder. */
export async function enrolmentToken(url: string, dataDir: string): Promise<string> {
  const { token: local } = JSON.parse(readFileSync(join(dataDir, "cli.json"), "utf8")) as { token: string };
  const answer = await fetch(`${url}/api/v1/tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${local}`, "content-type": "application/json" },
    body: JSON.stringify({ kind: "enrolment", uses: 100 }),
  });
  if (answer.status !== 201) throw new Error(`the token was answered with ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { token: string }).token;
}

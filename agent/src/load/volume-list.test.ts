import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { createVolumeList } from "./volume-list.ts";

/** Nothing is mounted there: it says nothing, as one that hangs. */
const SILENT = "/there/is/no/such/folder";

test("volumes are listed and measured about once a minute, what was written to them is asked at each look", async () => {
  let at = 0;
  const asked: string[] = [];
  const { read } = createVolumeList(() => at);
  const look = () =>
    read({
      list: () => [tmpdir(), SILENT].map((mount) => ({ mount, device: `double ${mount}` })),
      writtenTo: ({ mount }, isSilent) => (isSilent ? undefined : asked.push(mount)),
      onSilent: (mount) => asked.push(`silent ${mount}`),
    });
  const device = `double ${tmpdir()}`;
  const silent = { mount: SILENT, device: `double ${SILENT}` };
  expect(await look()).toEqual([{ mount: tmpdir(), device, written: 2, used: expect.any(Number) }, silent]);
  at = 54_999;
  expect(await look()).toEqual([{ mount: tmpdir(), device, written: 3 }, silent]);
  at = 55_000;
  expect((await look())[0]).toHaveProperty("used");
  expect(asked).toEqual([`silent ${SILENT}`, tmpdir(), tmpdir(), `silent ${SILENT}`, tmpdir()]);
});

test("no more volumes than a report may hold", async () => {
  const all = Array.from({ length: 513 }, (_, index) => ({ mount: `${SILENT}/${index}`, device: "double" }));
  const told = await createVolumeList(() => 0).read({ list: () => all, writtenTo: () => undefined });
  expect(told).toHaveLength(512);
});

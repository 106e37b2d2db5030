// Run inside a Windows host: prints its established connections as the agent's sampler reads them, with pid and file.
// Its argument is the agent's module: Wine shows no links, and Node strips no types below node_modules.
import type * as Agent from "@portolan/agent";

const { createSampler }: typeof Agent = await import(process.argv[2] ?? "");

const sampler = await createSampler();
const { at, observations } = await sampler.sample();
await sampler.close();
const lines = observations
  .filter(({ state }) => state === "established")
  .map(({ localAddress, localPort, remoteAddress, remotePort, pid, process }) => {
    return `${localAddress} ${localPort} > ${remoteAddress} ${remotePort} pid ${pid} of ${process?.executable}`;
  });
process.stdout.write(JSON.stringify({ at, lines }));

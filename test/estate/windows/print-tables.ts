// Run inside a Windows host: prints its established connections as Windows' tables name them, with the pid of each.
// Its argument is the agent's module: Wine shows no links, and Node strips no types below node_modules.
const { bindWin32, createSocketTables }: typeof import("@portolan/agent") = await import(process.argv[2] ?? "");

const read = createSocketTables(bindWin32());
const at = Date.now();
const lines = read()
  .rows.filter(({ observation }) => observation.state === "established")
  .map(({ observation: { localAddress, localPort, remoteAddress, remotePort }, pid }) => {
    return `${localAddress} ${localPort} > ${remoteAddress} ${remotePort} pid ${pid}`;
  });
process.stdout.write(JSON.stringify({ at, lines }));
